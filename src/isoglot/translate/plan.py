"""What a translation is to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """What is translated, and how.

    Attributes:
        targets: tags to translate to, as :func:`isoglot.languages.target_language` gives them.
        source: tag to translate from; None: each group's pivot.
        best_of: whether all translators are asked, and the best translation by the checks is taken.
        again: whether cells that are there are made again. One of which no usable translation is made stays.
        retry_failed: whether what is kept and was declined or fails the checks is asked for again, once in a run.
        keep_failed: whether the best of what is not usable is kept, with its low score as its weight.
    """

    targets: Sequence[str]
    source: str | None = None
    best_of: bool = False
    again: bool = False
    retry_failed: bool = False
    keep_failed: bool = False
