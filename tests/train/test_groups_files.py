"""Prompt groups of a run file that are tables: what the file itself does not say stands next to its path."""

from __future__ import annotations

import json

import pytest
import yaml

from isoglot.errors import ConfigError, DataError
from isoglot.groups import PromptGroups
from isoglot.groups.files import GroupsFile
from isoglot.sweep import SweepFile, plan
from isoglot.train import RunFile, train
from isoglot.train.build import load_tokenizer, read_inputs
from isoglot.train.dry_run import dry_run

pytestmark = pytest.mark.training


@pytest.fixture
def tables(tmp_path):
    """A CSV of harmful prompts with names of columns of their own, and a text of harmless ones."""
    (tmp_path / "bad.csv").write_text("question,german\nHow to rob a bank?,Wie raubt man?\nHow to lie?,Wie lügt man?\n")
    (tmp_path / "good.csv").write_text("en,de\nWhat is rain?,Was ist Regen?\nWho was Bach?,Wer war Bach?\n")
    columns = {"en": "question", "de": "german"}
    return [
        {"path": str(tmp_path / "bad.csv"), "kind": "harmful", "columns": columns},
        {"path": str(tmp_path / "good.csv"), "kind": "harmless"},
    ]


@pytest.fixture
def made(settings):
    """Settings of a run with those groups."""
    return lambda groups, **more: settings(data={**settings()["data"], "groups": groups}, **more)


def test_each_file_is_read_as_it_says(made, tables):
    run = RunFile.from_dict(made(tables))
    told = []
    _, groups = read_inputs(run, load_tokenizer(run), told.append)
    assert [(group.kind, *group.prompts.values()) for group in groups] == [
        ("harmful", "How to rob a bank?", "Wie raubt man?"),
        ("harmful", "How to lie?", "Wie lügt man?"),
        ("harmless", "What is rain?", "Was ist Regen?"),
        ("harmless", "Who was Bach?", "Wer war Bach?"),
    ]
    assert told == [
        f"{tables[0]['path']}: prompts in en (column question), de (column german).",
        f"{tables[1]['path']}: prompts in en, de.",
    ]
    assert run.to_dict()["data"]["groups"] == tables
    assert RunFile.from_dict(run.to_dict()) == run
    one = RunFile.from_dict(made(tables[0]))
    assert one.to_dict()["data"]["groups"] == tables[0]
    assert len(PromptGroups.read([*one.data.groups, GroupsFile(**tables[1])])) == 4


def test_training_says_what_columns_were_taken_for(made, tables):
    run = RunFile.from_dict(made(tables, trainer={"max_steps": 1}))
    looked, trained = [], []
    dry_run(run, tell=looked.append)
    folder = train(run, tell=trained.append)
    assert trained == looked
    assert len(trained) == 2
    assert "`bad.csv`, `good.csv`" in (folder / "README.md").read_text()
    assert yaml.safe_load((folder / "run.yaml").read_text())["data"]["groups"] == tables


def test_a_table_without_a_kind_is_told_both_ways(made, tables):
    run = RunFile.from_dict(made(tables[1]["path"]))
    with pytest.raises(DataError, match=r"--kind on the command line, .*data\.groups: \{path: \.\.\., kind: harmful\}"):
        read_inputs(run, load_tokenizer(run)[0])


def test_everything_wrong_with_them_is_told_by_its_place(made, tables, tmp_path):
    wrong = [
        tables[0],
        {"path": "none.csv", "kind": "harmles", "colums": {}},
        {"kind": "harmful", "columns": {"en": 1}},
        "nothing.jsonl",
        {"path": tables[1]["path"], "shape": "tabel"},
    ]
    with pytest.raises(ConfigError) as caught:
        RunFile.from_dict(made(wrong))
    lines = str(caught.value).splitlines()
    assert sorted(line.partition(": ")[0] for line in lines) == [
        "data.groups[1].colums",
        "data.groups[1].kind",
        "data.groups[1].path",
        "data.groups[2].columns",
        "data.groups[2].path",
        "data.groups[3]",
        "data.groups[4].shape",
    ]
    assert "Did you mean 'harmless'" in str(caught.value)
    with pytest.raises(ConfigError, match=r"^data\.groups\.kind: expected harmful or harmless, got 'x'\.$"):
        RunFile.from_dict(made({**tables[0], "kind": "x"}))
    (tmp_path / "run.yaml").write_text(yaml.safe_dump(made([tables[0], tables[1]["path"]], method="dpoo")))
    with pytest.raises(ConfigError) as caught:
        RunFile.read(tmp_path / "run.yaml")
    assert "good.csv: expected a column kind" not in str(caught.value)  # which method reads them is not known
    (tmp_path / "run.yaml").write_text(yaml.safe_dump(made([tables[0], tables[1]["path"]], trainer={"beta": -1})))
    with pytest.raises(ConfigError, match=r"trainer\.beta.*\n.*good.csv: expected a column kind"):
        RunFile.read(tmp_path / "run.yaml")


def test_a_sweep_finds_them_and_knows_how_they_are_read(made, tables, tmp_path):
    run = {key: value for key, value in made(tables).items() if key != "output"}
    names = [{**table, "path": table["path"].rpartition("/")[2]} for table in tables]
    run["data"]["groups"] = names
    test = [
        {"id": f"{kind}", "kind": kind, "prompts": {"en": "Why?", "de": "Warum?"}} for kind in ("harmful", "harmless")
    ]
    (tmp_path / "test.jsonl").write_text("".join(json.dumps(group) + "\n" for group in test))
    values = {"run": run, "evaluate": {"groups": "test.jsonl"}, "output": "sweep"}

    def key():
        (trial,) = [one for one in plan(SweepFile.from_dict(values, {"folder": tmp_path})).trials if one.run]
        assert trial.run["data"]["groups"] == [
            {**table, "path": str(tmp_path / table["path"])} for table in run["data"]["groups"]
        ]
        return trial.key

    before = key()
    assert json.dumps(before)
    run["data"]["groups"] = [{**names[0], "columns": {"en": "german", "de": "question"}}, names[1]]
    assert key() != before
