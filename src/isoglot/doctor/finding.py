"""One thing that was looked at."""

from __future__ import annotations

from typing import NamedTuple

FINE, MISSING, WRONG = "fine", "missing", "wrong"


class Finding(NamedTuple):
    """What was found.

    Attributes:
        what: was looked at.
        state: ``"fine"``, ``"missing"`` (something works less without it) or ``"wrong"`` (something will fail).
        found: in words.
        step: what to do; empty where nothing is to be done.
    """

    what: str
    state: str
    found: str
    step: str = ""
