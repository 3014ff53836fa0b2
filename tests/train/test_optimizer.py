"""Losses, optimizers and schedules that cannot be are told before anything is loaded, by a dry run too."""

from __future__ import annotations

import importlib.util

import pytest

from isoglot.errors import ConfigError
from isoglot.train import RunFile, train
from isoglot.train.dry_run import dry_run
from isoglot.train.losses import losses
from isoglot.train.methods import METHODS

pytestmark = pytest.mark.training
LIBRARY = "adamw_bnb_8bit"
SCHEDULE = {"lr_scheduler_type": "linear", "lr_scheduler_kwargs": {"nonesuch": 1}}


@pytest.fixture
def _without_weights(monkeypatch):
    """Says so where a model is loaded all the same."""

    def load_model(run):
        raise AssertionError("a model was loaded")

    monkeypatch.setattr("isoglot.train.build.load_model", load_model)


@pytest.mark.usefixtures("_without_weights")
@pytest.mark.parametrize("look", [train, dry_run])
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"optim": LIBRARY}, r"^trainer\.optim: expected an optimizer that can be made here, got .*bitsandbytes"),
        (SCHEDULE, r"^trainer\.lr_scheduler_kwargs: expected a schedule that can be made, got .*nonesuch"),
        ({"lr_scheduler_type": "cosine_with_min_lr"}, r"^trainer\.lr_scheduler_type: expected a schedule .*min_lr"),
        (SCHEDULE | {"optim": LIBRARY}, r"^trainer\.optim: .*\ntrainer\.lr_scheduler_kwargs: "),
    ],
)
def test_what_cannot_be_made_is_told_first(settings, options, said, look):
    if LIBRARY in options.values() and importlib.util.find_spec("bitsandbytes"):
        pytest.skip("its library is installed")
    with pytest.raises(ConfigError, match=said):
        look(RunFile.from_dict(settings(trainer=options)))


def test_what_works_is_let_through(settings):
    for options in (
        {"optim": "sgd", "lr_scheduler_type": "constant_with_warmup", "warmup_steps": 2},
        {"lr_scheduler_type": "cosine_with_min_lr", "lr_scheduler_kwargs": {"min_lr": 1e-6}},
        {"loss_type": ["sigmoid", "sft"]},
    ):
        dry_run(RunFile.from_dict(settings(trainer=options)))


@pytest.mark.parametrize(
    ("method", "named", "said"),
    [
        ("dpo", "nonesuch", r"^trainer\.loss_type: unknown loss 'nonesuch'"),
        ("dpo", ["sigmoid", "hing"], r"^trainer\.loss_type: unknown loss 'hing'. Did you mean 'hinge'"),
        ("sft", "sigmoid", r"^trainer\.loss_type: unknown loss 'sigmoid'. Known: nll, dft"),
    ],
)
def test_a_loss_that_the_method_does_not_know(settings, method, named, said):
    with pytest.raises(ConfigError, match=said):
        RunFile.from_dict(settings(method=method, trainer={"loss_type": named}))


def test_the_losses_are_those_of_trl():
    assert {"sigmoid", "hinge", "ipo", "robust", "apo_zero", "sft"} <= set(losses(METHODS["dpo"]))
    assert losses(METHODS["sft"])[:2] == ["nll", "dft"]
    assert losses(METHODS["orpo"]) == []
    for name in ("dpo", "sft"):
        default = METHODS[name].config_class()(output_dir="x", bf16=False, use_cpu=True).loss_type
        assert set(default if isinstance(default, list) else [default]) <= set(losses(METHODS[name]))
