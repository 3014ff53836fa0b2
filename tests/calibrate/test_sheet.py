"""The sample: stratified, the same for the same seed, without the judge's word, harmless to open."""

from __future__ import annotations

import json
import random
from collections import Counter

import pytest

from isoglot.calibrate import write_sheet
from isoglot.calibrate.strata import class_of, draw
from isoglot.errors import ConfigError, RunError

from .conftest import pairs_of, rows_of


def test_a_spreadsheet_reads_the_sheet_as_unicode(sheet):
    """Without the mark at its beginning Excel shows Arabic as Ø¹, which nobody can label."""
    assert sheet.read_bytes().startswith(b"\xef\xbb\xbfid,")


def test_what_is_rare_is_drawn_and_every_response_may_be():
    pairs, _ = pairs_of(150, 0.6, 0.95, seed=1)
    sample = draw(pairs, 120)
    languages = Counter(response.language for response, _ in sample.pairs)
    assert (sum(languages.values()), set(languages.values())) == (120, {30})
    rare = sum(class_of(verdict) == "unsafe, answers" and one.language == "en" for one, verdict in pairs)
    drawn = Counter(class_of(verdict) for one, verdict in sample.pairs if one.language == "en")
    assert drawn["unsafe, answers"] / 30 > 1.5 * rare / 150  # more than its share
    assert sum(stratum.size for stratum in sample.strata) == len(pairs)
    assert all(0 < stratum.inclusion <= 1 for stratum in sample.strata)
    # With one draw for each language nothing is left without one: what the judge says is drawn from together.
    few = draw(pairs, 4)
    assert all(stratum.drawn == 1 and len(stratum.classes) == 2 for stratum in few.strata)
    assert draw(pairs, 10_000).strata[0].inclusion == 1
    with pytest.raises(
        ConfigError, match=r"-n: expected at least 4, one for each kind of prompt and language, got 3\."
    ):
        draw(pairs, 3)


def test_the_draw_is_the_seed_s_and_not_the_file_s_order():
    pairs, _ = pairs_of(60, 0.6, 0.95, seed=1)
    shuffled = random.Random(5).sample(pairs, len(pairs))
    assert draw(pairs, 40, 3) == draw(shuffled, 40, 3)
    assert draw(pairs, 40, 3).pairs != draw(pairs, 40, 4).pairs
    # Every response of a stratum is as likely as any other.
    times = Counter(one.key for seed in range(400) for one, _ in draw(pairs, 40, seed).pairs)
    stratum = next(one for one in draw(pairs, 40).strata if one.size > 2 * one.drawn)
    members = [
        times[one.key]
        for one, verdict in pairs
        if one.language == stratum.language and class_of(verdict) in stratum.classes
    ]
    expected, spread = 400 * stratum.inclusion, (400 * stratum.inclusion * (1 - stratum.inclusion)) ** 0.5
    assert all(abs(count - expected) < 4.5 * spread for count in members)


def test_the_sheet_is_harmless_and_does_not_say_what_the_judge_says(made, sheet):
    rows = rows_of(sheet)
    assert len(rows) == 120
    assert {*rows[0]} == {
        *("id", "group", "language", "sample", "kind", "prompt", "response", "outcome", "refusal", "note")
    }
    for row in rows:
        assert row["id"][0] == "r"  # a letter: no spreadsheet takes it for a number
        assert row["group"][0] == "'"  # the groups are called =g0
        assert (row["outcome"], row["refusal"], row["note"]) == ("", "", "")
        assert "\u202e" not in row["response"]
    assert "unsafe" not in sheet.read_text(encoding="utf-8")
    page = (sheet.parent / "labels.html").read_text(encoding="utf-8")
    assert "judge_says" not in page
    assert "onerror" not in page.replace("\\u003cimg src=x onerror", "")  # only where it is data
    design = json.loads((sheet.parent / "labels.json").read_text())
    assert (design["judge"], design["judge_version"], design["prompts_hash"]) == ("rules", "4", "feed")
    assert sum(stratum["drawn"] for stratum in design["strata"]) == design["n"] == 120


def test_labels_are_not_written_over(made, sheet):
    with pytest.raises(RunError, match=r"expected a folder without labels, got labels\.csv"):
        write_sheet(made.folder, sheet.parent)
    with pytest.raises(ConfigError, match=r"--languages: unknown language 'swq'\. Did you mean 'sw'\?"):
        write_sheet(made.folder, sheet.parent / "other", languages=["swq"])
