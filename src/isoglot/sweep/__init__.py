"""Sweeps: many settings with many seeds, trained, tested and compared, and one of them chosen."""

from .plan import Plan, plan
from .results import SweepResult
from .run import sweep
from .sweep_file import SweepFile

__all__ = ["Plan", "SweepFile", "SweepResult", "plan", "sweep"]
