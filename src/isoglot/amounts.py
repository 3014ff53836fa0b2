"""How many of something there are, in words."""

from __future__ import annotations


def counted(count: int, noun: str) -> str:
    """A number and its noun, which takes an s but for one.

    Example:
        >>> counted(1, "group"), counted(0, "group"), counted(2000, "bad row")
        ('1 group', '0 groups', '2,000 bad rows')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
