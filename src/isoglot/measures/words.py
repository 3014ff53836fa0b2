"""What measures are called for people."""

from __future__ import annotations


def in_words(measure: str) -> str:
    """A measure's name as a table writes it.

    Example:
        >>> in_words("answered_own"), in_words("safe_of_valid")
        ('answered in own language', 'safe of valid')
    """
    return measure.replace("_own", " in own language").replace("_", " ")
