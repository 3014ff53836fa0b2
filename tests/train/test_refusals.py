"""What libraries refuse late is an error of the setting that it is about."""

from __future__ import annotations

import pytest

from isoglot.errors import ConfigError, DataError
from isoglot.train import RunFile
from isoglot.train.refusals import refusals, setting_of

pytestmark = pytest.mark.training


@pytest.mark.parametrize(
    ("trainer", "peft", "message", "found"),
    [
        ({"loss_type": "odd", "seed": 1}, None, "Unknown loss type: odd. Should be one of", "trainer.loss_type"),
        ({"loss_type": ["sigmoid", "odd"]}, None, "Unknown loss type: odd.", "trainer.loss_type"),
        ({"report_to": "wandb"}, None, "WandbCallback requires wandb to be installed", "trainer.report_to"),
        ({"optim": "lomo"}, None, "You need to install the library of these optims", ""),
        ({"max_steps": 3}, {"target_modules": ["nix"]}, "Target modules {'nix'} not found", "peft.target_modules"),
        ({"max_steps": 3}, None, "something went wrong", ""),
        ({"accelerator_config": {"a": "strange"}}, None, "Strange is not valid", "trainer.accelerator_config"),
        (
            {"lr_scheduler_kwargs": {"nonesuch": 1}, "lr_scheduler_type": "linear"},
            None,
            "get_linear_schedule_with_warmup() got an unexpected keyword argument 'nonesuch'",
            "trainer.lr_scheduler_kwargs",
        ),
        ({"save_strategy": "no"}, {"r": 4}, "'utf-8' codec can't decode byte 0xff: it is not a start byte", ""),
        ({"seed": 1}, {"r": 4}, "a number that the seeds of this were", ""),
    ],
)
def test_the_setting_is_recognised_by_its_value_or_its_name(settings, trainer, peft, message, found):
    made = settings(peft=peft)
    made["trainer"] = trainer | {"use_cpu": True}
    run = RunFile.from_dict(settings()).model_copy(update={"trainer": made["trainer"], "peft": peft})
    assert setting_of(ValueError(message), run) == found


def test_what_isoglot_says_itself_stays_and_so_does_what_is_no_matter_of_settings(settings):
    run = RunFile.from_dict(settings())
    with pytest.raises(DataError, match=r"^rows: "), refusals(run, "dpo", "x"):
        raise DataError("rows: expected some.")
    with pytest.raises(ZeroDivisionError), refusals(run, "dpo", "x"):
        raise ZeroDivisionError
    with pytest.raises(ValueError, match=r"^later$"), refusals(run, "dpo", "x", concerns=lambda: False):
        raise ValueError("later")
    with pytest.raises(ConfigError, match=r"^dpo: expected x, got now\.$"), refusals(run, "dpo", "x"):
        raise ValueError("now")
