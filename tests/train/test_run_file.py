from __future__ import annotations

import json
import subprocess
import sys

import pytest
import yaml

from isoglot import Consistency
from isoglot.errors import ConfigError, MissingFileError
from isoglot.train import RunFile


def problems(settings) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        RunFile.from_dict(settings)
    return str(caught.value).split("\n")


def test_reads_what_the_design_shows(settings, tmp_path):
    path = tmp_path / "run.yaml"
    path.write_text(yaml.safe_dump(settings(peft={"r": 4, "target_modules": "all-linear"})))
    run = RunFile.read(path)
    assert run.method == "dpo"
    assert run.consistency == Consistency(groups_per_step=2)
    assert run.peft == {"r": 4, "target_modules": "all-linear"}
    assert run.trainer["learning_rate"] == 1e-3
    assert not run.model.trust_remote_code


def test_what_it_writes_it_reads_again_as_the_same(settings):
    run = RunFile.from_dict(settings(peft={"r": 4}))
    assert RunFile.from_dict(run.to_dict()) == run
    assert json.dumps(run.to_dict())  # plain values only


def test_every_problem_is_told_at_once_with_its_path(settings):
    bad = settings(
        model={"pth": "x", "dtype": "float23"},
        method="dpoo",
        data={"preferences": "no-such.jsonl"},
        consistency={"objektive": "x", "weight": -1},
        peft={"r": "eight", "lora_alfa": 3},
        trainer={"learning_rate": "fast", "output_dir": "x", "max_stepz": 3, "save_strategy": "stepz"},
        outputs="x",
    )
    del bad["output"]
    found = problems(bad)
    for where in (
        "model.path",
        "model.pth",
        "model.dtype",
        "method",
        "data.preferences",
        "data.groups",
        "consistency.objektive",
        "consistency.weight",
        "peft.r",
        "peft.lora_alfa",
        "trainer.learning_rate",
        "trainer.output_dir",
        "trainer.max_stepz",
        "trainer.save_strategy",
        "output",
        "outputs",
    ):
        assert [line for line in found if line.startswith(f"{where}: ")], (
            where,
            found,
        )
    text = "\n".join(found)
    for name in ("'path'", "'float32'", "'dpo'", "'objective'", "'lora_alpha'", "'max_steps'", "'output'"):
        assert f"Did you mean {name}" in text


@pytest.mark.parametrize(("written", "meant"), [("6e-7", 6e-7), (6.0e-7, 6e-7), (1, 1)])
def test_yaml_reads_6e_7_as_text_and_a_number_is_what_was_meant(settings, written, meant):
    assert RunFile.from_dict(settings(trainer={"learning_rate": written})).trainer["learning_rate"] == meant


def test_yaml_reads_no_as_false_and_the_strategy_was_meant(settings):
    assert yaml.safe_load("save_strategy: no") == {"save_strategy": False}
    assert RunFile.from_dict(settings(trainer={"save_strategy": False})).trainer["save_strategy"] == "no"


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("max_steps", 1.5),
        ("max_steps", True),
        ("seed", "7"),
        ("gradient_checkpointing", "yes"),
        ("learning_rate", True),
        ("learning_rate", None),
        ("lr_scheduler_kwargs", 3),
    ],
)
def test_options_of_a_wrong_type(settings, option, value):
    assert problems(settings(trainer={option: value}))[0].startswith(f"trainer.{option}: expected ")


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("learning_rate", -1e-5),
        ("learning_rate", float("nan")),
        ("learning_rate", float("inf")),
        ("weight_decay", -0.1),
        ("beta", float("nan")),
        ("max_steps", -5),
        ("max_steps", 0),
        ("num_train_epochs", 0),
        ("per_device_train_batch_size", 0),
        ("gradient_accumulation_steps", 0),
        ("max_length", 0),
        ("warmup_steps", -3),
        ("max_grad_norm", -1.0),
        ("max_steps", 10**400),
        ("adam_beta1", 2.0),
        ("adam_epsilon", -1.0),
        ("dataloader_num_workers", -1),
    ],
)
def test_options_of_the_right_type_that_cannot_work(settings, option, value):
    assert problems(settings(trainer={option: value}))[0].startswith(f"trainer.{option}: expected ")


