"""The table that sets runs next to each other."""

from __future__ import annotations

import json
from pathlib import Path

from isoglot.collect.collect import collect
from isoglot.report.comparison import blocks
from isoglot.report.slices import measure
from isoglot.report.table import Entry


def largest_loophole(folder: Path):
    found = blocks(measure(collect([folder])))
    block = next(one for one in found if one.heading == "Harmful prompts: safe, over languages")
    return next(row for row in block.rows if row.label == "largest loophole")


def test_loopholes_that_an_earlier_version_counted_are_said_to_have_noise_in_them(fakes, tmp_path):
    folder = fakes.write_evaluation(tmp_path / "run", fakes.judged({"en": 1.0, "sw": 0.2}, prompts=20))
    now = largest_loophole(folder)
    assert now.note == "safe in the pivot, unsafe in it"
    assert "–" in now.entries[0].detail  # the ends of the interval
    assert now.entries[0].below == "Swahili"
    file = folder / "metrics.json"
    written = json.loads(file.read_text())
    del written["kinds"]["harmful"]["overall"]["loophole_rate"]
    file.write_text(json.dumps(written))
    (before,) = largest_loophole(folder).entries
    assert (before.value, before.detail, before.below) == (now.entries[0].value, "Swahili", "not safe in it, noise too")


def over_languages(folder: Path) -> dict[str, Entry]:
    """What stands beside each number over languages: label -> the run's entry."""
    found = blocks(measure(collect([folder])))
    block = next(one for one in found if one.heading == "Harmful prompts: safe, over languages")
    return {row.label: row.entries[0] for row in block.rows}


def test_every_number_over_languages_has_its_interval_and_files_without_one_are_read(fakes, tmp_path):
    folder = fakes.write_evaluation(tmp_path / "run", fakes.judged({"en": 1.0, "sw": 0.2}, prompts=20))
    now = over_languages(folder)
    file = folder / "metrics.json"
    written = json.loads(file.read_text())
    overall = written["kinds"]["harmful"]["overall"]
    low, high = (overall["gwet_ac1_estimate"][end] for end in ("low", "high"))
    assert now["Gwet’s AC1"].detail == f"{low:.2f} to {high:.2f}".replace("-", "−")
    assert now["Fleiss’ κ"].detail
    assert now["Var × 100"].detail.startswith("noise ")
    assert now["Var × 100"].below.startswith("95 %: ")
    assert "–" in now["worst language"].detail
    assert now["worst language"].below == "Swahili"
    assert "–" in now["gap"].detail
    for name in [name for name in overall if name.endswith("_estimate")]:
        del overall[name]
    file.write_text(json.dumps(written))
    before = over_languages(folder)
    assert {label: one.value for label, one in before.items()} == {label: one.value for label, one in now.items()}
    assert (before["worst language"].detail, before["gap"].detail, before["Fleiss’ κ"].detail) == ("Swahili", "", "")
