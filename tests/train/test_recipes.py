from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest
import torch
import yaml
from safetensors.torch import load_file
from transformers import Qwen2Config, Qwen2ForCausalLM

from isoglot import Consistency
from isoglot.errors import ConfigError
from isoglot.sweep.setting import expand
from isoglot.sweep.sweep_file import SweepFile
from isoglot.train import RunFile, train

from .conftest import byte_tokenizer

pytestmark = pytest.mark.training

FOLDER = Path(__file__).parents[2] / "recipes"
RECIPES = sorted(path for path in FOLDER.glob("*.yaml") if not path.name.startswith("sweep-"))


def test_there_are_recipes():
    assert RECIPES


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.name)
def test_only_the_users_own_files_are_missing(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as caught:
        RunFile.read(path)
    assert {line.split(":")[0] for line in str(caught.value).split("\n")} == {"data.preferences", "data.groups"}
    for name in ("preferences.jsonl", "groups.jsonl"):
        Path(name).touch()
    run = RunFile.read(path)
    assert run.output.name == path.stem
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert set(settings["trainer"]) == set(run.trainer)


@pytest.fixture(scope="module")
def tiny_qwen(tmp_path_factory):
    """A random model of the recipes' architecture, small enough for a step a recipe."""
    folder, tokenizer = tmp_path_factory.mktemp("qwen"), byte_tokenizer()
    torch.manual_seed(0)
    sizes = dict(hidden_size=32, intermediate_size=64, num_hidden_layers=4, num_attention_heads=4)
    config = Qwen2Config(
        vocab_size=len(tokenizer),
        num_key_value_heads=2,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        **sizes,
    )
    Qwen2ForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def trained_for_a_step(settings, model, data, output):
    """One optimizer step by a recipe, with the user's own files and a machine without an accelerator."""
    settings["model"]["path"] = str(model)
    settings["data"] = {name: str(data / f"{name}.jsonl") for name in settings["data"]}
    settings["output"] = str(output)
    settings["trainer"] |= {"max_steps": 1, "use_cpu": True, "gradient_accumulation_steps": 1, "logging_steps": 1}
    folder = train(RunFile.from_dict(settings))
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    return next(line for line in lines if "consistency/loss" in line)


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.name)
def test_a_recipe_trains_a_tiny_model_of_its_architecture(path, tiny_qwen, data, tmp_path):
    line = trained_for_a_step(yaml.safe_load(path.read_text(encoding="utf-8")), tiny_qwen, data, tmp_path / "run")
    assert line["step"] == 1


def test_the_own_language_recipe_adapts_the_lowest_quarter_alone(tiny_qwen, data, tmp_path):
    path = FOLDER / "qwen2.5-7b-dpo-own-language.yaml"
    trained_for_a_step(yaml.safe_load(path.read_text(encoding="utf-8")), tiny_qwen, data, tmp_path / "run")
    names = set(load_file(tmp_path / "run" / "adapter_model.safetensors"))
    assert names
    assert all(".layers.0." in name for name in names)


def test_every_setting_of_the_sweep_recipe_trains_for_a_step(tiny_qwen, data, tmp_path):
    values = yaml.safe_load((FOLDER / "sweep-consistency.yaml").read_text(encoding="utf-8"))
    file = SweepFile.from_dict(values | {"run": values["run"], "output": "out"}, {"folder": tmp_path})
    settings = expand(file)
    assert len(settings) > 1
    for place, one in enumerate(settings):
        run = copy.deepcopy(dict(one.run))
        if run.get("consistency") is not None:
            assert trained_for_a_step(run, tiny_qwen, data, tmp_path / str(place))["step"] == 1


def test_the_papers_recipe_is_as_released():
    settings = yaml.safe_load((FOLDER / "qwen2.5-7b-dpo.yaml").read_text(encoding="utf-8"))
    assert Consistency.from_dict(settings["consistency"]) == Consistency.as_released()


def test_the_guarded_recipe_is_the_default():
    settings = yaml.safe_load((FOLDER / "qwen2.5-7b-dpo-guarded.yaml").read_text(encoding="utf-8"))
    assert Consistency.from_dict(settings["consistency"]) == Consistency()
