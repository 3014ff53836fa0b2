"""What libraries refuse late is an error of the setting that it is about."""

from __future__ import annotations

import functools
from types import FunctionType

import pytest

from isoglot.errors import ConfigError, DataError
from isoglot.train import RunFile, train
from isoglot.train.library_errors import by_a_trainer, naming_the_setting, setting_of

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
    with pytest.raises(DataError, match=r"^rows: "), naming_the_setting(run, "dpo", "x"):
        raise DataError("rows: expected some.")
    with pytest.raises(ZeroDivisionError), naming_the_setting(run, "dpo", "x"):
        raise ZeroDivisionError
    with pytest.raises(ValueError, match=r"^later$"), naming_the_setting(run, "dpo", "x", concerns=lambda _: False):
        raise ValueError("later")
    with pytest.raises(ConfigError, match=r"^dpo: expected x, got now\.$"), naming_the_setting(run, "dpo", "x"):
        raise ValueError("now")


@pytest.mark.parametrize(
    ("callers", "expected"),
    [
        (["trl.trainer"], True),
        (["isoglot.train.run", "transformers.trainer", "isoglot.attach.trainer", "torch.optim", "functools"], True),
        (["transformers.trainer", "isoglot.train.log", "json.decoder"], False),
        (["transformers.trainer", "isoglot.attach.trainer", "isoglot.consistency.term", "torch.functional"], False),
        (["transformers.trainer", "somebody.tracker"], False),
        (["json.decoder"], False),
    ],
)
def test_only_the_trainer_and_what_it_stands_on_refuse_settings(callers, expected):
    go = refuses_in(callers[-1])
    for name in reversed(callers[:-1]):
        go = functools.partial(moved(lambda go: go(), name), go)
    with pytest.raises(ValueError, match="invalid literal") as caught:
        go()
    trace = caught.value.__traceback__.tb_next  # from below this test on, as where a run stands above
    assert by_a_trainer(caught.value.with_traceback(trace)) is expected


def refuses_in(module):
    """A function of that module which raises, and names an option by chance."""
    return moved(lambda *_, **__: int("adam epsilon"), module)


def moved(function, module):
    """A function as if it were of another module."""
    return FunctionType(function.__code__, {"__name__": module})


@pytest.mark.parametrize(
    ("patched", "module", "error", "said"),
    [
        (
            "transformers.Trainer.create_scheduler",
            "transformers.trainer",
            ConfigError,
            r"^trainer\.adam_epsilon: expected",
        ),
        ("isoglot.train.log.LogFile.on_train_begin", "isoglot.train.log", ValueError, "^invalid literal"),
        (
            "isoglot.consistency.backward.TermBackward._gradients",
            "torch.autograd",
            ValueError,
            "^invalid literal",
        ),
    ],
)
def test_what_the_first_step_finds_out(settings, monkeypatch, patched, module, error, said):
    """Once it is corrected the same folder is begun anew."""
    run = RunFile.from_dict(settings(trainer={"adam_epsilon": 1e-7}))
    with monkeypatch.context() as patch:
        patch.setattr(patched, refuses_in(module))
        with pytest.raises(error, match=said):
            train(run)
    assert train(run).is_dir()
