"""The sweep file: every problem is told, with its dotted path, and all at once."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from isoglot import PromptGroups, extras
from isoglot.errors import ConfigError, MissingFileError
from isoglot.sweep import SweepFile, plan

ROOT = Path(__file__).parents[2]
PATHS = "Check the path: paths start in the sweep file's folder."
RECIPES = sorted((ROOT / "recipes").glob("sweep-*.yaml"))


def problems(values, folder=Path()) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        plan(SweepFile.from_dict(values, {"folder": folder}))
    return str(caught.value).split("\n")


@pytest.mark.parametrize("extra", ["train", "eval"])
def test_a_sweep_that_could_not_measure_is_refused_when_it_is_listed(values, extra, tmp_path, monkeypatch, call):
    """Without the libraries of either extra every trial would fail, one after the other."""
    file = tmp_path / "sweep.yaml"
    file.write_text(yaml.safe_dump(values()))
    for library in extras.EXTRAS[extra]:
        monkeypatch.setitem(extras.EXTRAS[extra], library, "999")
    code, _, err = call("sweep", str(file), "--dry-run")
    assert code == 1
    assert err.startswith(f"sweep: expected the libraries of the extra {extra!r}, got an environment that lacks ")


def test_everything_wrong_with_the_file_itself_comes_at_once(values):
    made = values(
        run={"output": "x"},
        seeds=[0, 0],
        grid={"consistancy.layer": [1], "trainer.seed": [1], "consistency.weight": []},
        settings=[{"name": "a", "output": "x"}, {"name": "a"}, {"name": "base"}, 3],
        evaluate={"group": "x", "max_new_tokens": 0, "unseen": ["ko", False]},
        choose={"harmless": 95},
        processes=True,
        keep_models="yes",
        outptu="x",
    )
    assert problems(made) == [
        "run.output: not allowed here, got 'x'. Set `output` of the sweep.",
        "seeds: expected a list of different whole numbers from 0 to 4294967295, got [0, 0].",
        "grid.consistancy.layer: unknown section 'consistancy'. Did you mean 'consistency'?",
        "grid.trainer.seed: expected anything but a seed, got a seed. List the seeds under `seeds`.",
        "grid.consistency.weight: expected at least one value, got an empty list.",
        "settings[0].output: expected a setting that trials share, got the output, which each trial has for itself.",
        "settings[1].name: expected a name of its own, got 'a' (it stands there twice).",
        "settings[2].name: expected a name of its own, got 'base' (the model before training has it).",
        "settings[3]: expected a mapping of dotted paths to values, got 3.",
        "evaluate.groups: expected text, got nothing.",
        "evaluate.max_new_tokens: expected a whole number >= 1, got 0.",
        "evaluate.unseen: expected a list of language tags, got ['ko', False]. YAML reads no as false: write 'no'.",
        "evaluate.group: unknown key 'group'. Did you mean 'groups'?",
        "choose.harmless: expected a share from 0 to 1, got 95.",
        "processes: expected a whole number >= 1, got True.",
        "keep_models: expected true or false, got 'yes'.",
        "outptu: unknown key 'outptu'. Did you mean 'output'?",
    ]


def test_what_is_wrong_with_trials_names_the_place_it_comes_from(values, data, tmp_path):
    made = values(
        seeds=[0, 7],
        grid={"consistency.wieght": [1], "trainer.learning_rate": [1e-3, "fast"]},
        settings=[{"method": "dpoo"}],
        evaluate={"groups": str(data / "none.jsonl")},
    )
    made["run"]["trainer"]["max_stepz"] = 3
    found = problems(made)
    assert sorted(found) == sorted(set(found))
    missing = [str(data / "7" / name) for name in ("preferences.jsonl", "groups.jsonl")]
    assert set(found) == {
        "grid.consistency.wieght: unknown setting 'wieght'. Did you mean 'weight'?",
        "grid.trainer.learning_rate: expected a number, got 'fast'.",
        "run.trainer.max_stepz: unknown option of DPOConfig 'max_stepz'. Did you mean 'max_steps'?",
        "settings[0].method: expected sft or dpo or orpo or simpo, got 'dpoo'. Did you mean 'dpo'?",
        f"run.data.preferences: expected an existing file, got {missing[0]!r}. {PATHS}",
        f"run.data.groups: expected an existing file, got {missing[1]!r}. {PATHS}",
        f"evaluate.groups: expected an existing file, got {str(data / 'none.jsonl')!r}. {PATHS}",
    }


def test_what_is_wrong_with_trials_comes_with_what_is_wrong_with_the_file(values, data, tmp_path):
    made = values(
        grid={"consistency.wieght": [1]},
        settings=[{"output": "x"}],
        evaluate={"groups": "none.jsonl", "max_new_token": 4},
    )
    assert problems(made, tmp_path) == [
        "settings[0].output: expected a setting that trials share, got the output, which each trial has for itself.",
        "evaluate.max_new_token: unknown key 'max_new_token'. Did you mean 'max_new_tokens'?",
        "grid.consistency.wieght: unknown setting 'wieght'. Did you mean 'weight'?",
        f"evaluate.groups: expected an existing file, got {str(tmp_path / 'none.jsonl')!r}. {PATHS}",
    ]
    (tmp_path / "run.yaml").write_text(yaml.safe_dump(made["run"] | {"output": "runs/x", "method": "dpoo"}))
    path = tmp_path / "sweep.yaml"
    path.write_text(yaml.safe_dump(values(run="run.yaml", choose={"harmles": 1})))
    with pytest.raises(ConfigError) as caught:
        SweepFile.read(path)
    assert str(caught.value).split("\n") == [
        "choose.harmles: unknown key 'harmles'. Did you mean 'harmless'?",
        "run.method: expected sft or dpo or orpo or simpo, got 'dpoo'. Did you mean 'dpo'?",
    ]


@pytest.mark.parametrize("groups", [["g.jsonl"], 3, "", {"path": "g.jsonl"}, None], ids=str)
def test_no_wrong_value_of_the_tests_hides_what_is_wrong_with_trials(values, groups):
    found = problems(values(grid={"consistency.wieght": [1]}, evaluate={"groups": groups}))
    assert [line.split(":")[0] for line in found] == ["evaluate.groups", "grid.consistency.wieght"]
    found = problems(values(grid={"consistency.wieght": [1]}, evaluate=3))
    assert [line.split(":")[0] for line in found] == ["evaluate", "grid.consistency.wieght"]


def test_a_library_that_trials_need_hides_nothing_that_is_wrong_with_the_file(values, monkeypatch, tmp_path, call):
    monkeypatch.setitem(extras.EXTRAS["train"], "trl", "999")
    made = values(choose={"harmles": 1}, processes=0)
    lines = [
        "choose.harmles: unknown key 'harmles'. Did you mean 'harmless'?",
        "processes: expected a whole number >= 1, got 0.",
    ]
    found = problems(made)
    assert found[:2] == lines
    assert [line.split(",")[0] for line in found[2:]] == ["sweep: expected the libraries of the extra 'train'"]
    file = tmp_path / "sweep.yaml"
    file.write_text(yaml.safe_dump(made))
    status, _, err = call("sweep", file, "--dry-run")
    assert (status, *err.splitlines()[:2]) == (2, *lines)


def test_test_prompts_that_a_setting_is_trained_on_are_told(values, planned, data, call, tmp_path):
    assert planned().notes == []
    groups = str(data / "{seed}" / "groups.jsonl")
    crossed = {"groups": str(data / "0" / "groups.jsonl")}  # which seed 1 is not trained on
    (one,) = planned(evaluate={"groups": groups}, seeds=[1]).notes
    count = len((data / "1" / "groups.jsonl").read_text().splitlines())
    assert one.startswith(f"{data / '1' / 'groups.jsonl'}: {count} of {count} test prompts are among the training")
    own = planned(evaluate=crossed, seeds=[1]).notes
    assert not [note for note in own if note.startswith(f"{data / '0' / 'groups.jsonl'}: {count} of")]
    path = tmp_path / "sweep.yaml"
    path.write_text(yaml.safe_dump(values(evaluate={"groups": groups})))
    status, out, _ = call("sweep", path, "--dry-run")
    assert status == 0
    assert out.count("are among the training groups") == 2


def test_test_prompts_that_a_setting_is_aligned_on_are_told(planned, data, tmp_path):
    (first, *_) = PromptGroups.read(data / "0" / "test.jsonl")
    row = {"prompt": first.prompts["sw"], "completion": "No."}
    (tmp_path / "sft.jsonl").write_text(json.dumps(row) + "\n")
    count = len((data / "0" / "test.jsonl").read_text().splitlines())
    settings = [{"name": "sft", "method": "sft", "data.preferences": str(tmp_path / "sft.jsonl")}, {"name": "dpo"}]
    assert planned(seeds=[0], settings=settings).notes == [
        f"{data / '0' / 'test.jsonl'}: 1 of {count} test prompts is among those of the alignment data "
        f"({tmp_path / 'sft.jsonl'}), so that rates are partly of what is learnt by heart. isoglot groups split makes "
        "files without near pivots on both sides, and with --against leaves out prompts of other files."
    ]


def test_seeds_are_only_listed_where_they_belong(values):
    grid = {"consistency": [{"seed": 3, "layer": 1}, {"seed": 4, "layer": 1}]}
    assert problems(values(grid=grid, settings=[{"trainer": {"seed": 1}}], seeds=[2**32])) == [
        "seeds: expected a list of different whole numbers from 0 to 4294967295, got [4294967296].",
        "grid.consistency: expected anything but a seed, got a seed. List the seeds under `seeds`.",
        "settings[0].trainer: expected anything but a seed, got a seed. List the seeds under `seeds`.",
    ]


def test_an_output_that_is_a_file_is_told(values, tmp_path):
    (tmp_path / "out").write_text("mine")
    assert problems(values(output=str(tmp_path / "out"))) == [
        f"output: expected a folder, got a file, {str(tmp_path / 'out')!r}. Choose another."
    ]


def test_languages_and_kinds_of_the_test_are_checked(values, data):
    made = values()
    made["evaluate"]["unseen"] = ["ko", "xx"]
    assert [line[:40] for line in problems(made)] == ["evaluate.unseen: expected some of the te"]


def test_paths_are_relative_to_the_sweep_file(values, data, base, tmp_path):
    made = values(output="out")
    made["run"]["data"] = {"preferences": "{seed}/preferences.jsonl", "groups": "{seed}/groups.jsonl"}
    made["evaluate"]["groups"] = "{seed}/test.jsonl"
    path = data / "sweep.yaml"
    path.write_text(yaml.safe_dump(made))
    planned = plan(SweepFile.read(path))
    run = planned.settings[1].trials[1].run
    assert run["data"]["groups"] == str(data / "1" / "groups.jsonl")
    assert planned.trials[-1].folder.is_relative_to(data / "out" / "trials")


def test_a_run_may_be_the_path_of_a_run_file(values, tmp_path):
    made = values()
    (tmp_path / "run.yaml").write_text(yaml.safe_dump(made["run"] | {"output": "runs/x"}))
    run = made["run"] | {"code": str(tmp_path)}
    assert SweepFile.from_dict(made | {"run": "run.yaml"}, {"folder": tmp_path}).run == run
    assert problems(made | {"run": "none.yaml"}, tmp_path) == [
        f"run: {tmp_path / 'none.yaml'}: expected a run file, got nothing. {PATHS}"
    ]


def test_changes_on_the_command_line_are_of_the_run_that_all_settings_share(values, tmp_path):
    (tmp_path / "run.yaml").write_text(yaml.safe_dump(values()["run"]))
    path = tmp_path / "sweep.yaml"
    path.write_text(yaml.safe_dump(values(run="run.yaml", grid={"trainer.max_steps": [2, 5]})))
    changed = SweepFile.read(path, {"consistency.weight": 3, "trainer.max_steps": 9})
    runs = [one.run for one in plan(changed).settings if not one.base]
    assert [run["consistency"]["weight"] for run in runs] == [3, 3]
    assert [run["trainer"]["max_steps"] for run in runs] == [2, 5]  # the sweep's own changes come after
    with pytest.raises(ConfigError) as caught:
        SweepFile.read(path, {"trainer.seed": 3, "consistancy.weight": 1, "output": "x"})
    assert str(caught.value).split("\n") == [
        "run.trainer.seed: expected anything but a seed, got a seed. List the seeds under `seeds`.",
        "run.consistancy.weight: unknown section 'consistancy'. Did you mean 'consistency'?",
        "run.output: expected a setting that trials share, got the output, which each trial has for itself.",
    ]


def test_a_file_that_is_missing_or_no_yaml_is_told(tmp_path):
    with pytest.raises(MissingFileError, match="a sweep file"):
        SweepFile.read(tmp_path / "none.yaml")
    path = tmp_path / "twice.yaml"
    path.write_text("seeds: [0]\nseeds: [1]\n")
    with pytest.raises(ConfigError, match="'seeds' twice"):
        SweepFile.read(path)
    path.write_text("evaluate: {groups: data/{seed}/test.jsonl}\n")
    with pytest.raises(ConfigError, match=r"write texts with \{seed\} in quotes"):
        SweepFile.read(path)


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.name)
def test_of_a_recipe_only_the_users_own_files_are_missing(path):
    found = problems(yaml.safe_load(path.read_text(encoding="utf-8")), path.parent)
    assert {line.split(":")[0] for line in found} == {"run.data.preferences", "run.data.groups", "evaluate.groups"}


def test_the_sweep_file_in_the_documentation_loads(tmp_path):
    text = (ROOT / "docs" / "sweep.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert blocks
    found = problems(yaml.safe_load(blocks[0]), tmp_path)
    assert {line.split(":")[0] for line in found} <= {"run.data.preferences", "run.data.groups", "evaluate.groups"}
