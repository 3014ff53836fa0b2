"""One translator's attempt at one cell: all texts of the prompt translated, and checked."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..check import USABLE, CellCheck, Finding, check_cell
from ..escaping import whole
from ..models.messages import Prompt
from ..translators.asks import Asks
from ..translators.cache import Kept
from ..translators.translator import Translation

_SAID = ("wording", "temperature", "beams")  # settings that provenance has in the clear: what links differ in


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one translator made of a cell.

    Attributes:
        asks: which translator.
        prompt: the translation; None where there is none.
        error: why there is none.
        lasting: whether asking again would give the same.
        day: that it was made on, as ``2026-11-27``; of messages made on several days the last.
        findings: of the checks, the worst first.
        score: of the checks, in [0, 1]; of a chat that of its worst message; 0 without a translation.
        again: why it could not be asked for again, which may pass; empty where it was not tried.
    """

    asks: Asks
    prompt: Prompt | None = None
    error: str = ""
    lasting: bool = False
    day: str = ""
    findings: tuple[Finding, ...] = ()
    score: float = 0.0
    again: str = ""

    @property
    def for_now(self) -> str:
        """Why asking later may bring something else; empty where it would not."""
        return self.again or ("" if self.prompt is not None or self.lasting else self.error)

    @property
    def provenance(self) -> dict[str, Any]:
        """How the cell was made, for the group."""
        translator, settings = self.asks.translator, self.asks.translator.settings
        return {
            "backend": translator.backend,
            "model": whole(translator.model),  # a path may be bytes that are no text
            "day": self.day,
            "score": weight_of(self.score),
            "checks": [finding.reason for finding in self.findings],
            "settings": _hash(settings),
            **{name: settings[name] for name in _SAID if name in settings},
        }


class Task(NamedTuple):
    """One cell to translate.

    Attributes:
        prompt: in the source language.
        source: its tag.
        target: tag to translate to.
    """

    prompt: Prompt
    source: str
    target: str


def weight_of(score: float) -> float:
    """A score as files have it."""
    return round(score, 4)


async def attempt(asks: Asks, task: Task) -> Attempt | None:
    """Asks one translator for a cell; None where it would have to be asked and is only counted.

    A chat is translated message by message; a blank message stays as it is.
    """
    if why := asks.why_not(task.source, task.target):
        return Attempt(asks, error=why, lasting=True)
    texts = texts_of(task.prompt)
    asked = [asks.ask(text, task.source, task.target) for text in texts]
    kept = [await asked[0]] if len(asked) == 1 else await asyncio.gather(*asked)  # a task costs more than a look
    known = {text: one for text, one in zip(texts, kept, strict=True) if one is not None}
    if len(known) < len(texts):
        return None
    failed = [one.translation for one in known.values() if one.translation.text is None]
    if failed:
        worst = next((one for one in failed if not one.lasting), failed[0])
        return Attempt(asks, error=worst.error, lasting=worst.lasting, again=_again(known))
    return _checked(asks, task, known)


def texts_of(prompt: Prompt) -> list[str]:
    """What there is to translate of a prompt, each text once: its own, or those of its messages that are not blank."""
    texts = [prompt] if isinstance(prompt, str) else [message["content"] for message in prompt]
    return [text for text in dict.fromkeys(texts) if text.strip()]


def unusable(text: str, source: str, target: str, made: Translation) -> bool:
    """Whether a translation of a text was declined, or fails the checks."""
    return made.text is None or not _check(text, made.text, Task(text, source, target)).score >= USABLE


def _checked(asks: Asks, task: Task, kept: Mapping[str, Kept]) -> Attempt:
    checks = [_check(text, one.translation.text or "", task) for text, one in kept.items()]
    found: dict[str, Finding] = {}
    for finding in sorted((one for check in checks for one in check.findings), key=lambda one: -one.penalty):
        found.setdefault(finding.reason, finding)
    return Attempt(
        asks,
        prompt=_translated(task.prompt, {text: one.translation.text or "" for text, one in kept.items()}),
        day=max((one.day for one in kept.values()), default=""),
        findings=tuple(found.values()),
        score=min((check.score for check in checks), default=1.0),
        again=_again(kept),
    )


def _again(kept: Mapping[str, Kept]) -> str:
    return next((one.again for one in kept.values() if one.again), "")


def _check(text: str, translation: str, task: Task) -> CellCheck:
    if not translation.strip():
        return CellCheck((Finding("lost", 1.0, "an empty text"),))
    return check_cell(text, translation, source_language=task.source, language=task.target)


def _translated(prompt: Prompt, translations: Mapping[str, str]) -> Prompt:
    if isinstance(prompt, str):
        return translations.get(prompt, prompt)
    return [{**message, "content": translations.get(message["content"], message["content"])} for message in prompt]


def _hash(settings: Mapping[str, Any]) -> str:
    text = json.dumps(dict(settings), sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
