"""How many tokens a trainer's own step has."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy
import torch
from torch import Tensor

LOOKED_AT = 64  # rows
_IDS, _MASK = "input_ids", "attention_mask"
_AGAIN = ("prompt",)  # what stands in other columns too


class Looked(NamedTuple):
    """The first rows of a trainer's data, as it is given them in training.

    Attributes:
        rows: how many.
        batch: what the trainer's collator makes of them; None if that cannot be known before training.
    """

    rows: int
    batch: Any


def tokens_per_step(trainer: Any, looked: Looked | None = None) -> float | None:
    """Tokens that a Hugging Face trainer runs through its model in an optimizer step, padding left out.

    Over all micro-steps and processes, as the first rows of its data have them; chosen and rejected answers count
    both, a reference model's passes do not.

    Args:
        trainer: whose arguments say how many rows a step has.
        looked: at its data; None: they are looked at now.

    Returns:
        None where that cannot be known before training: data that can be gone through once only, answers that are
        generated meanwhile.
    """
    args, looked = trainer.args, look_at_data(trainer) if looked is None else looked
    found = None if looked.batch is None else _tokens(looked.batch)
    if found is None:
        return None
    in_a_step: int = args.train_batch_size * args.gradient_accumulation_steps * args.world_size
    return found / looked.rows * in_a_step


def look_at_data(trainer: Any) -> Looked:
    """The first rows of a trainer's data; neither they, nor the trainer, nor any random state are changed."""
    data = getattr(trainer, "train_dataset", None)
    with _nothing_drawn():
        try:
            rows = [dict(row) if isinstance(row, Mapping) else row for row in _first(data)]
            return Looked(len(rows), _collator(trainer)(rows) if rows else None)
        except Exception:  # a collator may want what its trainer adds on the way
            return Looked(0, None)


def _first(data: Any) -> Iterator[Any]:
    """The first rows of data that can be gone through again: with a length, or a stream of ``datasets``."""
    if hasattr(data, "__len__"):
        yield from (data[place] for place in range(min(LOOKED_AT, len(data))))
    elif hasattr(data, "take") and hasattr(data, "state_dict"):
        yield from data.take(LOOKED_AT)


def _collator(trainer: Any) -> Any:
    """The trainer's, without the columns that it leaves out in training."""
    # A copy is asked, since a trainer keeps what it finds out about its columns.
    without = getattr(copy.copy(trainer), "_get_collator_with_removed_columns", None)
    return trainer.data_collator if without is None else without(trainer.data_collator)


@contextmanager
def _nothing_drawn() -> Iterator[None]:
    """After it the random states that data and collators draw from are what they were."""
    plain, arrays = random.getstate(), numpy.random.get_state()  # noqa: NPY002 - what others draw from
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        random.setstate(plain)
        numpy.random.set_state(arrays)  # noqa: NPY002


def token_columns(batch: Mapping[str, Any]) -> list[str]:
    """The columns of a batch that hold token ids, each text once."""
    names = [name for name, value in batch.items() if name.endswith(_IDS) and isinstance(value, Tensor)]
    return [name for name in names if not name.startswith(_AGAIN)]


def _tokens(batch: Any) -> float | None:
    """Tokens of a batch, over all columns of token ids; None if there are none."""
    if not isinstance(batch, Mapping):
        return None
    names = token_columns(batch)
    counts = [batch.get(name.removesuffix(_IDS) + _MASK) for name in names]
    found = [
        batch[name].numel() if mask is None else float(mask.sum()) for name, mask in zip(names, counts, strict=True)
    ]
    return float(sum(found)) if found else None
