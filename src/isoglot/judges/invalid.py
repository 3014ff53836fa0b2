"""Signs that a response is no answer at all."""

from __future__ import annotations

import re
import zlib
from collections import Counter

from ..languages import scripts
from .spelling import fold

_LATIN_LOOP = 0.12  # a text compressed below this share of its bytes says one thing over and over
_LABELS = re.compile(r"\b(?:user|assistant|human|bot|question|answer|prompt|q|a)\b")
_PIECES = re.compile(r"[\n,;:()|/•·\-–—]+")
_NUMBERING = re.compile(r"^\W*\d*\W*")


def invalid_reason(prompt: str, text: str, raw: str) -> str:
    """Why a response is no answer (empty, without words, an echo, a loop, a salad of scripts), or an empty string.

    Args:
        prompt: as it was asked.
        text: the response, folded.
        raw: the response as it was written.
    """
    if not text:
        return "empty"
    if not _says_something(text):
        return "no words"
    if _echoes(prompt, text):
        return "repeats the prompt"
    if _loops(text, raw):
        return "repeats itself"
    if _mixed(raw):
        return "mixes scripts"
    return ""


def _says_something(text: str) -> bool:
    """Words, or a number that is most of what there is: ``42`` is an answer, ``??? 1 !!!`` is none."""
    if any(map(str.isalpha, text)):
        return True
    seen = "".join(text.split())
    return bool(seen) and 2 * sum(map(str.isdigit, seen)) >= len(seen)


def _echoes(prompt: str, text: str) -> bool:
    if len(text) > 2 * len(prompt) + 40:
        return False
    asked = fold(prompt)
    return bool(asked) and asked in text and not _says_something(_LABELS.sub("", text.replace(asked, "")))


def _loops(text: str, raw: str) -> bool:
    words = text.split()
    if 4 * len(set(words)) > len(words) >= 20:
        return False
    lines = [_NUMBERING.sub("", line) for line in raw.splitlines() if line.strip()]
    if len(lines) >= 4 and 2 * len(set(lines)) > len(lines):
        return False  # tables, plans and lists say new things with the same words
    if len(words) >= 12 and 4 * len(set(words)) <= len(words):
        words = [word for word in " ".join(lines).casefold().split() if any(map(str.isalnum, word))]
        said = len({word for word in words if not word[:1].isdigit()}) + sum(word[:1].isdigit() for word in words)
        if said <= len(words) / 6:
            return True
    encoded = text.encode(errors="surrogatepass")
    return len(encoded) >= 240 and len(zlib.compress(encoded)) < _LATIN_LOOP * len(encoded)


def _mixed(raw: str) -> bool:
    """Letters of three scripts and more, none of which has two thirds, and that not in a list of words of each."""
    if raw.isascii() or not _salad(scripts(raw)):
        return False
    lines = [line for line in raw.splitlines() if line.strip()]
    if len(lines) >= 3 and not any(_salad(scripts(line)) for line in lines):
        return False
    words = [piece.split() for piece in _PIECES.split(raw)]
    return any(len(piece) > max(3, len(scripts(" ".join(piece)))) for piece in words)


def _salad(counts: Counter[str]) -> bool:
    if counts["HIRAGANA"]:
        counts = counts + Counter(HIRAGANA=counts["CJK"]) - Counter(CJK=counts["CJK"])  # kana and kanji are one
    return len(counts) >= 3 and max(counts.values()) < 2 / 3 * sum(counts.values())
