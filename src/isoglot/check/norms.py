"""What is usual for two languages: how long a translation is beside its source."""

from __future__ import annotations


class Norms:
    """Length ratios of translations by pair of languages: built-in ones, and what a file itself shows."""
