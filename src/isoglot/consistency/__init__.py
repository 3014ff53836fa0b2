"""Consistency: an objective, where its representations come from, its weight and its guards; one scalar comes out.

The package imports the settings only, so that they can be checked without torch; the term is in :mod:`.term`, its
backward in :mod:`.backward`.
"""

from .settings import Consistency

__all__ = ["Consistency"]
