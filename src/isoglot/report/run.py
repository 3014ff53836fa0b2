"""What the page knows of one run: plain values, whatever files were there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from ..judges import Verdict
from ..measures import Judged
from ..runs import KindMetrics, Meta, Response, Spectrum


@dataclass(frozen=True)
class Note:
    """Something that is missing or broken: which file, what is wrong, and how to make it."""

    file: str
    text: str
    remedy: str = ""


@dataclass(frozen=True, eq=False)
class Run:
    """One run directory.

    Attributes:
        folder: where it lies.
        name: what the page calls it.
        meta: from ``meta.json``.
        kinds: kind of prompt -> numbers; empty without ``metrics.json``.
        protocol: what the numbers were computed with.
        responses, verdicts: by (group, language).
        log: the trainer's lines.
        spectrum: before and after, or None.
        settings: of ``run.yaml``; empty for a model that was only evaluated.
        environment: of ``environment.json``.
        trained: whether there is any file of a training.
        notes: what is missing or broken.
    """

    folder: Path
    name: str
    meta: Meta = field(default_factory=Meta)
    kinds: Mapping[str, KindMetrics] = field(default_factory=dict)
    protocol: Mapping[str, Any] = field(default_factory=dict)
    responses: Mapping[tuple[str, str], Response] = field(default_factory=dict)
    verdicts: Mapping[tuple[str, str], Verdict] = field(default_factory=dict)
    log: Sequence[Mapping[str, Any]] = ()
    spectrum: Spectrum | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)
    trained: bool = False
    notes: Sequence[Note] = ()

    @property
    def consistency(self) -> Mapping[str, Any]:
        """The run file's section of that name; empty if there is none."""
        found = self.settings.get("consistency")
        return found if isinstance(found, Mapping) else {}

    @cached_property
    def judged(self) -> dict[str, list[Judged]]:
        """Kind of prompt -> the responses that have a verdict, with it."""
        found: dict[str, list[Judged]] = {}
        for key, response in self.responses.items():
            if key in self.verdicts:
                found.setdefault(response.kind or "unknown", []).append((response, self.verdicts[key]))
        return found
