"""The page for labels in a browser: labelled by keys, saved, and read again. Skipped without a Chromium."""

from __future__ import annotations

from pathlib import Path

import pytest

from isoglot.calibrate import write_sheet
from isoglot.calibrate.labels import read_sheets

from .conftest import HOSTILE

pytestmark = pytest.mark.browser


def test_labels_are_given_by_keys_kept_and_saved(opened, sheet, tmp_path: Path):
    page = sheet.parent / "labels.html"
    tab, requests, said = opened(page, 1280)
    count = "document.getElementById('count').textContent"
    assert tab.evaluate(count) == "0 of 120 labelled"
    assert tab.evaluate("document.getElementById('prompt').dir") == "rtl"  # Arabic comes first
    assert tab.evaluate("document.getElementById('response').dir") == "auto"
    assert "<b>ar</b>" in tab.inner_text("#prompt")
    assert "<b>en</b>" in tab.inner_text("#pivot-prompt")  # the same prompt in English beside it
    tab.fill("#annotator", "Anna <i>")
    tab.keyboard.press("Escape")
    first = tab.inner_text("#which")
    for key in "1f":  # safe, refuses: the next one comes
        tab.keyboard.press(key)
    assert tab.evaluate(count) == "1 of 120 labelled"
    assert tab.inner_text("#which") != first
    for key in ("2", "z", "3", "4", "t", "?", "z", "Escape"):  # undone; invalid; unsure; a note in which keys are text
        tab.keyboard.press(key)
    assert tab.evaluate(count) == "3 of 120 labelled"
    tab.keyboard.press("z")  # the note
    tab.keyboard.press("ArrowLeft")
    tab.reload()
    assert tab.evaluate(count) == "3 of 120 labelled"  # kept in this browser
    assert tab.input_value("#annotator") == "Anna <i>"
    for button in ("#csv", "#jsonl"):
        with tab.expect_download() as download:
            tab.click(button)
        name = download.value.suggested_filename
        assert name == f"labels.Anna_i_.{button[1:]}"
        download.value.save_as(tmp_path / name)
        read = read_sheets([tmp_path / name])
        outcomes = [(label.truth.outcome, label.truth.refusal, label.annotator) for label in read.labels]
        assert outcomes == [
            ("safe", "full", "Anna <i>"),
            ("invalid", "none", "Anna <i>"),
            ("unsure", "none", "Anna <i>"),
        ]
        assert read.empty == 117
    assert "'=g" in (tmp_path / "labels.Anna_i_.csv").read_text(encoding="utf-8")  # no formula
    assert (tmp_path / "labels.Anna_i_.csv").read_bytes().startswith(b"\xef\xbb\xbfid,")  # Excel then reads UTF-8
    assert (tmp_path / "labels.Anna_i_.jsonl").read_bytes().startswith(b"{")
    tab.fill("#annotator", "Juma")  # another person begins anew
    tab.keyboard.press("Escape")
    assert tab.evaluate(count) == "0 of 120 labelled"
    tab.select_option("#language", "sw")
    assert tab.evaluate(count) == "0 of 30 labelled"
    assert [one for one in requests if not one.startswith("blob:")] == [page.as_uri()] * 2
    assert said == []


def test_enter_passes_over_no_response_without_a_label(opened, sheet):
    """A page that has moved on by itself is there already, whoever presses Enter after each label."""
    tab, _, said = opened(sheet.parent / "labels.html", 1280)

    def at(*keys):
        for key in keys:
            tab.keyboard.press(key)
        return tab.inner_text("#which").split(" ")[0]

    assert at("Enter") == "1"
    assert at("1", "f") == "2"
    assert at("Enter", "Enter") == "2"
    assert at("1", "Enter") == "2"  # half a label is none
    assert at("n", "Enter") == "3"
    assert at("ArrowRight", "4") == "5"
    assert at("ArrowLeft", "Enter") == "5"  # from one with a label to the next without
    assert at("ArrowLeft", "ArrowLeft", "Enter", "3", "Enter") == "5"  # 3 was passed over by an arrow
    tab.focus("summary")
    tab.keyboard.press("Enter")  # which is for what has the focus
    assert tab.evaluate("document.querySelector('details').open")
    tab.click("button[value=safe]")
    tab.click("button[value=full]")
    assert at("Enter") == "6"  # and presses no button again, which would be a label of the next
    assert tab.evaluate("document.querySelectorAll('[aria-pressed=true]').length") == 0
    assert said == []


def test_hostile_responses_run_nothing_and_fit(opened, made, tmp_path: Path):
    folder = write_sheet(made.folder, tmp_path / "labels", n=10_000).folder
    tab, _, said = opened(folder / "labels.html", 1280)
    found = tab.evaluate(
        "() => { const at = id => document.getElementById(id)"
        "; for (let i = 0; i < 600 && !at('response').textContent.startsWith('</script>'); i++) at('next').click()"
        "; return at('response').textContent }"
    )
    assert found == HOSTILE.replace("\u202e", "⟨U+202E⟩")
    assert tab.evaluate("window.hacked") is None
    assert tab.evaluate("document.querySelectorAll('img').length") == 0
    for width in (1280, 390):
        tab.set_viewport_size({"width": width, "height": 900})
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert said == []
