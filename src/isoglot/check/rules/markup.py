"""Tags, fences, lists and entities: a translation has those of its source."""

from __future__ import annotations

import re

from ...escaping import UNSEEN
from ...translators.pieces import FENCED, pieces
from ..finding import Finding, quoted

_BULLET = re.compile(r"(?m)^[ \t]*(?:[-*•·‣]|\d{1,2}[.)、]|[一二三四五六七八九十]、)[ \t]*\S")
_HEADING = re.compile(r"(?m)^[ \t]*#{1,6}\s\S")
_UNKNOWN = re.compile("\ufffd|⁇|<unk>|\\[UNK\\]|▁")


def markup(source: str, text: str) -> list[Finding]:
    """What of the source's markup is lost, and what the text has that the source has not."""
    findings = []
    if (entities := _entities(text)) and not _entities(source):
        findings.append(Finding("markup", 0.2, f"an HTML entity is left: {quoted(entities[0])}"))
    if (found := UNSEEN.search(text)) and not UNSEEN.search(source):
        findings.append(Finding("markup", 0.4, f"a character that is not seen: U+{ord(found[0]):04X}"))
    if (tags := _tags(text)) and not _tags(source):
        findings.append(Finding("markup", 0.4, f"a tag that the source has not: {quoted(tags[0])}"))
    if (found := _UNKNOWN.search(text)) and not _UNKNOWN.search(source):
        findings.append(Finding("markup", 0.4, f"characters are lost: {quoted(text[max(0, found.start() - 10) :])}"))
    if "\n" in source or "<" in source:
        for find, name in (
            (_tags, "tags"),
            (FENCED.findall, "blocks of code"),
            (_BULLET.findall, "list items"),
            (_HEADING.findall, "headings"),
        ):
            wanted, there = len(find(source)), len(find(text))
            if there < wanted:
                findings.append(Finding("markup", 0.3, f"{name}: {there} of {wanted}"))
    return findings


def structure(text: str) -> int:
    """How many list items, headings and fences a text has, a block of code having two."""
    if "\n" not in text and "#" not in text and "`" not in text:
        return 0
    lines = len(_BULLET.findall(text)) + len(_HEADING.findall(text))
    return lines + 2 * len(FENCED.findall(text))


def _entities(text: str) -> list[str]:
    return [piece.text for piece in pieces(text) if piece.kind == "entity"] if "&" in text else []


def _tags(text: str) -> list[str]:
    if "<" not in text:
        return []
    return [one for kind, one in pieces(text) if kind == "tag" or (kind == "placeholder" and one.startswith("<"))]
