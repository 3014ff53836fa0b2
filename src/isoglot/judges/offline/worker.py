"""A process that judges by rules: a line with exchanges in, a line with verdicts out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...processes import serve
from ..batch import verdict_of
from ..verdict import Exchange
from .rules import RuleJudge


def main() -> None:
    """Judges what standard input asks for."""
    serve(_judging)


def _judging(candidates: Sequence[str] | None) -> Callable[[Any], Any]:
    judge = RuleJudge(candidates)
    return lambda exchanges: [verdict_of(judge, Exchange(*one)).to_record() for one in exchanges]
