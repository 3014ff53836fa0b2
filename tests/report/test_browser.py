"""What a browser makes of the page: no script, no request, no sideways scrolling. Skipped without a Chromium."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from isoglot.report import write_report

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")]
QUIET = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        found = started.chromium.launch(
            executable_path=CHROMIUM, args=[*QUIET.split(), "--disable-component-update", "--disable-sync"]
        )
        yield found
        found.close()


def opened(browser: Any, page: Path, width: int, scheme: str = "light") -> tuple[Any, list[str], list[str]]:
    """The open page, the requests it made and what its console said."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    tab, requests, said = context.new_page(), [], []
    tab.on("request", lambda request: requests.append(request.url))
    tab.on("console", lambda message: said.append(message.text))
    tab.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    tab.goto(page.as_uri())
    return tab, requests, said


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_hostile_runs_run_nothing_load_nothing_and_fit(browser, page: Path, width: int):
    tab, requests, said = opened(browser, page, width)
    tab.evaluate("document.querySelectorAll('details').forEach(item => item.open = true)")
    assert requests == [page.as_uri()]
    assert said == []
    assert tab.evaluate("window.hacked") is None
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert tab.evaluate("document.querySelectorAll('script, img, style ~ style').length") == 0
    tab.context.close()


def test_a_script_that_got_in_would_not_run(browser, page: Path, tmp_path: Path):
    text = page.read_text(encoding="utf-8").replace(
        "<main>", "<main><script>window.hacked = 1</script><img src='https://example.org/a.png' onerror='hacked = 2'>"
    )
    (tmp_path / "page.html").write_text(text, encoding="utf-8")
    tab, _, said = opened(browser, tmp_path / "page.html", 800)
    assert tab.evaluate("window.hacked") is None
    assert any("Content Security Policy" in text for text in said)
    tab.context.close()


def test_light_and_dark_differ_and_the_style_sheet_is_in_force(browser, page: Path):
    colours = []
    for scheme in ("light", "dark"):
        tab, _, _ = opened(browser, page, 800, scheme)
        colours.append(tab.evaluate("getComputedStyle(document.body).backgroundColor"))
        tab.context.close()
    assert colours == ["rgb(252, 251, 248)", "rgb(20, 23, 26)"]


def test_many_runs_in_many_languages_fit(browser, fakes, tmp_path: Path):
    tags = tuple(f"{a}{b}" for a in "qrstuvw" for b in "abcdefg")
    pairs = fakes.judged({}, prompts=2, languages=("en", *tags))
    first = fakes.write_evaluation(tmp_path / "first", pairs)
    folders = [Path(shutil.copytree(first, tmp_path / f"{'long-name-' * 6}{i}")) for i in range(8)]
    page = write_report(folders, tmp_path / "page.html", title="W" * 300)
    for width in (390, 1280):
        tab, _, _ = opened(browser, page, width)
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
        tab.context.close()


def test_charts_stay_inside_their_figures(browser, page: Path):
    """No label or mark of a chart leaves the page; a row's label ends where the plot begins."""
    tab, _, _ = opened(browser, page, 390)
    outside = tab.evaluate(
        "[...document.querySelectorAll('.chart text, .chart .mark')].filter(item => {"
        "const box = item.getBoundingClientRect(); return box.right > innerWidth || box.left < 0 }).length"
    )
    assert outside == 0
    tab.context.close()
