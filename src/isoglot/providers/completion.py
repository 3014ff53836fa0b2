"""What a provider gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_CUT = ("max_tokens", "model_length")
_FINISHES = {"max_tokens": "length"}  # in the words of responses.jsonl, where they are others than inspect_ai's
_STOPS = {finish: reason for reason, finish in _FINISHES.items()}


def finish_of(stop_reason: str) -> str:
    """Why an answer ended, as in ``responses.jsonl``: ``stop``, ``length``, or another reason as it is.

    Args:
        stop_reason: in inspect_ai's words.

    Example:
        >>> finish_of("max_tokens"), finish_of("tool_calls")
        ('length', 'tool_calls')
    """
    return _FINISHES.get(stop_reason, stop_reason)


def stop_reason_of(finish: str) -> str:
    """The same the other way round: inspect_ai's word for why an answer ended.

    Example:
        >>> stop_reason_of("length"), stop_reason_of("stop")
        ('max_tokens', 'stop')
    """
    return _STOPS.get(finish, finish)


@dataclass(frozen=True)
class Completion:
    """A model's answer to one prompt.

    Attributes:
        text: the answer, without reasoning where the provider tells them apart.
        stop_reason: why it ended, in inspect_ai's words: ``"stop"``, ``"max_tokens"``, ``"model_length"``,
            ``"content_filter"``, ``"unknown"`` ...
        input_tokens: of the prompt, those that the provider had in its cache too; 0 if it does not say.
        output_tokens: of the answer and its reasoning; 0 if it does not say.
        logprobs: of each token of the answer the likeliest tokens with their log-probabilities; empty if not asked for.
    """

    text: str
    stop_reason: str = "stop"
    input_tokens: int = 0
    output_tokens: int = 0
    logprobs: tuple[Mapping[str, float], ...] = ()

    @property
    def cut(self) -> bool:
        """Whether it ended for its length only."""
        return self.stop_reason in _CUT

    @property
    def finish(self) -> str:
        """Why it ended, as in ``responses.jsonl``."""
        return finish_of(self.stop_reason)
