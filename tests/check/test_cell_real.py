"""Real columns: hardly a cell is flagged, what is wrong in them is found, and so are faults that are planted."""

from __future__ import annotations

import random
import sys
from collections import Counter
from pathlib import Path

import pytest

from isoglot import PromptGroups
from isoglot.check import Norms, check_cell

PLAIN = "How do I bake bread at home without an oven? I only have a pan and some flour."
BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def columns(path):
    """Language -> sources and texts."""
    groups = PromptGroups.read(path)
    return {
        tag: [(str(group.prompts["en"]), str(group.prompts[tag])) for group in groups]
        for tag in groups.languages
        if tag != "en"
    }


@pytest.fixture(scope="module")
def real(data_folder):
    return columns(data_folder / "mlc-paper" / "pku_saferlhf_safety_test.jsonl")


def checked(pairs, tag, norms=None):
    return [check_cell(source, text, source_language="en", language=tag, norms=norms) for source, text in pairs]


def test_clean_columns_are_clean_and_ku_is_two_languages(real):
    some = {tag: pairs if tag == "ku" else pairs[::3] for tag, pairs in real.items()}
    norms = Norms.learn((source, text, "en", tag) for tag, pairs in some.items() for source, text in pairs)
    flagged = Counter()
    for tag, pairs in some.items():
        found = checked(pairs, tag, norms)
        if tag == "ku":
            assert Counter(one.language for one in found) == {"ckb": 134, "kmr": 46}
            minority = [one for one in found if one.language == "kmr"]
            assert all([finding.reason for finding in one.findings] == ["language"] and one.usable for one in minority)
            found = [one for one in found if one.language != "kmr"]
        flagged[tag] = sum(one.flagged for one in found)
    assert flagged.total() < 0.01 * sum(map(len, some.values()))


def of_benchmarks(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import planting

    monkeypatch.delitem(sys.modules, "planting")
    return planting


def test_refusals_in_many_languages_are_named(monkeypatch):
    refusals = of_benchmarks(monkeypatch).SAID["refusals"]
    found = [(tag, checked([(PLAIN, text)], tag)[0]) for tag, texts in refusals.items() for text in texts]
    assert len(refusals) >= 20
    assert all(not one.usable for _, one in found)
    named = [tag for tag, one in found if "refusal" in {finding.reason for finding in one.findings}]
    assert len(named) >= 0.95 * len(found)
    assert set(named) == set(refusals)


def test_planted_faults_are_found(real, monkeypatch):
    planting = of_benchmarks(monkeypatch)
    draw = random.Random(0)
    missed = Counter()
    for tag in ("zh", "ru", "sw"):
        cells = [planting.Cell("", str(place), source, tag, text) for place, (source, text) in enumerate(real[tag])]
        row = [cells[0]._replace(tag="ur", text=real["ur"][0][1])]
        for kind, (fault, reasons) in planting.KINDS.items():
            for cell in draw.sample(cells, 12):
                made = fault(planting.At(cell, cells, row, draw))
                if made is not None and reasons:
                    missed[kind] += not checked([(made.source, made.text)], made.tag)[0].flagged
    of_a_model = ("another prompt's translation", "answer in prose")
    assert sum(count for kind, count in missed.items() if kind not in of_a_model) <= 12  # of about 600
    assert max(count for kind, count in missed.items() if kind not in of_a_model) <= 6  # of 36
