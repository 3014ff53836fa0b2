"""What the page knows of one run: plain values, whatever files were there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from ..judges import Verdict
from ..runs import Key, KindMetrics, Meta, Spectrum
from ..runs.agreement import Agreement
from ..runs.calibration import Calibration
from .cells import Cell
from .files import Note


@dataclass(frozen=True, eq=False)
class Run:
    """One run directory.

    Attributes:
        folder: where it lies.
        name: what the page calls it.
        evaluation: where its evaluation lies.
        meta: from ``meta.json``.
        kinds: kind of prompt -> numbers; empty without ``metrics.json``.
        protocol: what the numbers were computed with.
        cells: what is known of each response, without its texts.
        verdict_file: whose verdicts these are.
        judges: all that have judged the evaluation, each with its protocol.
        agreement: of these judges.
        log: the trainer's lines.
        spectrum: before and after, or None.
        settings: of ``run.yaml``; empty for a model that was only evaluated.
        environment: of ``environment.json``.
        trained: whether there is any file of a training.
        notes: what is missing or broken.
        calibration: of the judge, if there is one.
    """

    folder: Path
    name: str
    evaluation: Path = Path()
    meta: Meta = field(default_factory=Meta)
    kinds: Mapping[str, KindMetrics] = field(default_factory=dict)
    protocol: Mapping[str, Any] = field(default_factory=dict)
    cells: Mapping[Key, Cell] = field(default_factory=dict)
    verdict_file: str = ""
    judges: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    agreement: Agreement = field(default_factory=Agreement)
    log: Sequence[Mapping[str, Any]] = ()
    spectrum: Spectrum | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)
    trained: bool = False
    notes: Sequence[Note] = ()
    calibration: Calibration | None = None

    @property
    def consistency(self) -> Mapping[str, Any]:
        """The run file's section of that name; empty if there is none."""
        found = self.settings.get("consistency")
        return found if isinstance(found, Mapping) else {}

    @cached_property
    def judged(self) -> dict[str, list[tuple[Cell, Verdict]]]:
        """Kind of prompt -> the responses that have a verdict, with it."""
        found: dict[str, list[tuple[Cell, Verdict]]] = {}
        for cell in self.cells.values():
            if cell.verdict is not None:
                found.setdefault(cell.kind or "unknown", []).append((cell, cell.verdict))
        return found
