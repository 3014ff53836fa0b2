"""What a run reads: several files of groups, rows left out, roles that a template refuses, everything wrong at once."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
import yaml

from isoglot.errors import ConfigError, DataError, ModelError
from isoglot.models.load import load
from isoglot.runs.environment import content_hash
from isoglot.sweep import SweepFile, plan
from isoglot.train import RunFile
from isoglot.train.build import load_tokenizer, read_inputs

from .conftest import TEMPLATE, byte_tokenizer

# As Gemma's: no system, and the two sides take turns.
WITHOUT_SYSTEM = (
    "{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}" + TEMPLATE
)


def jsonl(path, *records):
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return str(path)


@pytest.fixture
def parted(data, tmp_path):
    """The groups in two files, a kind each."""
    rows = [json.loads(line) for line in (data / "groups.jsonl").read_text(encoding="utf-8").splitlines()]
    return [
        jsonl(tmp_path / f"{kind}.jsonl", *(row for row in rows if row["kind"] == kind))
        for kind in ("harmful", "harmless")
    ]


def told(run, tokenizer, error=DataError):
    with pytest.raises(error) as caught:
        read_inputs(run, tokenizer)
    return str(caught.value).splitlines()


def test_groups_in_several_files_are_those_of_one(settings, data, parted):
    one = RunFile.from_dict(settings())
    several = RunFile.from_dict(settings(data={**settings()["data"], "groups": parted}))
    assert several.to_dict()["data"]["groups"] == parted
    assert one.to_dict()["data"]["groups"] == str(data / "groups.jsonl")
    assert RunFile.from_dict(several.to_dict()) == several
    tokenizer, _ = load_tokenizer(one)
    assert set(read_inputs(several, tokenizer)[1]) == set(read_inputs(one, tokenizer)[1])
    assert content_hash(one.data.group_paths) == content_hash(data / "groups.jsonl")
    paths = several.data.group_paths
    assert len({content_hash(paths), content_hash(paths[::-1]), *(content_hash(path) for path in paths)}) == 4


def test_files_that_are_not_there_are_named_by_their_place(settings, parted):
    wrong = {**settings()["data"], "groups": [parted[0], "none.jsonl", 7]}
    with pytest.raises(ConfigError) as caught:
        RunFile.from_dict(settings(data=wrong))
    assert str(caught.value).splitlines() == [
        "data.groups[1]: expected an existing file, got 'none.jsonl'. Check the path.",
        "data.groups[2]: expected an existing file, got 7.",
    ]
    with pytest.raises(ConfigError, match=r"data\.groups: expected a file, or a list of files"):
        RunFile.from_dict(settings(data={**settings()["data"], "groups": []}))


def test_bad_rows_are_left_out_of_all_files_where_that_is_asked_for(settings, parted, tmp_path):
    pairs = [
        {"prompt": "Why?", "chosen": "So.", "rejected": "No."},
        {"prompt": "Why?", "chosen": "", "rejected": "No."},
    ]
    bad = jsonl(tmp_path / "bad.jsonl", {"id": "x", "prompts": {"en": ""}})
    values = {"preferences": jsonl(tmp_path / "p.jsonl", *pairs), "groups": [*parted, bad]}
    run = RunFile.from_dict(settings(data=values))
    tokenizer, _ = load_tokenizer(run)
    first, second = told(run, tokenizer)
    assert "p.jsonl, line 2: chosen: expected text or messages, got ''" in first
    assert "bad.jsonl, line 1: prompts.en: expected some text" in second
    run = RunFile.from_dict(settings(data=values | {"skip_bad_rows": True}))
    assert run.to_dict()["data"]["skip_bad_rows"] is True
    with pytest.warns(UserWarning, match="rows left out") as caught:
        records, groups = read_inputs(run, tokenizer)
    assert (len(records), len(groups)) == (1, 6)
    assert [str(one.message).splitlines()[0] for one in caught] == [
        "1 of 2 rows left out, since they cannot be used:",
        "1 of 7 rows left out, since they cannot be used:",
    ]


def test_the_released_pairs_are_read_without_their_row_that_has_no_answer(settings, data_folder):
    test = str(data_folder / "mlc-paper" / "pku_saferlhf_safety_test.jsonl")
    run = RunFile.from_dict(settings(data={"preferences": test, "skip_bad_rows": True}, consistency=None))
    with pytest.warns(UserWarning, match=r"1 of 180 rows left out.*\n.*line 91: chosen"):
        records, _ = read_inputs(run, byte_tokenizer())
    assert len(records) == 179


def test_roles_that_the_template_refuses_are_told_by_line(settings, tmp_path):
    system, user = {"role": "system", "content": "Be kind."}, {"role": "user", "content": "Why?"}
    pair = {"chosen": "So.", "rejected": "No."}
    preferences = jsonl(tmp_path / "p.jsonl", {"prompt": [user], **pair}, {"prompt": [system, user], **pair})
    groups = jsonl(
        tmp_path / "g.jsonl",
        {"id": "b", "kind": "harmful", "prompts": {"en": [user], "sw": "Kwa nini?"}},
        {"id": "a", "kind": "harmful", "prompts": {"en": [user], "sw": [system, user]}},
    )
    data = {"preferences": preferences, "groups": groups}
    run = RunFile.from_dict(settings(data=data, consistency={"retention": 0}))
    first, second = told(run, byte_tokenizer(WITHOUT_SYSTEM))
    assert "p.jsonl, line 2: chosen: expected roles that the chat template takes, got " in first
    assert "System role not supported" in first
    assert "g.jsonl, line 2: prompts.sw: expected roles that the chat template takes, got " in second
    assert "System role not supported" in second
    run = RunFile.from_dict(settings(data=data | {"skip_bad_rows": True}, consistency={"retention": 0}))
    with pytest.warns(UserWarning, match="1 of 2 rows left out"):
        assert [group.id for group in read_inputs(run, byte_tokenizer(WITHOUT_SYSTEM))[1]] == ["b"]
    records, _ = read_inputs(run, byte_tokenizer(TEMPLATE))
    assert len(records) == 2


@pytest.mark.parametrize(("role", "known"), [("human", "user"), ("Prompter", "user"), ("developer", "system")])
def test_other_names_of_roles_are_those_that_templates_know(settings, tmp_path, role, known):
    said = [{"role": role, "content": "Be kind."}, {"role": "user", "content": "Why?"}]
    path = jsonl(tmp_path / "p.jsonl", {"prompt": said, "chosen": {"from": "bot", "value": "So."}, "rejected": "No."})
    run = RunFile.from_dict(settings(data={"preferences": path}, consistency=None))
    (record,), _ = read_inputs(run, byte_tokenizer())
    assert [message["role"] for message in record["prompt"]] == [known, "user"]
    assert record["chosen"] == [{"role": "assistant", "content": "So."}]


def test_pairs_of_which_both_answers_are_the_same_are_counted(settings, tmp_path):
    rows = [{"prompt": "Why?", "chosen": "So.", "rejected": text} for text in ("So.", "No.", "So.")]
    path = jsonl(tmp_path / "p.jsonl", *rows)
    run = RunFile.from_dict(settings(data={"preferences": path}, consistency=None))
    with pytest.warns(
        UserWarning, match="chosen and rejected are the same in 2 of 3 rows, from which no preference can"
    ):
        read_inputs(run, byte_tokenizer())
    run = RunFile.from_dict(settings(data={"preferences": path}, consistency=None, method="sft"))
    read_inputs(run, byte_tokenizer())  # of demonstrations there is one


def test_layers_and_rows_are_told_at_once(settings, tmp_path):
    values = {"preferences": jsonl(tmp_path / "p.jsonl", {}), "groups": jsonl(tmp_path / "g.jsonl", {"id": "a"})}
    values = settings(data=values, consistency={"layer": [1, 40]})
    values["model"]["trained_layers"] = -30
    run = RunFile.from_dict(values)
    lines = told(run, load_tokenizer(run)[0])
    assert [line.split(":")[0].removeprefix(f"{tmp_path}/") for line in lines] == [
        "p.jsonl, line 1",
        "g.jsonl, line 1",
        "consistency.layer",
        "model.trained_layers",
    ]
    run = RunFile.from_dict(settings(consistency={"layer": 40}))
    assert told(run, load_tokenizer(run)[0], ConfigError)[0].startswith(
        "consistency.layer: expected a layer from 1 to "
    )


def test_groups_that_cannot_serve_are_told_before_the_model_is_loaded(settings, parted):
    run = RunFile.from_dict(settings(data={**settings()["data"], "groups": parted[0]}, consistency={"layer": 40}))
    first, second = told(run, load_tokenizer(run)[0])
    assert "which consistency.retention keeps in place" in first
    assert "Add a second file with harmless ones (data.groups takes several" in first
    assert second.startswith("consistency.layer")


def test_a_tokenizer_that_does_not_load_hides_nothing_else(settings, base, tmp_path):
    broken = shutil.copytree(base, tmp_path / "broken")
    for file in broken.glob("*token*"):
        file.write_text("{")
    data = {"preferences": jsonl(tmp_path / "p.jsonl", {}), "groups": jsonl(tmp_path / "g.jsonl", {"id": "a"})}
    run = RunFile.from_dict(settings(data=data, model={"path": str(broken)}, consistency={"layer": 40}))
    with pytest.raises(ModelError) as caught:
        load_tokenizer(run)
    starts = [line.split(":")[0].removeprefix(f"{tmp_path}/") for line in str(caught.value).splitlines()]
    assert starts == ["model.path", "p.jsonl, line 1", "g.jsonl, line 1", "consistency.layer"]


def test_a_run_file_with_mistakes_tells_the_rows_of_its_files_too(settings, tmp_path):
    data = {
        "preferences": jsonl(tmp_path / "p.jsonl", {}),
        "groups": [jsonl(tmp_path / "g.jsonl", {"id": "a"}), "none"],
    }
    values = settings(data=data, model={"path": str(tmp_path / "no-model")}, consistency={"weight": -1})
    (tmp_path / "run.yaml").write_text(yaml.safe_dump(values))
    with pytest.raises(ConfigError) as caught:
        RunFile.read(tmp_path / "run.yaml")
    text = str(caught.value)
    for what in (
        "model.path: expected",
        "no-model'",
        "data.groups[1]",
        "consistency.weight",
        "p.jsonl, line 1",
        "g.jsonl, line 1",
    ):
        assert what in text
    for broken in ({"data": 7}, {"method": ["x"]}, {"method": {"x": 1}}):
        (tmp_path / "run.yaml").write_text(yaml.safe_dump(values | broken))
        with pytest.raises(ConfigError, match=next(iter(broken))):
            RunFile.read(tmp_path / "run.yaml")


@pytest.mark.parametrize(
    "path", ["./nothere", "../nothere", "/nothere", "~/nothere", "runs/dpo/final", "nothere/", "a b"]
)
def test_what_can_only_be_a_folder_and_is_none_is_said_to_be_missing(settings, tmp_path, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    said = f"model.path: expected a model's folder, or a name on the hub, got nothing at {path!r}. Check the path."
    with pytest.raises(ConfigError) as caught:
        RunFile.from_dict(settings(model={"path": path}))
    assert str(caught.value) == said
    with pytest.raises(ModelError, match=re.escape(f"got nothing at {path!r}")):
        load(path)


def test_a_run_file_with_mistakes_tells_layers_too(settings, base, tmp_path):
    model = {"path": str(base), "trained_layers": -30}
    values = settings(model=model, consistency={"layer": [1, 99, "x"]}, trainer={"learning_rate": -1})
    (tmp_path / "run.yaml").write_text(yaml.safe_dump(values))
    with pytest.raises(ConfigError) as caught:
        RunFile.read(tmp_path / "run.yaml")
    assert [line.split(",")[0] for line in str(caught.value).splitlines()] == [
        "consistency.layer: expected a layer number other than 0",
        "trainer.learning_rate: expected a number >= 0",
        "consistency.layer: expected a layer from 1 to 2",
        "model.trained_layers: expected a layer from 1 to 2",
    ]


@pytest.mark.parametrize("groups", ["", [], " ", 0])
def test_groups_that_are_none_are_one_mistake(settings, groups):
    with pytest.raises(ConfigError) as caught:
        RunFile.from_dict(settings(data={**settings()["data"], "groups": groups}))
    assert str(caught.value).count("data.groups: expected") == 1
    assert "got nothing" not in str(caught.value)


def test_data_that_are_none_are_one_mistake(settings):
    for data in ("pairs.jsonl", 7):
        with pytest.raises(ConfigError, match=r"^data: expected [^\n]*$"):
            RunFile.from_dict(settings(data=data))


def test_a_name_on_the_hub_is_one_next_to_a_folder_of_its_organisation_too(settings, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nobody").mkdir()
    run = RunFile.from_dict(settings(model={"path": "nobody/nothing"}))
    said = r"'nobody/nothing' \(there is no such folder, so it was looked for on the hub: "
    for look in (lambda: load_tokenizer(run), lambda: load("nobody/nothing")):
        with pytest.raises(ModelError, match=said):
            look()


def test_a_file_is_no_model(settings, tmp_path):
    (tmp_path / "model.gguf").touch()
    with pytest.raises(
        ConfigError, match=r"^model\.path: expected a model's folder, or a name on the hub, got a file, '"
    ):
        RunFile.from_dict(settings(model={"path": str(tmp_path / "model.gguf")}))


def test_a_sweep_takes_several_files_and_knows_their_content(settings, parted, tmp_path):
    run = {key: value for key, value in settings().items() if key != "output"}
    run["data"]["groups"] = ["harmful.jsonl", "harmless.jsonl"]
    values = {"run": run, "seeds": [0], "evaluate": {"groups": parted[0]}, "output": str(tmp_path / "sweep")}
    test = [json.loads(line) for path in parted for line in Path(path).read_text(encoding="utf-8").splitlines()]
    values["evaluate"]["groups"] = jsonl(tmp_path / "test.jsonl", *test)

    def cells():
        return [trial for trial in plan(SweepFile.from_dict(values, {"folder": tmp_path})).trials if trial.run]

    (before,) = cells()
    assert before.run["data"]["groups"] == parted
    with open(parted[1], "a", encoding="utf-8") as file:
        file.write(json.dumps({"id": "new", "kind": "harmless", "prompts": {"en": "x", "sw": "y"}}) + "\n")
    (after,) = cells()
    assert before.folder == after.folder
    assert before.key["inputs"]["groups"] != after.key["inputs"]["groups"]
