"""Prompts of one's own beside published sets: ids that meet, and sets of which nothing is left."""

from __future__ import annotations

import json

import pytest

SET = "id,prompt,type,label\n1,How?,homonyms,safe\n2,Why?,contrast_homonyms,unsafe\n"


@pytest.fixture
def places(tmp_path):
    """A file of prompts that are numbered like those of XSTest, and a folder with that set."""
    (tmp_path / "xstest_prompts.csv").write_text(SET, encoding="utf-8")
    groups = [
        {"id": "1", "kind": "harmless", "prompts": {"en": "What is it?", "sw": "Ni nini?"}},
        {"id": "own-2", "kind": "harmful", "prompts": {"en": "Which?", "sw": "Ipi?"}},
    ]
    file = tmp_path / "mine.jsonl"
    file.write_text("".join(json.dumps(group) + "\n" for group in groups), encoding="utf-8")
    return "--prompts", file, "--suite", "xstest", "--data", tmp_path


def test_a_set_whose_ids_are_taken_is_asked_under_its_name(call, places, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, out, said = call("evaluate", "model", *places, "--plan", "--json")
    assert status == 0, said
    assert "xstest: 1 of 2 ids are those of other prompts, too: now xstest/1 ..." in said
    assert {kind: part["languages"]["en"]["prompts"] for kind, part in json.loads(out)["kinds"].items()} == {
        "harmless": 2,
        "borderline": 1,
        "harmful": 2,
    }


@pytest.mark.parametrize("option", [("--limit", "1"), ("--languages", "sw")])
def test_a_set_of_which_nothing_is_asked_is_named(call, places, option, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    _, _, said = call("evaluate", "model", *places, *option, "--plan")
    assert f"Warning: No prompt of xstest is left by {option[0]}." in said
    _, _, said = call("evaluate", "model", *places, "--plan")
    assert "is left by" not in said
