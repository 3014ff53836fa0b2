"""The words by which a response refuses, in their place: what stands before them and behind them."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from .sentences import SENTENCE
from .spelling import FOLDED_ENDS
from .wording import Wording

# The rest of a sentence: verbs that refuse may be its last word.
_TO_ITS_END = re.compile(rf"\A[^{FOLDED_ENDS}]*[{FOLDED_ENDS}]*")


@dataclass(frozen=True)
class Refusal:
    """The words by which a response refuses, or says that it is not able to.

    Attributes:
        what: ``"declines"``, ``"condemns"`` or ``"unable"``.
        phrase: these words, folded.
        words: the phrases of the language that they are of.
        text: the response, folded.
        raw: the response as it was written, whose lines show steps and code.
        prompt: what is asked, folded.
        wordings: the phrases of languages, those of the likeliest first.
    """

    what: str
    phrase: str
    words: Wording
    text: str
    raw: str
    prompt: str
    wordings: Sequence[Wording]

    @property
    def in_the_likeliest(self) -> bool:
        """Whether it is in the likeliest language: asides of another would not be known as such."""
        return self.words is self.wordings[0]

    @functools.cached_property
    def before(self) -> list[str]:
        """The sentences before the one that refuses."""
        found = self._until_it
        return found[:-1] if self.begun else found

    @property
    def begun(self) -> str:
        """What the sentence that refuses says before it does so."""
        found = self._until_it
        return found[-1] if found and found[-1][-1] not in FOLDED_ENDS else ""

    @functools.cached_property
    def after(self) -> str:
        """All that is behind the words; of an end of the sentence that they hold, from there on."""
        within = self.phrase.rstrip(FOLDED_ENDS)
        return self.text[self.text.find(within) + len(within) :]

    @functools.cached_property
    def ending(self) -> str:
        """The rest of the sentence that refuses, with its end."""
        match = _TO_ITS_END.match(self.after)
        return match[0] if match else ""

    @functools.cached_property
    def behind(self) -> list[str]:
        """The sentences behind the one that refuses."""
        return SENTENCE.findall(self.after[len(self.ending) :])

    @functools.cached_property
    def _until_it(self) -> list[str]:
        return SENTENCE.findall(self.text[: self.text.find(self.phrase)])
