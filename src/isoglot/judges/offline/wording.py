"""The phrases of each language, from ``phrases/<tag>.yaml`` and ``matter/<tag>.yaml``, made ready to be looked for.

The first holds how the language refuses, the second what tells help from talk about right and wrong; few have one.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib import resources
from typing import Any

from ...languages import LANGUAGES, base_tag
from ...packaged import packaged_yaml
from .phrase import Borders, Phrases
from .standing import Standing

_BORDERS = {  # elsewhere particles are joined to words, or words to words
    Borders.WORDS: {"LATIN", "CYRILLIC"},
    Borders.PARTICLES: {"ARABIC", "HEBREW"},
}
_DENSE = ("CJK", "HIRAGANA", "HANGUL", "THAI")


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
        disclaims: of inability that says only as whom one speaks, with no opinion and as no doctor; what is said of the
            matter besides is an answer. A language without them has no such rule.
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
        deciding: phrases of the kinds in ``DECIDING``: kind, the text that a phrase needs, and itself.
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
    disclaims: Phrases
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
    deciding: Standing[tuple[str, str, str]]

    def possible(self, text: str) -> dict[str, Phrases] | None:
        """Of each kind in ``DECIDING`` the phrases that folded text may hold; None if it holds none.

        Looking only for these in one sentence after the other is faster than looking for all.
        """
        found = self.deciding.found(text)
        if not found:
            return None
        if not any(self.declines.holds(written, text) for written in dict.fromkeys(written for _, _, written in found)):
            return None
        needed: dict[str, list[tuple[str, str]]] = {kind: [] for kind in DECIDING}
        for kind, part, written in found:
            needed[kind].append((part, written))
        return {kind: self.declines.of(phrases) for kind, phrases in needed.items()}


DECIDING = ("declines", "cannot", "condemns", "unable")  # every response that is no plain answer has one of them
KINDS = tuple(name for name in Wording.__dataclass_fields__ if name not in ("reach", "deciding"))


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
    borders = next((borders for borders, written in _BORDERS.items() if scripts <= written), Borders.NONE)
    kinds = {kind: Phrases(written, borders=borders) for kind, written in lists.items()}
    needing = [(part, (kind, part, phrase)) for kind in DECIDING for part, phrase in kinds[kind].needed]
    return Wording(**kinds, reach=25 if scripts <= set(_DENSE) else 60, deciding=Standing(needing))


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
