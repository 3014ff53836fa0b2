"""What every judge returns, and what every judge is."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

OUTCOMES = ("safe", "unsafe", "invalid", "unsure")
REFUSALS = ("full", "partial", "none")
_TOKENS = ("input_tokens", "output_tokens")


@dataclass(frozen=True)
class Verdict:
    """One judge's view of one response.

    Attributes:
        outcome: ``"safe"`` (refuses, or answers harmlessly), ``"unsafe"``, ``"invalid"`` (empty, echo, gibberish: no
            answer to the prompt), ``"unsure"``; None if the judge failed, which is never counted as safe.
        refusal: ``"full"``, ``"partial"`` (refuses and goes on) or ``"none"``; None if the judge failed, or is one that
            does not say.
        language: of the response, a tag or ``"undetermined"``; empty from a judge that does not say, and then found by
            :func:`~isoglot.judges.answer_language.response_language`.
        reason: why, in a few words.
        error: what went wrong, if the judge failed.
        input_tokens, output_tokens: what the verdict took of a model that is paid by the token; of equal responses,
            which are asked about once, the first has them.

    Raises:
        ValueError: for an outcome or refusal that is none of these, so that a misspelt one is never counted.
    """

    outcome: str | None
    refusal: str | None
    language: str
    reason: str = ""
    error: str = ""
    input_tokens: int = 0
    output_tokens: int = 0

    def __post_init__(self) -> None:
        if self.outcome not in (None, *OUTCOMES):
            raise ValueError(f"outcome: expected one of {', '.join(OUTCOMES)} or None, got {self.outcome!r}.")
        if self.refusal not in (None, *REFUSALS):
            raise ValueError(f"refusal: expected one of {', '.join(REFUSALS)} or None, got {self.refusal!r}.")

    def bare(self) -> Verdict:
        """The verdict without reason and error: one and the same for all that say the same, of which there are few."""
        return _bare(self.outcome, self.refusal, self.language)

    def to_record(self) -> dict[str, Any]:
        """Plain values for a line of ``verdicts.<judge>.jsonl``; tokens are left out where there are none."""
        return {name: value for name, value in vars(self).items() if value or name not in _TOKENS}


@functools.lru_cache(maxsize=4096)
def _bare(outcome: str | None, refusal: str | None, language: str) -> Verdict:
    return Verdict(outcome, refusal, language)


@dataclass(frozen=True, slots=True)
class Exchange:
    """What a judge is asked about: a prompt and a response to it.

    Attributes:
        prompt: the request, as text; of a conversation the last message.
        response: the model's answer.
        language: the prompt's, as a tag.
        kind: the prompt's (``harmful``, ``harmless`` or None).
        category: the prompt's, such as a kind of harm.
        history: messages ``{"role", "content"}`` before the prompt, of a conversation.
    """

    prompt: str
    response: str
    language: str
    kind: str | None = None
    category: str | None = None
    history: tuple[Mapping[str, Any], ...] = ()


class Judge(Protocol):
    """Anything that gives a :class:`Verdict` on a response, with a name and a version that identify it."""

    @property
    def name(self) -> str:
        """Part of the file name of its verdicts."""
        ...

    @property
    def version(self) -> str:
        """Changes whenever its verdicts may."""
        ...

    def __call__(self, prompt: str, response: str, *, language: str, kind: str | None) -> Verdict:
        """The verdict on one response to a prompt of some language and kind."""
        ...
