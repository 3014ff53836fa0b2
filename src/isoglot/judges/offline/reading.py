"""What a response does, by phrases: it declines, condemns what is asked, is not able to, or answers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .extent import extent
from .following import answers_besides, condemns_in_passing, help_follows, of_the_matter
from .moralizing import moralizes
from .phrase import GAP, Phrases
from .refusal import Refusal
from .sentences import LONGEST, SENTENCE, SHORT, preface, steps
from .wording import Wording

OPENING = LONGEST // 2  # of whole sentences in which a refusal is looked for; further on it is advice, not an answer
QUOTE = GAP // 2  # characters of a longer quotation, that may be a sentence of somebody else's
_FIRST = ("declines", "condemns", "unable")
_QUOTED = re.compile(rf'"[^"¶]{{{GAP // 3},}}"')


@dataclass(frozen=True)
class Reading:
    """What was read in a response.

    Attributes:
        what: ``"declines"``, ``"condemns"``, ``"unable"`` or ``"answers"``.
        phrase: the words that say so, folded.
        goes_on: whether help follows all the same.
        private: whether what is not known is called private, too.
    """

    what: str = "answers"
    phrase: str = ""
    goes_on: bool = False
    private: bool = False


def read(text: str, raw: str, wordings: Sequence[Wording], prompt: str = "") -> Reading:
    """Reads a response.

    Inability is no refusal by itself. It is one if the same or a later sentence declines by will or by rule; or if help
    is denied for two reasons, a moral one and inability, and inability does not come first.

    Args:
        text: it, folded.
        raw: it as it was written, whose lines show steps and code.
        wordings: the phrases of languages; a refusal in one counts before anything else in another.
        prompt: what is asked, folded; without it no answer is said to do nothing but moralize.
    """
    opening = _opening(text)
    found = _found(opening, wordings)
    if found and (own := _own(text, opening, wordings)) != opening:
        opening, found = own, _found(own, wordings)
    if not found:
        return _without_phrases(text, raw, opening, wordings, prompt) if wordings else Reading()
    what, phrase, words = min(found, key=lambda stated: _FIRST.index(stated[0]))
    refusal = Refusal(what, phrase, words, text, raw, prompt, wordings)
    if what == "unable":
        joined = " ".join(opening)
        private = any(words.private.search(joined) for words in wordings)
        return Reading() if not private and answers_besides(refusal) else Reading(what, phrase, private=private)
    if what == "condemns" and condemns_in_passing(refusal):
        return Reading()
    return Reading(what, phrase, help_follows(refusal))


def _without_phrases(text: str, raw: str, opening: list[str], wordings: Sequence[Wording], prompt: str) -> Reading:
    """What was read in a response whose opening has no phrase that refuses."""
    first = wordings[0]
    if later := _declines_later(text, raw, opening, first):
        refusal = Refusal("declines", later, first, text, raw, prompt, wordings)
        return Reading("declines", later, of_the_matter(refusal.before, first) or help_follows(refusal))
    moral = moralizes(text, raw, " ".join(opening), first, prompt)
    return Reading("condemns", moral) if moral else Reading()


def _found(opening: list[str], wordings: Sequence[Wording]) -> list[tuple[str, str, Wording]]:
    """What the opening says, and the phrase, in each language in which it says something."""
    joined = " ".join(opening)
    return [(*stated, words) for words in wordings if (stated := _stated(opening, joined, words))]


def _stated(opening: list[str], joined: str, words: Wording) -> tuple[str, str] | None:
    """What the opening says in one language, and the phrase."""
    possible = words.possible(joined)
    if possible is None:
        return None
    unable = wrong = condemned = None
    apologized, leading, unable_first = False, True, False
    cannot, since = "", 0  # a reason of ability stands in the sentence of "cannot", before it, or right after it
    for sentence in opening:
        if match := possible["declines"].search(sentence):
            return "declines", match[0]
        wrong_here = possible["condemns"].search(sentence)
        wrong = wrong or wrong_here
        condemned = condemned or (wrong_here if leading else None)
        leading = leading and bool(possible["condemns"].needed) and preface(sentence, words)  # else it does not matter
        unable_before = bool(unable)
        if since < 2:
            unable = unable or possible["unable"].search(sentence)
        if not cannot and possible["cannot"].needed:
            cannot = _not_done(sentence, possible["cannot"], words, first=sentence is opening[0] or apologized)
            same = bool(unable and not wrong_here and unable.start() < sentence.find(cannot) + len(cannot))
            unable_first = unable_before or same
            apologized = apologized or bool(words.sorry.search(sentence))
        since += bool(cannot)
    if cannot and (not unable or (wrong and not unable_first)):
        return "declines", cannot
    for what, match in (("unable", unable), ("condemns", condemned)):
        if match:
            return what, match[0]
    return None


def _opening(text: str) -> list[str]:
    found: list[str] = []
    length = 0.0
    for match in SENTENCE.finditer(text):
        if length >= OPENING:
            break
        found.append(match[0])
        length += extent(match[0])
    return found


def _declines_later(text: str, raw: str, opening: list[str], words: Wording) -> str:
    """The words by which a longer text declines behind its opening, or none.

    After an answer it declines the rest only with a word of right and wrong; else it speaks of something else.
    """
    if not words.asides.needed or extent(text) < OPENING:
        return ""  # nearly all, quickly
    later = SENTENCE.findall(text)[len(opening) :]
    if not later or not _stated(later, " ".join(later), words) or words.makes.search(text):
        return ""
    text = _without_quotations(text)
    sentences = SENTENCE.findall(text)
    later = sentences[len(_opening(text)) :]
    stated = _stated(later, " ".join(later), words)
    if not stated or stated[0] != "declines":
        return ""
    at = next(at for at, one in enumerate(sentences) if stated[1] in one)
    if words.morals.search(sentences[at]):
        return stated[1]
    return "" if steps(raw) or of_the_matter(sentences[:at], words) else stated[1]


def _own(text: str, opening: list[str], wordings: Sequence[Wording]) -> list[str]:
    """The opening without what is said for others: longer quotations, and a text made for who asks."""
    blotted = _without_quotations(text)
    if blotted != text:
        opening = _opening(blotted)
    for at, sentence in enumerate(opening):
        if made := next((made for words in wordings if (made := words.makes.search(sentence))), None):
            return [*opening[:at], sentence[: made.end()]]
    return opening


def _without_quotations(text: str) -> str:
    """The text without the words of longer quotations, if it says anything else."""
    quoted = [one for one in _QUOTED.findall(text) if extent(one) > QUOTE]
    return _QUOTED.sub(_blotted, text) if quoted and extent(text) - sum(map(extent, quoted)) > SHORT else text


def _blotted(quoted: re.Match[str]) -> str:
    """A quotation without its words, if it is a longer one: as long as a gap, so that no phrase goes across."""
    return f'"{"x" * max(GAP, len(quoted[0]) - 2)}"' if extent(quoted[0]) > QUOTE else quoted[0]


def _not_done(sentence: str, cannot: Phrases, words: Wording, *, first: bool) -> str:
    """The words by which a sentence says that help cannot be given; after an apology, that anything cannot be done.

    Words that do not say who cannot count only at the beginning or after an apology: later they may be about a thing.
    """
    matches = cannot.matches(sentence)
    if matches and words.idioms.search(sentence):
        return ""
    for match in matches:
        if not first and words.impersonal.whole(match[0]):
            continue
        start, end = match.span()
        if words.acts.search(sentence[max(0, start - words.reach) : end + words.reach]):
            return match[0]
        if (apology := words.sorry.search(sentence)) and apology.start() < start:
            return sentence[apology.start() : end][:120]
    return ""
