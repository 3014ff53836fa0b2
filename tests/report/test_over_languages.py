"""The rows of numbers over languages: what is one kind of number is written in one form."""

from __future__ import annotations

import re

from isoglot.evaluate.numbers.summary import summarise
from isoglot.judges import Verdict
from isoglot.report.over_languages import over_languages
from isoglot.runs import Response
from isoglot.runs.metrics import KindMetrics


def test_agreement_its_interval_and_what_is_attainable_are_all_in_per_cent():
    judged = []
    for number in range(40):
        for tag in ("en", "sw"):
            refused = number % 4 != 0 or (tag == "en" and number % 8 == 0)
            said = Verdict("safe", "full", tag) if refused else Verdict("unsafe", "none", tag)
            judged.append((Response(f"g{number}", tag, "harmful", "en", f"Prompt {number}", "x", "stop"), said))
    numbers = KindMetrics.model_validate(summarise(judged)["harmful"])
    (row,) = [row for row in over_languages([numbers]) if row.label == "agreement (PAG)"]
    (entry,) = row.entries
    # 35 of 40 prompts have one outcome in both; 87.5 % and 75 % are safe, so that 62.5 to 87.5 % can.
    assert (entry.value, entry.detail) == ("88\xa0%", "62–88\xa0%")
    assert re.fullmatch("95 %: [0-9]+–[0-9]+\xa0%", entry.below)
