"""What is compared of a text where punctuation does not matter: its letters, as many in every script."""

from __future__ import annotations

import re
import unicodedata

from .near import normal

_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")  # kana, Han, Hangul: a syllable or word each
_TIMES = 3  # letters that such a character stands for


def letters(text: str) -> str:
    """The text's letters, marks and digits in single spaces, without case, for :func:`~isoglot.groups.near.near_any`.

    Characters of Han, kana and Hangul stand there three times: a 5-gram then spans two or three of them, about as much
    as five letters of an alphabet say. (As they are, one word of another makes half of a Japanese sentence's 5-grams
    others: 42 % of sentences with one word changed were found, 85 % so.) What has no letters stays as it is.

    Example:
        >>> letters("Don't!  STOP."), letters("茶?"), letters("?!")
        ('don t stop', '茶茶茶', '?!')
    """
    plain = normal(text)
    kept = " ".join("".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in plain).split())
    return _DENSE.sub(lambda found: found[0] * _TIMES, kept) or plain
