"""Consistency: an objective, where its representations come from, its weight and its guards; one scalar comes out."""

from .backward import TermBackward
from .processes import Processes
from .settings import Consistency
from .term import ConsistencyTerm

__all__ = ["Consistency", "ConsistencyTerm", "Processes", "TermBackward"]
