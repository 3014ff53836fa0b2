"""Looks at where isoglot runs, and at run directories, and says what is wrong and what to do."""

from .finding import FINE, MISSING, WRONG, Finding
from .machine import look_at_machine
from .runs import look_at_runs

__all__ = ["FINE", "MISSING", "WRONG", "Finding", "look_at_machine", "look_at_runs"]
