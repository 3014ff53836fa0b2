"""The interface that every translator has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol


class NoPair(Exception):  # noqa: N818 - of a pair of languages, and no error of a run
    """A translator turned out to lack a pair of languages when it was asked; the message says why, without secrets."""


@dataclass(frozen=True, slots=True)
class Translation:
    """What a translator made of one text.

    Attributes:
        text: the translation; None where there is none.
        error: why there is none, in a sentence without secrets; empty otherwise.
        lasting: whether asking again would give the same: a refusal to translate, a text that is too long. What failed
            for the network or the server is not lasting, and is never kept.
        input_tokens: read for it, as the backend counts; 0 where it does not say.
        output_tokens: written for it.
    """

    text: str | None
    error: str = ""
    lasting: bool = False
    input_tokens: int = 0
    output_tokens: int = 0

    @property
    def fails_for_now(self) -> bool:
        """Whether there is none, and asking again may bring one."""
        return self.text is None and not self.lasting


def with_tokens(translation: Translation, *others: Translation) -> Translation:
    """A translation that took the tokens of some others, too."""
    return replace(
        translation,
        input_tokens=translation.input_tokens + sum(one.input_tokens for one in others),
        output_tokens=translation.output_tokens + sum(one.output_tokens for one in others),
    )


class Translator(Protocol):
    """One engine.

    Attributes:
        spec: as the user gave it, without secrets: ``openai:MODEL@URL``, ``hf:MODEL`` ...
        backend: its kind, the part of ``spec`` before the colon.
        model: what it translates with, for provenance.
        settings: everything else that decides the result, as JSON: temperature, hash of the wording, beams ...
        batch_size: texts that one call takes.
        concurrency: calls at a time.

    Optional: ``only_asking_tells``, true where :meth:`why_not` does not know all pairs that the translator lacks, and
    ``looks_up``, true where asking it takes nothing: no call, no model, no process.
    """

    spec: str
    backend: str
    model: str
    settings: Mapping[str, Any]
    batch_size: int
    concurrency: int

    def why_not(self, source: str, target: str) -> str:
        """Why it cannot translate from one language to another, in words; empty if it can. Asks no server."""
        ...

    def estimate(self, text: str, source: str, target: str) -> tuple[int, int]:
        """About how many tokens it would read and write for a text; (0, 0) of one that counts none."""
        ...

    async def translate(self, texts: Sequence[str], source: str, target: str) -> Sequence[Translation]:
        """Translations of some texts, one for each, in their order. Tries again by itself; never raises for a text.

        Args:
            texts: at most ``batch_size``, each of any length, with line feeds.
            source: tag of their language.
            target: tag to translate to, as :func:`isoglot.languages.target_language` gives it.

        Raises:
            NoPair: where it turns out to lack these languages; not for a server that is down or a tool that is broken,
                which may work again.
        """
        ...

    async def close(self) -> None:
        """Ends connections and processes."""
        ...
