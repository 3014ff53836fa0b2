"""Sentences by the marks of any script."""

from __future__ import annotations

import functools
import re

from ...languages.punctuation import ENDS, QUESTIONS
from ...translators.sentences import sentences as cut

_FINAL = re.compile(f"[{ENDS}{QUESTIONS}:：；][\"'”’»)\\]」』*_`\\s]*\\Z")


@functools.lru_cache(maxsize=128)
def sentences(text: str) -> int:
    """How many sentences a text has; 1 and more."""
    return max(1, sum(any(map(str.isalpha, part)) for line in text.split("\n") for part in cut(line)))


def ended(text: str) -> bool:
    """Whether a mark that ends a sentence ends the text."""
    return _FINAL.search(text.rstrip()[-8:]) is not None
