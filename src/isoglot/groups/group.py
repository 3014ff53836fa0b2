"""One prompt in several languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import short
from ..languages import is_tag
from ..models.messages import Prompt

KINDS = ("harmful", "harmless")
_KNOWN = ("id", "pivot", "kind", "prompts", "category", "source", "weights", "provenance")


@dataclass(frozen=True)
class PromptGroup:
    """One prompt in several languages; each language's is a *cell*.

    Attributes:
        id: unique among the groups of a set.
        prompts: language tag -> text, or a list of chat messages ``{"role", "content"}``.
        pivot: the language that alignment works in.
        kind: ``"harmful"``, ``"harmless"`` or None (not said).
        category: kind of harm or topic, free text.
        source: data set it comes from.
        weights: language -> importance of its cell in the consistency loss, >= 0; absent means 1.
        provenance: language -> how its prompt was made.
        extra: any other keys of the record; kept when written again.
    """

    id: str
    prompts: Mapping[str, Prompt]
    pivot: str = "en"
    kind: str | None = None
    category: str | None = None
    source: str | None = None
    weights: Mapping[str, float] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self.prompts)

    @classmethod
    def from_record(cls, record: Any) -> PromptGroup:
        """A group from one record of ``groups.jsonl``.

        Raises:
            ValueError: with every problem of the record, separated by ``"; "``.
        """
        problems = list(record_problems(record))
        if problems:
            raise ValueError("; ".join(problems))
        known = {key: record[key] for key in _KNOWN if record.get(key) is not None}
        return cls(**known, extra={key: value for key, value in record.items() if key not in _KNOWN})

    def to_record(self) -> dict[str, Any]:
        """The record that :meth:`from_record` reads; empty fields are left out."""
        fields = {key: getattr(self, key) for key in _KNOWN}
        kept = {key: value for key, value in fields.items() if value is not None and value != {}}
        return kept | dict(self.extra)


def record_problems(record: Any) -> list[str]:
    """Everything that keeps a record from being a group, in words."""
    if not isinstance(record, dict):
        return [f"expected an object, got {type(record).__name__}"]
    problems = []
    if not isinstance(record.get("id"), str) or not record["id"]:
        problems.append(f"id: expected a non-empty string, got {record.get('id')!r}")
    prompts = record.get("prompts")
    if not isinstance(prompts, dict) or not prompts:
        problems.append(f"prompts: expected an object of language -> prompt, got {short(prompts)}")
        prompts = {}
    for tag, prompt in prompts.items():
        problems += [f"prompts.{tag}: {p}" for p in prompt_problems(tag, prompt)]
    pivot = record.get("pivot")
    if pivot is not None and (not isinstance(pivot, str) or not is_tag(pivot)):
        problems.append(f"pivot: expected a BCP-47 tag, got {short(pivot)}")
    if record.get("kind") not in (None, *KINDS):
        problems.append(f"kind: expected harmful or harmless, got {short(record['kind'])}")
    for key in ("category", "source"):
        if not isinstance(record.get(key), (str, type(None))):
            problems.append(f"{key}: expected a string, got {short(record[key])}")
    for key in ("weights", "provenance"):
        if not isinstance(record.get(key), (dict, type(None))):
            problems.append(f"{key}: expected an object of language -> value, got {short(record[key])}")
    weights = record.get("weights")
    for tag, weight in weights.items() if isinstance(weights, dict) else ():
        number = isinstance(weight, (int, float)) and not isinstance(weight, bool)
        if not number or not 0 <= weight < float("inf"):
            problems.append(f"weights.{tag}: expected a finite number >= 0, got {short(weight)}")
    return problems


def prompt_problems(tag: str, prompt: Any) -> list[str]:
    """Everything that keeps ``prompt`` from being one language's prompt, in words."""
    problems = [] if is_tag(tag) else [f"expected a BCP-47 tag as the key, got {tag!r}"]
    if isinstance(prompt, str):
        return problems if prompt.strip() else [*problems, "expected some text, got an empty string"]
    if not isinstance(prompt, list) or not prompt:
        return [*problems, f"expected a string or a list of messages, got {short(prompt)}"]
    for place, message in enumerate(prompt):
        fields = [message.get(key) for key in ("role", "content")] if isinstance(message, dict) else [None]
        if not all(isinstance(text, str) for text in fields):
            problems.append(f"message {place}: expected role and content as strings, got {short(message)}")
    return problems
