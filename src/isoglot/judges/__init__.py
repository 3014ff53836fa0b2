"""Judges: a response to a verdict. Every judge returns the same :class:`Verdict`."""

from .rules import RuleJudge
from .verdict import OUTCOMES, REFUSALS, Exchange, Judge, Verdict

__all__ = ["OUTCOMES", "REFUSALS", "Exchange", "Judge", "RuleJudge", "Verdict"]
