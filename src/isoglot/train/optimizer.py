"""Whether an optimizer and its schedule can be made: the trainer itself says so only in the first step."""

from __future__ import annotations

from typing import Any

from ..errors import ConfigError, raise_all
from .library_errors import naming_the_setting
from .run_file import RunFile


def check_optimizer(run: RunFile, config: Any) -> None:
    """Makes the schedule once, of a parameter that nobody needs, and looks for the optimizer's library.

    Args:
        run: whose settings they are.
        config: of the trainer.

    Raises:
        ConfigError: for what cannot be made.
    """
    schedule = "trainer.lr_scheduler_kwargs" if config.lr_scheduler_kwargs else "trainer.lr_scheduler_type"
    problems = []
    for where, expected, make in (
        ("trainer.optim", "an optimizer that can be made here", _optimizer),
        (schedule, "a schedule that can be made", _schedule),
    ):
        try:
            with naming_the_setting(run, where, expected):
                make(config)
        except ConfigError as error:
            problems.append(str(error))
    raise_all(problems, ConfigError)


def _optimizer(config: Any) -> None:
    import torch
    from transformers import Trainer

    anything: Any = torch.nn.Identity()  # which draws no random numbers
    try:
        Trainer.get_optimizer_cls_and_kwargs(config, anything)
    except ValueError:
        if not config.optim_target_modules:  # which only the model itself has
            raise


def _schedule(config: Any) -> None:
    import torch
    from transformers import get_scheduler

    steps = config.max_steps if config.max_steps > 0 else 1000
    get_scheduler(
        config.lr_scheduler_type,
        optimizer=torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=config.learning_rate),
        num_warmup_steps=config.get_warmup_steps(steps),
        num_training_steps=steps,
        scheduler_specific_kwargs=config.lr_scheduler_kwargs,
    )
