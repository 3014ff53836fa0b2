"""The page of a check in a browser: looked at, marked by keys, saved and read again. Skipped without a Chromium."""

from __future__ import annotations

import pytest

from isoglot.check.file import PAGE
from isoglot.check.marks import read_marks

from .conftest import check, lines, write

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("rules")]
HOSTILE = '</script><img src=x onerror="window.hacked = 1">\u202e=1+1'


@pytest.fixture
def page(tmp_path):
    texts = [
        {"en": f"{HOSTILE} {n}", "ar": f"نص {n} [lost 0.{n + 1}]", "ckb": "نامه‌یه‌ک", "de": "Gut", "vi": "Tốt"}
        for n in range(6)
    ]
    texts[2]["ckb"] += " [refusal 1]"
    records = [{"id": f"<b>{n}</b>", "category": HOSTILE, "prompts": prompts} for n, prompts in enumerate(texts)]
    check(write(tmp_path / "g.jsonl", *records), tmp_path / "out")
    return tmp_path / "out" / PAGE


def test_cells_are_marked_by_keys_and_marks_are_saved(opened, page, tmp_path):
    tab, requests, said = opened(page, 1280)
    shown = "[...document.querySelectorAll('.suspect')].map(one => one.querySelector('.about').innerText)"
    assert tab.evaluate("document.getElementById('count').textContent") == "0 of 7 marked"
    assert "Central Kurdish" in tab.evaluate(shown)[0]  # the worst first
    boxes = tab.evaluate(
        "[...document.querySelector('.suspect').querySelectorAll('.text')].map(one => [one.dir, one.lang])"
    )
    assert boxes == [["ltr", "en"], ["rtl", "ckb"]]
    side = "[...document.querySelectorAll('.suspect .text')].slice(0, 2).map(one => getComputedStyle(one).direction)"
    assert tab.evaluate(side) == ["ltr", "rtl"]
    for key in ("k", "Enter", "d", "ArrowDown", "d", "z", "ArrowUp", "ArrowDown", "k", "k"):
        tab.keyboard.press(key)
    marked = "[...document.querySelectorAll('[aria-pressed=true]')].map(one => one.value)"
    assert tab.evaluate(marked) == ["keep", "drop"]  # one undone, one taken back
    tab.select_option("#language", "ar")
    assert tab.evaluate("document.getElementById('count').textContent") == "1 of 6 marked"
    tab.select_option("#marked", "none")
    assert len(tab.evaluate(shown)) == 5
    tab.select_option("#language", "")
    tab.select_option("#marked", "")
    tab.select_option("#reason", "refusal")
    assert len(tab.evaluate(shown)) == 1
    tab.select_option("#reason", "")
    heading = "document.querySelector('#cells h2').innerText"
    assert tab.evaluate(heading) == "To look at, the worst first"
    tab.select_option("#which", "passed")
    assert tab.evaluate(heading) == "17 of those that passed, drawn by chance"
    assert len(tab.evaluate(shown)) == 17  # of 5 ckb, 6 de and 6 vi
    tab.keyboard.press("d")
    assert tab.evaluate("document.getElementById('count').textContent") == "1 of 17 marked, 1 to drop"
    tab.keyboard.press("d")  # taken back
    tab.reload()  # kept in this browser
    assert tab.evaluate(marked) == ["keep", "drop"]
    with tab.expect_download() as download:
        tab.click("#save")
    assert download.value.suggested_filename == "marks.jsonl"
    download.value.save_as(tmp_path / "marks.jsonl")
    told = lines(tmp_path / "marks.jsonl")
    assert [(one["id"], one["language"], one["mark"]) for one in told] == [
        ("<b>2</b>", "ckb", "keep"), ("<b>5</b>", "ar", "drop"),
    ]  # fmt: skip
    found = check(tmp_path / "g.jsonl", tmp_path / "again", marks=read_marks([tmp_path / "marks.jsonl"]))
    marks = found["marks"]
    assert (marks["keep"], marks["drop"]) == (1, 1)
    assert not any(count for name, count in marks.items() if name not in ("keep", "drop"))
    assert [one for one in requests if not one.startswith("blob:")] == [page.as_uri()] * 2
    assert said == []


def test_what_passed_is_not_called_the_worst_where_nothing_is_flagged(opened, tmp_path):
    check(
        write(tmp_path / "g.jsonl", {"id": "a", "prompts": {"en": "A?", "sw": "Vipi", "ar": "كيف"}}), tmp_path / "out"
    )
    tab, _, said = opened(tmp_path / "out" / PAGE, 1280)
    assert tab.evaluate("document.querySelector('#cells h2').innerText") == "2 of those that passed, drawn by chance"
    assert said == []


def test_hostile_texts_run_nothing_and_fit(opened, page, unreachable):
    tab, _, said = opened(page, 1280)
    assert HOSTILE.replace("\u202e", "⟨U+202E⟩") in tab.inner_text(".suspect .text")
    assert tab.evaluate("window.hacked") is None
    assert tab.evaluate("document.querySelectorAll('img').length") == 0
    for width in (1280, 390):
        tab.set_viewport_size({"width": width, "height": 900})
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    tab.click("summary")
    assert unreachable(tab) == []
    narrow = r"""[...document.querySelectorAll('.counts tr > :is(th, td:nth-child(2))')].filter(cell => {
        const range = document.createRange()
        range.selectNodeContents(cell.firstChild)
        return range.getClientRects().length > cell.firstChild.textContent.trim().split(/\s+/).length
    }).map(cell => cell.textContent)"""  # words in pieces
    assert tab.evaluate(narrow) == []
    assert said == []
