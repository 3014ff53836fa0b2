"""The table that sets runs next to each other."""

from __future__ import annotations

import json
from pathlib import Path

from isoglot.collect.collect import collect
from isoglot.report.comparison import blocks
from isoglot.report.slices import measure


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
