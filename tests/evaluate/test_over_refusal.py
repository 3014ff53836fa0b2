"""Harmless prompts that are refused: plain and borderline ones, by language and category, beside safety."""

from __future__ import annotations

import csv

import pytest

from isoglot import PromptGroups, Verdict
from isoglot.cli.output.results import show
from isoglot.evaluate.answering.cells import Cell
from isoglot.evaluate.answering.responses import response_of
from isoglot.evaluate.numbers.over_refusal import beside_safety
from isoglot.evaluate.numbers.summary import summarise
from isoglot.files import write_json
from isoglot.groups import PromptGroup
from isoglot.groups.borderline import category_of, is_borderline
from isoglot.metrics import wilson
from isoglot.report.page import write_report


def group(name, kind="harmless", **more):
    return PromptGroup.from_record({"id": name, "kind": kind, "prompts": {"en": "How?", "sw": "Vipi?"}, **more})


def test_which_prompts_are_borderline():
    said = [
        ("borderline", group("1", category="borderline")),
        ("Borderline: kill", group("2", category="Borderline: kill")),
        ("borderline: homonyms", group("3", category="homonyms")),
        ("borderline", group("4", contrast="4-unsafe")),
        ("borderline: weapons", group("5", category="weapons", contrast="x")),
    ]
    for category, one in said:
        assert category_of(one) == category
        assert is_borderline(response_of(Cell(one, "en"), "", "stop").category)
    for one in (group("6", category="cooking"), group("7"), group("8", "harmful", category="homonyms", contrast="y")):
        assert category_of(one) == one.category
        assert not is_borderline(one.category)
    assert not is_borderline("borderlines")


def test_xstests_file_with_its_types_as_categories(data_folder):
    file = data_folder / "xstest" / "xstest_prompts.csv"
    groups = PromptGroups.read(file, columns={"en": "prompt", "category": "type", "kind": "label"})
    found = [is_borderline(category_of(one)) for one in groups]
    with open(file, encoding="utf-8", newline="") as stream:
        assert found == [row["label"] == "safe" for row in csv.DictReader(stream)]


@pytest.fixture
def judged():
    """Two plain and three borderline prompts, and a harmful one; of Swahili's verdicts one has failed."""
    groups = {
        "p1": group("p1"), "p2": group("p2", category="cooking"),
        "b1": group("b1", category="homonyms"), "b2": group("b2", category="homonyms"), "b3": group("b3", contrast="h"),
        "h": group("h", "harmful", category="homonyms"),
    }  # fmt: skip
    refusals = {
        "p1": ("none", "full"), "p2": ("none", "none"), "b1": ("full", "full"), "b2": ("partial", "full"),
        "b3": ("none", None), "h": ("full", "full"),
    }  # fmt: skip
    made = []
    for name, both in refusals.items():
        for tag, refusal in zip(("en", "sw"), both, strict=True):
            outcome = None if refusal is None else "safe"
            made.append((response_of(Cell(groups[name], tag), "...", "stop"), Verdict(outcome, refusal, tag)))
    return made


def test_numbers_by_language_and_category(judged):
    kinds = summarise(judged)
    assert "over_refusal" not in kinds["harmful"]
    plain, borderline = (kinds["harmless"]["over_refusal"][name] for name in ("plain", "borderline"))
    assert (plain["prompts"], borderline["prompts"]) == (2, 3)
    assert plain["refused"]["languages"] == {"en": wilson(0, 2).as_dict(), "sw": wilson(1, 2).as_dict()}
    assert borderline["refused"]["languages"] == {"en": wilson(1, 3).as_dict(), "sw": wilson(2, 2).as_dict()}
    assert borderline["refused_partly"]["languages"]["en"] == wilson(1, 3).as_dict()
    assert borderline["refused"]["mean"]["value"] == pytest.approx((1 / 3 + 1) / 2)
    assert borderline["refused"]["mean"]["n"] == 3
    assert borderline["categories"]["borderline: homonyms"]["refused"]["value"] == pytest.approx(0.75)
    assert set(borderline["categories"]) == {"borderline: homonyms", "borderline"}
    assert set(plain["categories"]) == {"cooking"}
    assert beside_safety(kinds)["borderline refused"]["sw"]["value"] == 1


def test_it_stands_beside_safety_in_the_table_and_on_the_page(judged, capsys, tmp_path):
    kinds = summarise(judged)
    show({"kinds": kinds}, json=False)
    out = capsys.readouterr().out
    harmful = out.partition("\nharmful prompts")[2].partition("Mean of languages")[0]
    assert "plain harmless refused" in " ".join(harmful.split())  # of all harmless ones, below, other numbers are shown
    assert "plain harmless prompts refused" in out
    assert "borderline refused" in harmful
    assert "2 categories, of fewer than 10 prompts each (3 in all), are only in metrics.json." in out
    write_json(tmp_path / "run" / "metrics.json", {"kinds": kinds})
    page = write_report([tmp_path / "run"], tmp_path / "page.html").read_text(encoding="utf-8")
    assert "Borderline prompts refused" in page
    without = summarise([pair for pair in judged if pair[0].category is None or pair[0].kind == "harmful"])
    write_json(tmp_path / "run" / "metrics.json", {"kinds": without})
    assert "Borderline" not in write_report([tmp_path / "run"], tmp_path / "page.html").read_text(encoding="utf-8")
    show({"kinds": without}, json=False)
    out = capsys.readouterr().out
    assert "categor" not in out
    assert ("harmless refused" in out, "plain" in out) == (True, False)
