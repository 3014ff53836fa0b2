"""The one adapter to pydantic: values of files and people to typed ones, complaints in the form of all messages."""

from .expected import Expected, problems, refused, unlike
from .records import Count, Number, Record, as_count, as_number, checked, checked_json

__all__ = [
    "Count",
    "Expected",
    "Number",
    "Record",
    "as_count",
    "as_number",
    "checked",
    "checked_json",
    "problems",
    "refused",
    "unlike",
]
