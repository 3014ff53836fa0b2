"""What a check says of a cell."""

from __future__ import annotations

from dataclasses import dataclass

from ..escaping import visible
from ..languages import UNDETERMINED

# What can be wrong with a cell, from what makes it worthless to what may well be right.
REASONS = (
    "language",
    "script",
    "refusal",
    "answer",
    "echo",
    "repetition",
    "lost",
    "length",
    "kept",
    "markup",
    "duplicate",
    "round_trip",
    "meaning",
)
USABLE = 0.5  # score from which a cell is worth keeping: missing costs less than wrong
_QUOTED = 40  # characters of a cell in a detail


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found.

    Attributes:
        reason: of ``REASONS``.
        penalty: in (0, 1]: how much of the cell's worth it takes; 1 leaves nothing.
        detail: what was seen, in a few words of plain English; text of the cell in it is made visible.
    """

    reason: str
    penalty: float
    detail: str


@dataclass(frozen=True, slots=True)
class CellCheck:
    """What the checks say of one cell.

    Attributes:
        findings: the worst first.
        language: that the text was found to be in, as a tag, or ``"undetermined"``.
    """

    findings: tuple[Finding, ...] = ()
    language: str = UNDETERMINED

    @property
    def score(self) -> float:
        """Quality in [0, 1]: the product of what each finding leaves; 1 without any."""
        left = 1.0
        for finding in self.findings:
            left *= 1.0 - finding.penalty
        return left

    @property
    def flagged(self) -> bool:
        """Whether somebody should look at it."""
        return bool(self.findings)

    @property
    def usable(self) -> bool:
        """Whether it is worth keeping: missing costs less than wrong."""
        return self.score >= USABLE


def quoted(text: str) -> str:
    """A part of a cell, for a detail: visible, on one line, cut."""
    line = " ".join(visible(text[: 2 * _QUOTED]).split())
    return f"“{line if len(line) <= _QUOTED else line[: _QUOTED - 1] + '…'}”"
