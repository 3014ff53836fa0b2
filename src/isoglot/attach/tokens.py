"""How many tokens a trainer's own step has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

LOOKED_AT = 64  # rows
_IDS, _MASK = "input_ids", "attention_mask"
_AGAIN = ("prompt",)  # what stands in other columns too


def tokens_per_step(trainer: Any) -> float | None:
    """Tokens that a Hugging Face trainer runs through its model in an optimizer step, padding left out.

    Over all micro-steps and processes, as the first rows of its data have them; chosen and rejected answers count
    both, a reference model's passes do not. The trainer's collator makes the rows, and is asked for nothing random.

    Returns:
        None where that cannot be known before training: data without a length, answers that are generated meanwhile.
    """
    data, args = getattr(trainer, "train_dataset", None), trainer.args
    if data is None or not hasattr(data, "__len__") or not len(data):
        return None
    rows = [data[place] for place in range(min(LOOKED_AT, len(data)))]
    with torch.random.fork_rng(devices=[]):
        try:
            batch = trainer.data_collator(rows)
        except Exception:  # it may want columns that the trainer adds or removes on the way
            return None
    found = _tokens(batch)
    in_a_step = args.train_batch_size * args.gradient_accumulation_steps * args.world_size
    return None if found is None else found / len(rows) * in_a_step


def _tokens(batch: Any) -> float | None:
    """Tokens of a batch, over all columns of token ids; None if there are none."""
    if not isinstance(batch, Mapping):
        return None
    names = [name for name, value in batch.items() if name.endswith(_IDS) and isinstance(value, Tensor)]
    names = [name for name in names if not name.startswith(_AGAIN)]
    counts = [batch.get(name.removesuffix(_IDS) + _MASK) for name in names]
    found = [
        batch[name].numel() if mask is None else float(mask.sum()) for name, mask in zip(names, counts, strict=True)
    ]
    return float(sum(found)) if found else None
