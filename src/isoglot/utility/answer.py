"""An answer of a server as lm-eval takes it: a text, and with it why it ended."""

from __future__ import annotations


class Answer(str):
    """A text that lm-eval scores and hands back as it is, so that a sample can say why its answer ended.

    Attributes:
        finish: ``"stop"``, ``"length"``, or what a provider says else, as in ``responses.jsonl``; empty: nobody said.
    """

    __slots__ = ("finish",)

    finish: str

    def __new__(cls, text: str, finish: str = "") -> Answer:
        """A text, and why it ended."""
        made = super().__new__(cls, text)
        made.finish = finish
        return made


def finish_said(answer: object) -> str | None:
    """Why an answer ended; None where nobody says, as of a model that lm-eval itself asks."""
    return getattr(answer, "finish", None) or None
