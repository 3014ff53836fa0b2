"""A dry run: what it says is what training then does, what is wrong comes at once, and nothing is written."""

from __future__ import annotations

import json
import shutil

import pytest

from isoglot.errors import IsoglotError
from isoglot.train import RunFile, train
from isoglot.train.dry_run import dry_run
from isoglot.train.methods import METHODS

pytestmark = pytest.mark.training


def looked_at(settings):
    return dry_run(RunFile.from_dict(settings))


def everything(folder):
    return sorted((str(path), path.stat().st_mtime_ns) for path in folder.rglob("*"))


@pytest.mark.parametrize("method", METHODS)
def test_what_it_says_is_what_training_does(settings, tmp_path, method):
    epochs = {"max_steps": -1, "num_train_epochs": 0.7, "per_device_train_batch_size": 5, "save_steps": 3}
    made = settings(method=method, trainer=epochs)
    before = everything(tmp_path)
    found = looked_at(made)
    assert everything(tmp_path) == before
    assert (found["state"], found["rows"], found["layers"]) == ("begins", 24, 2)
    assert found["parameters"] == found["trained"]
    assert found["prompts"]["kinds"] == {"harmful": 3, "harmless": 3}
    assert found["prompts"]["languages"] == {"en": 6, "sw": 6, "th": 6}
    folder = train(RunFile.from_dict(made))
    environment = json.loads((folder / "environment.json").read_text())
    assert environment["steps"] == found["steps"]
    term = environment["consistency"]
    assert term["layers"] == found["term"]["layers"]
    assert found["step_tokens"] == pytest.approx(term["training_tokens"], rel=0.02)
    assert found["term"]["tokens"] == pytest.approx(term["tokens"], rel=0.05)
    assert found["term"]["share"] == pytest.approx(term["share"], abs=0.02)
    assert looked_at(made)["state"] == "finished"


def test_a_run_that_was_stopped_goes_on(settings):
    def stop(done, total):
        if done == 3:
            raise KeyboardInterrupt

    made = settings(consistency=None)
    with pytest.raises(KeyboardInterrupt):
        train(RunFile.from_dict(made), progress=stop)
    found = looked_at(made)
    assert (found["state"], found["step"], found["term"]) == ("goes on", 2, None)


def test_an_adapter_and_lower_layers_are_counted(settings, base):
    whole = looked_at(settings(consistency=None))
    lower = looked_at(settings(consistency=None, model={"path": str(base), "dtype": "float32", "trained_layers": 1}))
    adapter = looked_at(settings(consistency=None, peft={"r": 2, "target_modules": "all-linear"}))
    assert whole["parameters"] == lower["parameters"] == adapter["parameters"] - adapter["trained"]
    assert 0 < adapter["trained"] < lower["trained"] < whole["trained"]


def test_everything_wrong_comes_at_once(settings, base, tmp_path):
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"prompt": "x"}\n')
    data = settings()["data"]
    lower = {"path": str(base), "dtype": "float32", "trained_layers": 9}
    with pytest.raises(IsoglotError) as caught:
        looked_at(settings(model=lower))
    assert str(caught.value).count("model.trained_layers: expected") == 1
    made = settings(consistency={"layer": 7}, peft={"target_modules": ["nope"]})
    with pytest.raises(IsoglotError) as caught:
        looked_at(made)
    assert "consistency.layer: expected a layer from 1 to 2" in str(caught.value)
    assert "nope" in str(caught.value)
    model = tmp_path / "model"
    shutil.copytree(base, model)
    (model / "model.safetensors").unlink()
    made = settings(model={"path": str(model)}, data=data | {"preferences": str(bad)})
    with pytest.raises(IsoglotError) as caught:
        looked_at(made)
    assert "bad.jsonl, line 1: chosen: expected text or messages" in str(caught.value)
    assert "its weights are missing: model.safetensors" in str(caught.value)


def test_a_term_that_would_reach_nothing_is_refused(settings):
    made = settings(consistency={"layer": 1}, peft={"target_modules": ["q_proj"], "layers_to_transform": [1]})
    with pytest.raises(IsoglotError, match="consistency: expected trainable parameters in decoder layers 1 to 1"):
        looked_at(made)


def test_packing_leaves_the_number_of_steps_open(settings):
    options = {"max_steps": -1, "packing": True, "num_train_epochs": 1}
    assert looked_at(settings(method="sft", consistency=None, trainer=options))["steps"] is None
