"""How much a text says, measured alike for all scripts: a Chinese sentence has a third of an English one's characters.

Measured on the translated prompts of MultiJail and PolyRefuse, after folding: English has 2.9 times the characters of
Chinese, 2.2 times those of Japanese, 2.4 to 2.7 times those of Korean without spaces, 1.0 to 1.15 times those of Thai.
"""

from __future__ import annotations

import re

from .spelling import DENSE

_WEIGHTS = (  # characters of Latin script that say as much as one
    (re.compile("[\u3400-\u9fff]+"), 3.0),
    (re.compile("[\u3040-\u30ff]+"), 1.5),
    (re.compile("[\uac00-\ud7a3]+"), 2.5),
)
_TO_A_WORD = 9


def extent(text: str) -> float:
    """Length in characters, those of dense scripts counted as the Latin ones that say as much.

    Example:
        >>> extent("help"), extent("帮助")
        (4, 6.0)
    """
    if text.isascii() or not DENSE.search(text):
        return len(text)
    return len(text) + sum((weight - 1) * sum(map(len, runs.findall(text))) for runs, weight in _WEIGHTS)


def words_in(text: str) -> float:
    """Number of words; where no spaces stand between them, as many as such a text has in a language with spaces."""
    if text.isascii() or not DENSE.search(text):
        return len(text.split())
    rest = DENSE.sub(" ", text)
    return len(rest.split()) + (extent(text) - len(rest) + len(DENSE.findall(text))) / _TO_A_WORD
