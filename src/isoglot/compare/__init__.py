"""Runs on the same prompts: what changed, whether by more than chance, and what could have been seen."""

from .comparing import compare_runs
from .records import Change, Changes, Comparison, InLanguage, OfMeasure

__all__ = ["Change", "Changes", "Comparison", "InLanguage", "OfMeasure", "compare_runs"]
