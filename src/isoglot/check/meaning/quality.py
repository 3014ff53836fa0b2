"""A model that reads source and translation together, as a check: quality estimation, inference, re-ranking."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...models.load import loading, placed, tokenizer_of
from ..checker import Cell
from .compared import Compared, Fits

_WRONG = 400  # wrong pairs of a language that are scored, as many as there are cells at most
_TOKENS_PER_PASS = 8192


class Quality(Compared):
    """Finds wrong translations by a classification or regression model over the pair (source, translation).

    That is any that ``AutoModelForSequenceClassification`` loads from safetensors, in a language pair that it knows:
    regressors with one output, multilingual inference (its ``entailment``), re-rankers and the like. Which output
    means a right translation, and in which direction, is learnt: the one that tells own from wrong pairs best. COMET's
    and MetricX's own checkpoints are not among them: they are pickles, or need code of their own.

    Args:
        model: folder, or name on the hub; loaded when it is first needed.
    """

    def __init__(self, model: str) -> None:
        super().__init__(Path(model).name)
        self._path = model
        self._loaded: tuple[Any, Any] | None = None

    def fits(self, cells: Sequence[Cell]) -> list[Fits]:
        """One way for each output and direction.

        Raises:
            ModelError: for a model that does not load.
        """
        count = len(cells)
        rng = np.random.default_rng(count)
        shifted = (np.arange(count) + rng.integers(1, count, count)) % count
        chosen = [place for place in rng.permutation(count) if cells[place].source != cells[shifted[place]].source]
        wrong = [(cells[shifted[place]].source, cells[place].text) for place in chosen[:_WRONG]]
        if not wrong:
            return []
        scores = self.scores([*((cell.source, cell.text) for cell in cells), *wrong])
        ways = [scores[:, output] for output in range(scores.shape[1])]
        ways += [-way for way in ways] if len(ways) == 1 else []
        return [Fits(way[:count], way[count:]) for way in ways]

    def scores(self, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
        """(pairs, outputs), float32: the output itself of a regressor, log-odds of each label of a classifier."""
        import torch

        from ...models.buckets import buckets
        from .sentence_model import token_limit

        model, tokenizer = self.load()
        limit = token_limit(model, tokenizer)
        rows = tokenizer(*map(list, zip(*pairs, strict=True)), truncation=True, max_length=limit).input_ids
        found = np.empty((len(pairs), model.config.num_labels), dtype=np.float32)
        with torch.inference_mode():
            pad = tokenizer.pad_token_id or 0
            for bucket in buckets(rows, pad, most=_TOKENS_PER_PASS, overhead=32, device=model.device):
                logits = model(input_ids=bucket.input_ids, attention_mask=bucket.attention_mask).logits.float()
                if logits.shape[-1] > 1:
                    logits = logits.softmax(-1).logit(eps=1e-6)
                found[bucket.places] = logits.cpu().numpy()
        return found

    def load(self) -> tuple[Any, Any]:
        """Model and tokenizer, loaded at the first call.

        Raises:
            ModelError: for a model that does not load.
        """
        if self._loaded is None:
            from transformers import AutoModelForSequenceClassification

            with loading("quality", "a classification model that loads", self._path, "Check the path"):
                tokenizer = tokenizer_of(self._path)
                model = AutoModelForSequenceClassification.from_pretrained(
                    self._path, use_safetensors=True, dtype="auto"
                ).eval()
            self._loaded = placed(model), tokenizer
        return self._loaded
