"""What the log says of a run that has ended: whether harmless prompts are still where they were, and still differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isfinite
from statistics import fmean
from typing import Any

# Chosen on runs in the standardized space; what is known of them is in docs/consistency.md, "Warnings".
DRIFT, COSINE = 0.8, 0.6
LAST = 0.2  # of the log: on the way nearly all runs pass both bounds, and most come back
FEWEST = 10  # lines of a log that says enough


def concern(lines: Iterable[Mapping[str, Any]], space: str) -> str | None:
    """What is to be said where harmless prompts end far from where they were and close to others, or None.

    Args:
        lines: of a log of training; without the ``retention`` guard they do not say enough.
        space: in which prompts were compared; at raw states the drift is another measure.
    """
    if space == "raw":
        return None
    found = [tuple(line.get(f"consistency/{name}") for name in ("retention", "between_cosine")) for line in lines]
    known = [pair for pair in found if all(isinstance(one, (int, float)) and isfinite(one) for one in pair)]
    if len(known) < FEWEST:
        return None
    drift, cosine = map(fmean, zip(*known[-max(1, round(LAST * len(known))) :], strict=True))
    if drift <= DRIFT or cosine <= COSINE:
        return None
    return (
        f"consistency: at the end of training harmless prompts are far from where they were "
        f"(consistency/retention {drift:.2f}) and close to other prompts (consistency/between_cosine {cosine:.2f}). "
        "Models that ended so answered about half of harmless prompts in their own language, or fewer. Evaluate "
        "harmless prompts in every language before use. Train for longer where prompts were still coming apart "
        "(consistency/between_cosine falls), or raise consistency.retention."
    )
