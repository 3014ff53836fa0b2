"""A sentence-embedding model as a check: is a cell nearer to its own pivot than to those of other prompts?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .vectors import ByVectors

if TYPE_CHECKING:
    from .sentence_model import SentenceModel


class Embeddings(ByVectors):
    """Finds wrong translations by a multilingual sentence-embedding model such as LaBSE or multilingual E5.

    Args:
        model: folder, or name on the hub, as :meth:`~.sentence_model.SentenceModel.load` takes it; loaded
            when it is first needed.
    """

    def __init__(self, model: str) -> None:
        super().__init__(Path(model).name)
        self._path = model
        self._loaded: SentenceModel | None = None

    def load(self) -> SentenceModel:
        """The model, loaded at the first call.

        Raises:
            ModelError: for a model that does not load.
        """
        if self._loaded is None:
            from .sentence_model import SentenceModel

            self._loaded = SentenceModel.load(self._path)
            self.name = f"{self.name}, {self._loaded.pooling} pooling"
        return self._loaded

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        """(1, texts, dimensions).

        Raises:
            ModelError: for a model that does not load.
        """
        made: np.ndarray = self.load()(texts).numpy()
        return made[None]
