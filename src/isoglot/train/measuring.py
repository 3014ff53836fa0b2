"""Representations of the prompt groups before and after training: ``spectrum.json``."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from ..errors import RunError, first_line, problem
from ..files import write_json
from ..progress import Show
from ..runs.json_file import read_object

SPECTRUM = "spectrum.json"


class Spectrum:
    """Measures a trainer's model at every layer, and writes it down; what fails is a warning: no run is lost by it.

    Args:
        folder: the run directory.
        trainer: whose model it is.
        tokenizer: the model's.
        groups: the prompts; None: nothing is measured.
        show: called with progress.
    """

    def __init__(self, folder: Path, trainer: Any, tokenizer: Any, groups: Any, show: Show) -> None:
        self._file = folder / SPECTRUM
        self._trainer, self._tokenizer, self._groups, self._show = trainer, tokenizer, groups, show

    def before(self, *, again: bool) -> dict[str, Any] | None:
        """Of the model as it was before the first step, written at once; one that continues finds it on disk."""
        if self._groups is None:
            return None
        if self._file.exists() and not again:
            try:
                step = "The run goes on without them"
                return read_object(self._file, "representations before training", step).get("before")
            except RunError as error:
                warnings.warn(str(error))
                return None
        self._show.begin("Measuring before training")
        before = self._measured()
        self._write(before, None)
        return before

    def after(self, before: dict[str, Any] | None) -> None:
        """Of the model as it is now, next to what it was."""
        if before is None:
            return
        self._show.begin("Measuring after training")
        after = self._measured()
        if after is not None:
            self._write(before, after)

    def _write(self, before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
        if before is not None and self._trainer.args.process_index == 0:
            write_json(self._file, {"before": before, "after": after})

    def _measured(self) -> dict[str, Any] | None:
        from ..probe import layer_spectrum  # which loads torch

        try:
            return layer_spectrum(self._trainer.model, self._tokenizer, self._groups, progress=self._show.advance)
        except Exception as error:
            step = "The run goes on without it"
            warnings.warn(problem("spectrum", "representations that can be measured", first_line(error), step))
            return None
