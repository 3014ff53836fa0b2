"""The model that is to be aligned, as a check: do its own states find a prompt's pivot among others?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...models.load import load
from .vectors import ByVectors

_DEPTHS = (0.25, 0.5, 0.75)  # where states of languages are nearest to each other differs by model
_MOST_TOKENS = 512  # of a text


class Served(ByVectors):
    """Finds wrong translations by the hidden states of a causal language model: means over a text's tokens.

    Layers at a quarter, half and three quarters of the depth are tried. The texts are given as they are, without the
    chat template, which would be most of a short prompt.

    Args:
        model: folder of a model, a run or an adapter, or a name on the hub; loaded when it is first needed.
        dtype: as for :func:`isoglot.models.load.load`.
    """

    def __init__(self, model: str, *, dtype: str = "auto") -> None:
        super().__init__(Path(model).name, ("standardized", "mapped"))  # as they are, loud coordinates decide
        self._path, self._dtype = model, dtype
        self._loaded: tuple[Any, Any] | None = None

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        """(3, texts, hidden size).

        Raises:
            ModelError: for a model that does not load, or whose layers cannot be found.
        """
        import torch

        from ...models.decoder import find_decoder, most_positions
        from ...models.modes import evaluating
        from ...representation import plan_passes, token_states

        model, tokenizer = self.load()
        depth = find_decoder(model).depth
        layers = sorted({max(1, round(part * depth)) for part in _DEPTHS})
        limit = min(_MOST_TOKENS, most_positions(model) or _MOST_TOKENS)
        prompts = [tokenizer(text, truncation=True, max_length=limit).input_ids or [0] for text in texts]
        places: list[int] = []
        means: list[np.ndarray] = []
        with evaluating(model), torch.inference_mode():
            for one in plan_passes(model, prompts, pad=tokenizer.pad_token_id or 0):
                states = token_states(model, one.input_ids, one.attention_mask, layers, position_ids=one.position_ids)
                places += one.places
                means.append(_means(states, one))
        made: np.ndarray = np.concatenate(means, axis=1)[:, np.argsort(places)]
        return made

    def load(self) -> tuple[Any, Any]:
        """Model and tokenizer, loaded at the first call.

        Raises:
            ModelError: for a model that does not load.
        """
        if self._loaded is None:
            self._loaded = load(self._path, dtype=self._dtype)
        return self._loaded


def _means(states: Any, one: Any) -> np.ndarray:
    """(layers, prompts of the pass, hidden size): over each prompt's tokens but the first, which says little."""
    rows, ends = (part.tolist() for part in one.ends)
    packed = one.attention_mask is None
    starts = [0, *(end + 1 for end in ends[:-1])] if packed else [0] * len(ends)
    means = [
        states[:, row, min(start + 1, end) : end + 1].float().mean(1).cpu().numpy()
        for row, start, end in zip(rows, starts, ends, strict=True)
    ]
    return np.stack(means, axis=1)
