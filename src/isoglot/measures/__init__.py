"""Measures: named questions about a response and the judge's verdict on it. A failed judge answers none of them."""

from .better import high_is_good
from .measures import ALL, Asked, Judged, Measure, answer_language
from .table import languages_in, outcome_table
from .words import in_words

__all__ = [
    "ALL",
    "Asked",
    "Judged",
    "Measure",
    "answer_language",
    "high_is_good",
    "in_words",
    "languages_in",
    "outcome_table",
]
