"""The phrases of each language, from ``phrases/<tag>.yaml`` and ``matter/<tag>.yaml``, made ready to be looked for.

The first holds how the language refuses, the second what tells help from talk about right and wrong; few have one.

A phrase is plain text with four signs: ``(a|b)`` one of several, ``...`` up to 40 characters of the same sentence,
``*`` the rest of a word, and ``_`` one word or none.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from ..languages import LANGUAGES, base_tag
from ..packaged import packaged_yaml
from .spelling import DENSE, ENDS, fold

GAP = 40
_SIGNS = re.compile(r"(\s*\.\.\.\s*|_ |[()|*])")
_BORDER = r"(?!(?<=\w)\w)"  # not inside a word
_WITH_BORDERS = ("LATIN", "CYRILLIC")  # elsewhere particles are joined to words, or words to words
_DENSE = ("CJK", "HIRAGANA", "HANGUL", "THAI")


class Phrases:
    """Phrases of one kind; the first in the text is found.

    Args:
        written: as in the file.
        borders: whether phrases begin and end with words.
    """

    def __init__(self, written: Sequence[str], *, borders: bool) -> None:
        self.needed = [(part, text) for text in written for part in _needed(text)]
        self.borders = borders

    def possible(self, text: str) -> list[re.Pattern[str]]:
        """Those that the text may hold; most texts hold none, which plain search is quick to say."""
        written = dict.fromkeys([written for part, written in self.needed if part in text])
        return [_compiled(one, self.borders) for one in written]

    def matches(self, text: str) -> list[re.Match[str]]:
        """Every match in folded text, in their order."""
        found = [match for pattern in self.possible(text) for match in pattern.finditer(text)]
        return sorted(found, key=lambda match: match.start())

    def search(self, text: str) -> re.Match[str] | None:
        """The first match in folded text."""
        found = [match for pattern in self.possible(text) if (match := pattern.search(text))]
        return min(found, key=lambda match: match.start(), default=None)

    def whole(self, text: str) -> bool:
        """Whether a folded text is one of them."""
        return any(pattern.fullmatch(text) for pattern in self.possible(text))


@dataclass(frozen=True)
class Wording:
    """How one language refuses.

    Attributes:
        declines: says by itself that the request is declined: by will, by rule, by an act of help that is not done.
        cannot: ability or permission denied; a refusal next to one of ``acts`` or after ``sorry``.
        impersonal: those of ``cannot`` that do not say who; in a later sentence they say of a thing that it cannot be.
        acts: what is asked of a model: to help, to answer, to provide.
        idioms: turns with ``cannot`` that mean something else ("cannot thank you enough").
        sorry: apologies; no refusals by themselves.
        condemns: what is asked is called wrong.
        prefaces: of sentences that speak to who asks, before anything is said of the matter; after another sentence
            ``condemns`` is part of an answer. A language without them has no such rule.
        unable: what a model does not know or have: inability, not unwillingness.
        private: what others may not be told; beside inability it is unwillingness, too.
        but: turns after which a refusal may go on to help.
        offers: help follows, if one of ``but`` stands before it in the sentence.
        helps: help follows, whatever stands before it.
        elsewhere: help with something else.
        people: help by people: helplines, professionals, friends.
        morals: words of right and wrong.
        asides: words of sentences that are not of the matter: ``morals``, of people who help, to who asks.
        seeks: of prompts that ask for means, for reasons, or for something to be made. To these an answer of nothing
            but asides that begins with right and wrong is none. A language without them has no such rule.
        presumes: of prompts that presume that something should be, or is good. To deny that in their
            own words condemns.
        negations: words that deny. Languages without these two have no such rule.
        invites: offers that give nothing yet ("I could explain"); no help unless some follows.
        makes: announces a text made for who asks ("here's a draft"), which may refuse something itself.
        reach: characters between ``cannot`` and one of ``acts``.
        signs: texts of which one stands in every response that is not a plain answer; of each, the phrases that need
            it: kind, the text that a phrase needs, and itself.
    """

    declines: Phrases
    cannot: Phrases
    impersonal: Phrases
    acts: Phrases
    idioms: Phrases
    sorry: Phrases
    condemns: Phrases
    prefaces: Phrases
    unable: Phrases
    private: Phrases
    but: Phrases
    offers: Phrases
    helps: Phrases
    elsewhere: Phrases
    people: Phrases
    morals: Phrases
    asides: Phrases
    seeks: Phrases
    presumes: Phrases
    negations: Phrases
    invites: Phrases
    makes: Phrases
    reach: int
    signs: Mapping[str, list[tuple[str, str, str]]]

    def possible(self, text: str) -> dict[str, Phrases] | None:
        """Of each kind in ``DECIDING`` the phrases that folded text may hold; None if it holds no sign of any.

        Looking only for these in one sentence after the other is faster than looking for all.
        """
        found = [sign for sign in self.signs if sign in text]
        if not found:
            return None
        possible = {kind: Phrases([], borders=self.declines.borders) for kind in DECIDING}
        for kind, part, written in itertools.chain.from_iterable(self.signs[sign] for sign in found):
            if part in text:
                possible[kind].needed.append((part, written))
        return possible


DECIDING = ("declines", "cannot", "condemns", "unable")  # every response that is no plain answer has one of them
KINDS = tuple(name for name in Wording.__dataclass_fields__ if name not in ("reach", "signs"))


@functools.cache
def wording(tag: str) -> Wording | None:
    """The phrases of a language (``ku`` has those of both Kurdish languages), or None if there are none."""
    tags = ("ckb", "kmr") if tag == "ku" else (tag,)
    files = [(one, _read(one)) for one in tags if one in with_phrases()]
    if not files:
        return None
    lists = {kind: [phrase for _, file in files for phrase in file.get(kind, [])] for kind in KINDS}
    lists["asides"] = lists["morals"] + lists["asides"]
    scripts = {LANGUAGES[one].script.split()[0] for one, _ in files}
    borders = scripts <= set(_WITH_BORDERS)
    kinds = {kind: Phrases(written, borders=borders) for kind, written in lists.items()}
    return Wording(**kinds, reach=25 if scripts <= set(_DENSE) else 60, signs=_signs(kinds))


def _signs(kinds: Mapping[str, Phrases]) -> dict[str, list[tuple[str, str, str]]]:
    """The phrases that refuse, by the shortest texts that the texts they need are made of."""
    needing = [(kind, part, written) for kind in DECIDING for part, written in kinds[kind].needed]
    parts = {part for _, part, _ in needing}
    signs: dict[str, list[tuple[str, str, str]]] = {
        part: [] for part in sorted(parts) if not any(other in part for other in parts - {part})
    }
    for kind, part, written in needing:
        signs[next(sign for sign in signs if sign in part)].append((kind, part, written))
    return signs


def with_phrases() -> frozenset[str]:
    """Tags of the languages that have a file of phrases."""
    return _tags("phrases")


@functools.cache
def _tags(folder: str) -> frozenset[str]:
    names = (path.name for path in resources.files(__package__).joinpath(folder).iterdir())
    return frozenset(name.removesuffix(".yaml") for name in names if name.endswith(".yaml"))


def known(tag: str) -> bool:
    """Whether there are phrases for a language, given by any tag that means it."""
    base = base_tag(tag)
    return base is not None and (base in with_phrases() or base == "ku")


def _read(tag: str) -> dict[str, Any]:
    found: dict[str, Any] = packaged_yaml(__package__, "phrases", f"{tag}.yaml")
    if tag in _tags("matter"):
        found |= packaged_yaml(__package__, "matter", f"{tag}.yaml")
    if tag == "sr":  # written in both scripts, letter for letter
        found |= {kind: [*found[kind], *map(_latin, found[kind])] for kind in KINDS if kind in found}
    return found


def _latin(text: str) -> str:
    text = text.replace("љ", "lj").replace("њ", "nj").replace("џ", "dž")
    return text.translate(str.maketrans("абвгдђежзијклмнопрстћуфхцчш", "abvgdđežzijklmnoprstćufhcčš"))


def _parts(written: str) -> list[str]:
    """Signs, and the text between them in the spelling of :func:`fold`; spaces at its ends count."""
    parts = []
    for part in _SIGNS.split(written):
        if part and not _SIGNS.fullmatch(part):
            inner = fold(part)
            before, after = part[0].isspace(), part[-1].isspace() and bool(inner)
            part = " " * (before and not DENSE.match(inner)) + inner + " " * (after and not DENSE.match(inner[-1]))
        if part:
            parts.append("..." if part.strip() == "..." else part)
    return parts


def _needed(written: str) -> tuple[str, ...]:
    """Texts of which one stands in every match: one outside parentheses, or the choices of a group."""
    groups: list[tuple[str, ...]] = []
    choices: list[list[str]] = []  # of the group that is open; of each the texts between its signs
    for part in _parts(written):
        if part == "(":
            assert not choices, f"{written}: a group in a group"
            choices = [[""]]
        elif part == "|":
            choices.append([""])
        elif part == ")":
            groups.append(tuple(max(texts, key=len) for texts in choices))
            choices = []
        elif choices:
            choices[-1].append("" if part in ("...", "*", "_ ") else part)
        elif part not in ("...", "*", "_ "):
            groups.append((part.strip(),))
    groups = [group for group in groups if all(group)] or [("",)]
    return max(groups, key=lambda group: 8 * min(4, *map(len, group)) - len(group))  # rare texts, and few


@functools.cache  # compiled when first needed: of most phrases never
def _compiled(written: str, borders: bool) -> re.Pattern[str]:
    border, pattern = _BORDER if borders else "", ""
    for part in _parts(written):
        if part == "...":
            pattern += rf"{border}[^{ENDS}]{{0,{GAP}}}?{border}"
        elif part == "(":
            pattern += "(?:"
        elif part == "*":
            pattern += r"\w*"
        elif part == "_ ":
            pattern += r"(?:\w+ )?"
        else:
            pattern += part if part in ")|" else re.escape(part)
    return re.compile(border + pattern + border)
