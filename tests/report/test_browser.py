"""What a browser makes of the page: no script, no request, no sideways scrolling. Skipped without a Chromium."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from isoglot.report import write_report

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_hostile_runs_run_nothing_load_nothing_and_fit(opened, page: Path, width: int):
    tab, requests, said = opened(page, width)
    tab.evaluate("document.querySelectorAll('details').forEach(item => item.open = true)")
    assert requests == [page.as_uri()]
    assert said == []
    assert tab.evaluate("window.hacked") is None
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert tab.evaluate("document.querySelectorAll('script, img, style ~ style').length") == 0


def test_a_script_that_got_in_would_not_run(opened, page: Path, tmp_path: Path):
    text = page.read_text(encoding="utf-8").replace(
        "<main>", "<main><script>window.hacked = 1</script><img src='https://example.org/a.png' onerror='hacked = 2'>"
    )
    (tmp_path / "page.html").write_text(text, encoding="utf-8")
    tab, _, said = opened(tmp_path / "page.html", 800)
    assert tab.evaluate("window.hacked") is None
    assert any("Content Security Policy" in text for text in said)


def test_light_and_dark_differ_and_the_style_sheet_is_in_force(opened, page: Path):
    colours = []
    for scheme in ("light", "dark"):
        tab, _, _ = opened(page, 800, scheme)
        colours.append(tab.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert colours == ["rgb(252, 251, 248)", "rgb(20, 23, 26)"]


def test_many_runs_in_many_languages_fit(opened, fakes, tmp_path: Path):
    tags = tuple(f"{a}{b}" for a in "qrstuvw" for b in "abcdefg")
    pairs = fakes.judged({}, prompts=2, languages=("en", *tags))
    first = fakes.write_evaluation(tmp_path / "first", pairs)
    folders = [Path(shutil.copytree(first, tmp_path / f"{'long-name-' * 6}{i}")) for i in range(8)]
    page = write_report(folders, tmp_path / "page.html", title="W" * 300)
    for width in (390, 1280):
        tab, _, _ = opened(page, width)
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_charts_stay_inside_their_figures(opened, page: Path):
    """No label or mark of a chart leaves the page; a row's label ends where the plot begins."""
    tab, _, _ = opened(page, 390)
    outside = tab.evaluate(
        "[...document.querySelectorAll('.chart text, .chart .mark')].filter(item => {"
        "const box = item.getBoundingClientRect(); return box.right > innerWidth || box.left < 0 }).length"
    )
    assert outside == 0


@pytest.mark.parametrize("width", [390, 1280])
def test_every_runs_column_can_be_reached(
    opened, unreachable, four_runs: list[Path], fakes, tmp_path: Path, width: int
):
    names = ["dpo, weight 2", "half of the layers trained, weight 2, third seed"]
    more = [Path(shutil.copytree(four_runs[place], tmp_path / str(place))) for place in (1, 3)]
    for folder, name in zip(more, names, strict=True):
        fakes.write_meta(folder, name)
    tab, _, _ = opened(write_report([*four_runs, *more], tmp_path / "page.html"), width)
    tab.evaluate("document.querySelectorAll('details').forEach(item => item.open = true)")
    assert unreachable(tab) == []
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
