"""Tags, fences, lists and entities: a translation has those of its source."""

from __future__ import annotations

import re

from ...strangers import UNSEEN
from ..finding import Finding, quoted

_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{2,6}|#x[0-9a-fA-F]{2,5});")
_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]{0,10}(?:\s[^<>\n=]{1,40}=[^<>\n]{0,200})?\s?/?>")
_FENCE = re.compile(r"(?m)^[ \t]*(?:```|~~~)")
_BULLET = re.compile(r"(?m)^[ \t]*(?:[-*•·‣]|\d{1,2}[.)、]|[一二三四五六七八九十]、)[ \t]*\S")
_HEADING = re.compile(r"(?m)^[ \t]*#{1,6}\s\S")
_UNKNOWN = re.compile("\ufffd|⁇|<unk>|\\[UNK\\]|▁")


def markup(source: str, text: str) -> list[Finding]:
    """What of the source's markup is lost, and what the text has that the source has not."""
    findings = []
    if "&" in text and (found := _ENTITY.search(text)) and not _ENTITY.search(source):
        findings.append(Finding("markup", 0.2, f"an HTML entity is left: {quoted(found[0])}"))
    if (found := UNSEEN.search(text)) and not UNSEEN.search(source):
        findings.append(Finding("markup", 0.4, f"a character that is not seen: U+{ord(found[0]):04X}"))
    if "<" in text and (found := _TAG.search(text)) and not _TAG.search(source):
        findings.append(Finding("markup", 0.4, f"a tag that the source has not: {quoted(found[0])}"))
    if (found := _UNKNOWN.search(text)) and not _UNKNOWN.search(source):
        findings.append(Finding("markup", 0.4, f"characters are lost: {quoted(text[max(0, found.start() - 10) :])}"))
    if "\n" in source or "<" in source:
        for pattern, name in ((_TAG, "tags"), (_FENCE, "fences"), (_BULLET, "list items"), (_HEADING, "headings")):
            wanted, there = (len(pattern.findall(one)) for one in (source, text))
            if there < wanted:
                findings.append(Finding("markup", 0.3, f"{name}: {there} of {wanted}"))
    return findings


def structure(text: str) -> int:
    """How many list items, headings and fences a text has."""
    if "\n" not in text and "#" not in text and "`" not in text:
        return 0
    return sum(len(pattern.findall(text)) for pattern in (_BULLET, _HEADING, _FENCE))