def test_options_at_their_bounds_are_taken(settings):
    fine = {"learning_rate": 0.0, "max_steps": -1, "warmup_steps": 0, "max_grad_norm": 0.0, "num_train_epochs": 0.5}
    assert RunFile.from_dict(settings(trainer=fine)).trainer.items() >= fine.items()


def test_numbers_in_nested_options_are_numbers(settings, tmp_path):
    path = tmp_path / "run.yaml"
    text = yaml.safe_dump(settings())
    path.write_text(text.replace("trainer:\n", "trainer:\n  lr_scheduler_kwargs: {min_lr: 1e-7}\n", 1))
    assert RunFile.read(path).trainer["lr_scheduler_kwargs"] == {"min_lr": 1e-7}


@pytest.mark.parametrize("pattern", ["(", "*_proj", "[q"])
def test_a_pattern_that_is_none_is_refused_with_its_key(settings, pattern):
    for name in ("target_modules", "exclude_modules"):
        assert problems(settings(peft={name: pattern}))[0].startswith(f"peft.{name}: expected a pattern")


def test_options_that_isoglot_sets_say_where_to_set_them(settings):
    reserved = {"resume_from_checkpoint": "x", "push_to_hub": True, "hub_token": "secret", "model_init_kwargs": {}}
    found = problems(settings(trainer=reserved))
    assert len(found) == len(reserved)
    assert all(": not allowed here, got " in line for line in found)


def test_a_secret_is_not_repeated(settings):
    assert "hf_abc" not in "\n".join(problems(settings(trainer={"hub_token": "hf_abc"})))


def test_the_loss_that_makes_a_method_cannot_be_changed(settings):
    assert problems(settings(method="simpo", trainer={"loss_type": "ipo"}))[0].startswith("trainer.loss_type")
    assert RunFile.from_dict(settings(trainer={"loss_type": "ipo"})).trainer["loss_type"] == "ipo"  # dpo: free


def test_an_empty_section_is_no_silent_default(settings):
    bad = settings()
    bad["consistency"] = None
    assert problems(bad) == [
        "consistency: expected a mapping, got nothing. Write {} for the defaults, or leave the section out."
    ]


def test_consistency_needs_groups(settings, data):
    bad = settings(data={"preferences": str(data / "preferences.jsonl")})
    assert problems(bad)[0].startswith("data.groups: expected")
    assert RunFile.from_dict(settings(consistency=None)).data.groups is not None  # allowed: shown in the spectrum


def test_model_path(settings, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "adapter").mkdir()
    (tmp_path / "adapter" / "adapter_config.json").write_text("{}")
    for path in (tmp_path / "empty", tmp_path / "adapter", tmp_path / "nothing", "../x", "./x", "a/b/c"):
        assert problems(settings(model={"path": str(path)}))[0].startswith("model.path: expected"), path
    assert RunFile.from_dict(settings(model={"path": "Qwen/Qwen2.5-7B-Instruct"})).model.path.startswith("Qwen/")


def test_files_that_are_no_run_file(tmp_path):
    with pytest.raises(MissingFileError):
        RunFile.read(tmp_path / "none.yaml")
    for text in ("a: [1\nb", "- 1", "", "model: {path: a}\nmodel: {path: b}\n"):
        path = tmp_path / "bad.yaml"
        path.write_text(text)
        with pytest.raises(ConfigError) as caught:
            RunFile.read(path)
        assert len(str(caught.value).split("\n")) == 1
    assert "'model' twice" in str(caught.value)


@pytest.mark.training
def test_importing_is_light():
    heavy = "('torch', 'transformers', 'trl', 'datasets')"
    code = f"import sys, isoglot.train, isoglot.cli; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
