"""What of a text is compared between languages: words by their beginnings, parts of words where none are marked."""

from __future__ import annotations

import re

from ...languages.punctuation import QUESTIONS

# Vowel signs and the like, which Python counts as no part of a word.
_MARKS = (
    "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0900-\u0963\u0966-\u0dff\u0e31-\u0e3a\u0e47-\u0e4e"
    "\u0eb1-\u0ebc\u0ec8-\u0ecd\u102b-\u103e\u1056-\u1059\u17b4-\u17d3\u200c\u200d"
)
_WORD = re.compile(f"(?:[^\\W_]|[{_MARKS}])+")
_QUESTION = re.compile(f"[{QUESTIONS}]\\s*[\"'”’»)\\]]*\\s*\\Z")
_BEGINNING = 5  # characters of a word: endings differ
# Characters that a part has in scripts that do not mark words, or join much to them.
_PARTS = (
    (re.compile("[\u3040-\u30ff\u3400-\u9fff]"), 2),
    (re.compile("[\uac00-\ud7a3]"), 2),
    (re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]"), 4),
)


def tokens(text: str) -> frozenset[str]:
    """The tokens of a text; ``?`` stands for a question.

    Example:
        >>> sorted(tokens("Where are the bakeries?"))
        ['?', 'are', 'baker', 'the', 'where']
    """
    found: set[str] = set()
    for word in _WORD.findall(text.lower()):
        size = 0 if word.isascii() else next((size for script, size in _PARTS if script.search(word)), 0)
        if size:
            found.update(word[place : place + size] for place in range(max(1, len(word) - size + 1)))
        elif word.isdecimal():
            found.add(str(int(word[:40])))
        else:
            found.add(word[:_BEGINNING])
    if _QUESTION.search(text):
        found.add("?")
    return frozenset(found)
