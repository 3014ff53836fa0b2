"""Training that diverges: an error names the step, nothing of it is called finished, nothing good is lost."""

from __future__ import annotations

import json
import math

import pytest
import torch
from safetensors.torch import load_file

from isoglot.errors import ModelError, RunError
from isoglot.train import RunDirectory, RunFile, build, train

pytestmark = pytest.mark.training
METHODS = ("sft", "dpo", "orpo", "simpo")


@pytest.fixture
def poisoned(monkeypatch):
    """A run whose weights are not numbers any more after some step, as those of a diverged one."""
    models, load = [], build.load_model

    def kept(run):
        models.append(load(run))
        return models[-1]

    monkeypatch.setattr(build, "load_model", kept)

    def run(settings, at_step: int):
        def progress(done: int, _of: int) -> None:
            if done == at_step:
                with torch.no_grad():
                    next(models[-1].parameters()).fill_(math.nan)

        return train(RunFile.from_dict(settings), progress=progress)

    return run


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("measured", [False, True], ids=["", "spectrum"])
def test_a_run_that_diverges_is_no_success(settings, poisoned, method, measured):
    made = settings(method=method, consistency=None, spectrum=measured, trainer={"max_steps": 6, "save_steps": 2})
    with pytest.raises(RunError, match=r"^training, step 4: expected a finite loss, got ") as caught:
        poisoned(made, at_step=3)
    directory = RunDirectory(RunFile.from_dict(made).output)
    assert not directory.finished
    assert not (directory.path / "model.safetensors").exists()
    assert str(directory.checkpoints / "checkpoint-2") in str(caught.value)
    kept = load_file(directory.checkpoints / "checkpoint-2" / "model.safetensors")
    assert all(weight.isfinite().all() for weight in kept.values())


def test_a_checkpoint_is_written_of_whole_weights_only(settings, poisoned):
    made = settings(consistency=None, trainer={"max_steps": 6, "save_steps": 2})
    with pytest.raises(RunError, match=r"^training, step 4: expected finite weights, got infinity or not a number in "):
        poisoned(made, at_step=4)
    folder = RunDirectory(RunFile.from_dict(made).output).checkpoints
    assert [path.name for path in folder.glob("checkpoint-*")] == ["checkpoint-2"]


def test_the_last_step_is_looked_at_too(settings, poisoned):
    made = settings(consistency=None, trainer={"max_steps": 3, "save_strategy": "no"})
    with pytest.raises(RunError, match=r"^training, step 3: expected finite weights.*No checkpoint was written"):
        poisoned(made, at_step=3)
    assert not RunDirectory(RunFile.from_dict(made).output).finished


def test_the_log_does_not_call_a_loss_that_is_no_number_zero(settings, poisoned, tmp_path):
    made = settings(consistency=None, trainer={"max_steps": 6, "logging_steps": 1})
    with pytest.raises(RunError):
        poisoned(made, at_step=3)
    log = (RunFile.from_dict(made).output / "log.jsonl").read_text().splitlines()
    assert all(json.loads(line)["loss"] for line in log)
    config = build.build_config(RunFile.from_dict(made), tmp_path)
    assert not config.logging_nan_inf_filter  # with which transformers logs a loss of 0 in such a step


def test_a_measurement_that_fails_keeps_nothing_from_being_saved(settings, monkeypatch):
    def fails(*_args, **_kwargs):
        raise torch.linalg.LinAlgError("linalg.eigh: the algorithm failed to converge.")

    monkeypatch.setattr("isoglot.probe.layer_spectrum", fails)
    made = settings(trainer={"max_steps": 2})
    with pytest.warns(UserWarning, match=r"spectrum: expected .* got .*failed to converge"):
        folder = train(RunFile.from_dict(made))
    assert RunDirectory(folder).finished
    assert (folder / "model.safetensors").exists()


def test_a_model_that_has_diverged_is_not_evaluated(base, tmp_path):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from isoglot import PromptGroup, PromptGroups, evaluate

    model, tokenizer = AutoModelForCausalLM.from_pretrained(base), AutoTokenizer.from_pretrained(base)
    with torch.no_grad():
        model.model.layers[1].mlp.up_proj.weight[0, 0] = math.inf
    with pytest.raises(ModelError, match=r"expected finite weights, got .* in model\.layers\.1\.mlp\.up_proj\.weight"):
        evaluate(model, tokenizer, PromptGroups([PromptGroup("a", {"en": "Hi"})]), tmp_path / "out")
