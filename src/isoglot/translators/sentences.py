"""Lines and sentences of a text: what engines translate that were trained on one sentence at a time."""

from __future__ import annotations

import re

from ..languages.punctuation import BEFORE_SPACE, WITHOUT_SPACE

_VOWELS = r"\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u0900-\u0dff\u0e00-\u0eff"  # signs on or after letters
# After the full stops of many scripts; of those that also end abbreviations only before a space and a beginning.
_END = re.compile(
    rf"""
      [{WITHOUT_SPACE}]+["'”’」』）)]*
    | [{BEFORE_SPACE}]+["'”’»)]*[ \t]+(?=\S)
    | (?:[\w{_VOWELS}]{{2}}|[\d\])'"”’».])\.["'”’»)]*[ \t]+(?=["'“‘«(¿¡\[]*(?:[^\W\d_a-zß-öø-ÿа-я]|\d))
    """,
    re.VERBOSE,
)
_SHORT = re.compile(
    r"(?:^|[\s(])(?:Mr|Mrs|Ms|Dr|Prof|St|Sr|Jr|vs|etc|cf|No|Nr|Fig|Inc|Ltd|Sra|bzw|ca|approx|e\.g|i\.e|p\.\s?ej)\.$"
)
_LEAD = re.compile(r"\s*(?:(?:[-*+•–—>]|\#{1,6}|\(?(?:\d{1,3}|[A-Za-z])[.)]|\|)[ \t]+)*\s*")


def sentences(line: str) -> list[str]:
    """A line cut after each sentence, the space between two with the first of them.

    Example:
        >>> sentences("Dr. No came. He left! Why?"), sentences("他来了。他走了。")
        (['Dr. No came. ', 'He left! ', 'Why?'], ['他来了。', '他走了。'])
    """
    parts, begin = [], 0
    for found in _END.finditer(line):
        if _SHORT.search(line[begin : found.end()].rstrip()):
            continue
        parts.append(line[begin : found.end()])
        begin = found.end()
    return [part for part in [*parts, line[begin:]] if part]


def lead(line: str) -> str:
    """What a line begins with that is no part of its sentences: spaces, bullets, numbers of a list.

    Example:
        >>> lead("  - 2. Mix flour"), lead("Mix")
        ('  - 2. ', '')
    """
    found = _LEAD.match(line)
    assert found is not None
    return found[0]
