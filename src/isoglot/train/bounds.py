"""What options of a trainer must be to work: the libraries take any number of the right type, and fail later."""

from __future__ import annotations

from collections.abc import Mapping

from ..settings.options import Bound

AT_LEAST_ZERO = Bound("a number >= 0", lambda value: value >= 0)
ABOVE_ZERO = Bound("a number > 0", lambda value: value > 0)
FRACTION = Bound("a number from 0 to below 1", lambda value: 0 <= value < 1)
AT_LEAST_ONE = Bound("a whole number >= 1", lambda value: value >= 1)

BOUNDS: Mapping[str, Bound] = {
    "learning_rate": AT_LEAST_ZERO,
    "weight_decay": AT_LEAST_ZERO,
    "beta": AT_LEAST_ZERO,
    "max_grad_norm": AT_LEAST_ZERO,
    "warmup_steps": AT_LEAST_ZERO,
    "warmup_ratio": AT_LEAST_ZERO,
    "num_train_epochs": ABOVE_ZERO,
    "adam_beta1": FRACTION,
    "adam_beta2": FRACTION,
    "adam_epsilon": ABOVE_ZERO,
    "dataloader_num_workers": AT_LEAST_ZERO,
    "max_steps": Bound("a whole number >= 1, or -1 for num_train_epochs", lambda value: value >= 1 or value == -1),
    "per_device_train_batch_size": AT_LEAST_ONE,
    "gradient_accumulation_steps": AT_LEAST_ONE,
    "save_total_limit": AT_LEAST_ONE,
    "max_length": AT_LEAST_ONE,
    "max_prompt_length": AT_LEAST_ONE,
    "max_completion_length": AT_LEAST_ONE,
}
