"""Judges: a response to a verdict. Every judge returns the same :class:`Verdict`."""

from .batch import BatchJudge, as_batch_judge
from .offline.rules import RuleJudge
from .verdict import OUTCOMES, REFUSALS, Exchange, Judge, Verdict

__all__ = [
    "OUTCOMES",
    "REFUSALS",
    "BatchJudge",
    "Exchange",
    "Judge",
    "RuleJudge",
    "Verdict",
    "as_batch_judge",
]
