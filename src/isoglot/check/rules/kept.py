"""What a translation keeps as it is: addresses, placeholders, code, numbers."""

from __future__ import annotations

import functools
import re
from collections import Counter

from ..finding import Finding, quoted
from .numbers import lost_numbers

# What is kept letter for letter, by kind; the first that fits a place names it.
_KINDS = (
    ("code", r"```.*?```|~~~.*?~~~|`[^`\n]+`"),
    ("URL", r"\bhttps?://[^\s<>\"'，。、）)\]]*[^\s<>\"'，。、）)\].,;:!?]|\bwww\.[\w-]+\.[\w./-]*\w"),
    ("e-mail address", r"\b[\w.+-]{1,64}@[\w-]+\.[\w.-]*\w"),
    (
        "placeholder",
        r"\{\{\s*[\w.]+\s*\}\}|\$\{\w+\}|\{[A-Za-z_0-9.]*\}|%\(\w+\)[sdif]|%\d\$[sd]|%(?:\.\d)?[sdif](?!\w)|\$[A-Z_][A-Z0-9_]+\b"
        r"|<[A-Za-z_][\w-]*>|\[[A-Z][A-Z0-9_ ]+\]",
    ),
)
_PENALTY = {"code": 0.5, "URL": 0.5, "e-mail address": 0.5, "placeholder": 0.55}
_KEPT = re.compile("|".join(f"(?P<k{number}>{pattern})" for number, (_, pattern) in enumerate(_KINDS)), re.DOTALL)
_QUOTED = re.compile("[\"“„«「『'‘](?P<inside>[^\"”“»」』'’\n]{1,120})[\"”“»」』'’]")
_SIGNS = frozenset("`@/{%$<[~w")


def kept(source: str, text: str, language: str) -> list[Finding]:
    """What of the source is missing in the text: one finding of each kind."""
    findings = []
    there = re.sub(r"\s+", "", text) if (wanted := pieces(source)) else ""
    for number, (name, _) in enumerate(_KINDS):
        missing = [piece for (kind, piece), times in wanted.items() if kind == number and _times(piece, there) < times]
        if missing:
            said = ", ".join(map(quoted, missing[:3]))
            findings.append(Finding("kept", _PENALTY[name], f"{name} not kept: {said}"))
    finding = lost_numbers(without_kept(source), without_kept(text), language)
    return [*findings, finding] if finding else findings


def _times(piece: str, there: str) -> int:
    return there.count(re.sub(r"\s+", "", piece))


@functools.lru_cache(maxsize=64)
def pieces(text: str) -> Counter[tuple[int, str]]:
    """(kind, piece) -> how often it stands there."""
    if _SIGNS.isdisjoint(text):
        return Counter()
    return Counter((int((found.lastgroup or "k0")[1:]), found[0]) for found in _KEPT.finditer(text))


def without_quoted(text: str) -> str:
    """The text without what stands in quotation marks."""
    return _QUOTED.sub(" ", text)


@functools.lru_cache(maxsize=128)
def without_kept(text: str) -> str:
    """The text without what is kept letter for letter."""
    return text if _SIGNS.isdisjoint(text) else _KEPT.sub(" ", text)
