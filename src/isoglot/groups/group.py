"""One prompt in several languages."""

from __future__ import annotations

import functools
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..errors import short, some
from ..languages import called, canonical_tag, is_tag
from ..models.messages import Prompt, as_message, user_text
from ..validation import as_number
from .packed import NOTHING, Packed, packed

KINDS = ("harmful", "harmless")
FIELDS = ("id", "pivot", "kind", "prompts", "category", "source", "weights", "provenance")
_BY_LANGUAGE = ("prompts", "weights", "provenance")
_SHARED = {"pivot", "kind", "category", "source"}  # texts that come again
_FEW = 5  # problems of one record that are reported


@dataclass(frozen=True, slots=True)
class PromptGroup:
    """One prompt in several languages; each language's is a *cell*.

    Attributes:
        id: unique among the groups of a set.
        prompts: language tag -> text, or a list of chat messages ``{"role", "content"}``.
        pivot: the language that alignment works in.
        kind: ``"harmful"``, ``"harmless"`` or None (not said).
        category: kind of harm or topic, free text.
        source: data set it comes from.
        weights: language -> importance of its cell among the group's in the term, >= 0; absent means 1.
        provenance: language -> how its prompt was made, a text or a mapping; many cells may have one mapping, so it is
            not to be changed in place.
        extra: any other keys of the record; kept when written again.
    """

    id: str
    prompts: Mapping[str, Prompt]
    pivot: str = "en"
    kind: str | None = None
    category: str | None = None
    source: str | None = None
    weights: Mapping[str, float] = NOTHING
    provenance: Mapping[str, Any] = NOTHING
    extra: Mapping[str, Any] = NOTHING

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self.prompts)

    @property
    def has_translation(self) -> bool:
        """Whether its pivot's prompt is there, and another language's."""
        return self.pivot in self.prompts and len(self.prompts) > 1

    @classmethod
    def from_record(cls, record: Any) -> PromptGroup:
        """A group from one record of ``groups.jsonl``, its tags as :func:`isoglot.languages.canonical_tag` reads them.

        Raises:
            ValueError: with every problem of the record, separated by ``"; "``.
        """
        record, twice = with_tags(record)
        problems = [*twice, *record_problems(record)]
        if problems:
            more = [f"and {len(problems) - _FEW} more"] if len(problems) > _FEW else []
            raise ValueError("; ".join([*problems[:_FEW], *more]))
        known = {key: record[key] for key in FIELDS if record.get(key) not in (None, {})}
        known["prompts"] = _prompts(known["prompts"])
        for key in _SHARED & known.keys():
            known[key] = _same(known[key])
        if "provenance" in known:
            known["provenance"] = {tag: _same_said(said) for tag, said in known["provenance"].items()}
        return cls(**known, extra={key: value for key, value in record.items() if key not in FIELDS} or NOTHING)

    def to_record(self) -> dict[str, Any]:
        """The record that :meth:`from_record` reads; empty fields are left out."""
        fields = {key: getattr(self, key) for key in FIELDS}
        plain = {key: _plain(value) for key, value in fields.items()}
        plain["provenance"] = {tag: _plain(said) for tag, said in self.provenance.items()}
        kept = {key: value for key, value in plain.items() if value is not None and value != {}}
        return kept | dict(self.extra)


def _plain(value: Any) -> Any:
    """A mapping as a dict of its own, which JSON can hold."""
    return dict(value) if isinstance(value, Mapping) else value


def in_languages(group: PromptGroup, languages: Collection[str]) -> PromptGroup:
    """The group with what it has in some languages only."""

    def kept(of: Mapping[str, Any]) -> dict[str, Any]:
        return {tag: value for tag, value in of.items() if tag in languages}

    prompts, weights, provenance = packed(kept(group.prompts)), kept(group.weights), kept(group.provenance)
    return replace(group, prompts=prompts, weights=weights or NOTHING, provenance=provenance or NOTHING)


def pivot_user_text(pivot: str, prompts: Mapping[str, Prompt]) -> str:
    """All that the user says in a group's pivot: by which groups are compared with each other.

    Args:
        pivot: the group's.
        prompts: the group's; where they lack the pivot, it is the first language's.
    """
    return user_text(prompts[pivot if pivot in prompts else next(iter(prompts))])


@functools.lru_cache(maxsize=1024)
def _same(text: str) -> str:
    """One text for all groups that say it."""
    return text


def _same_said(said: Any) -> Any:
    """One object, which nobody can change, for all cells of which the same is said in texts, as of a check passed."""
    plain = isinstance(said, dict) and all(isinstance(value, str) for value in said.values())
    try:
        return _same_texts(tuple(said.items())) if plain else said
    except UnicodeEncodeError:  # half of a surrogate pair
        return said


@functools.lru_cache(maxsize=1024)
def _same_texts(items: tuple[tuple[str, str], ...]) -> Packed:
    return Packed(dict(items))


def _prompts(prompts: Mapping[str, Any]) -> Mapping[str, Prompt]:
    """Prompts in little memory, the roles of messages as chat templates know them."""
    try:
        made = packed(prompts)
    except UnicodeEncodeError:
        raise ValueError("prompts: expected whole characters, got half of a surrogate pair") from None
    if isinstance(made, Packed):
        return made
    return {tag: p if isinstance(p, str) else [as_message(turn) for turn in p] for tag, p in made.items()}


def with_tags(record: Any) -> tuple[Any, list[str]]:
    """A record with its tags as BCP-47 writes them, and in words which of them come twice then.

    All readers end here, so that ``zh_CN`` is one language in whatever format it stands.
    """
    if not isinstance(record, dict):
        return record, []
    changed: dict[str, Any] = {}
    twice = []
    for key in _BY_LANGUAGE:
        cells = record.get(key)
        if isinstance(cells, dict) and any(isinstance(tag, str) and canonical_tag(tag) != tag for tag in cells):
            changed[key] = {}
            for tag, cell in cells.items():
                name = canonical_tag(tag) if isinstance(tag, str) else tag
                if name in changed[key]:
                    twice.append(f"{key}.{_named(tag)}: expected each language once, got {name} again")
                changed[key][name] = cell
    if isinstance(pivot := record.get("pivot"), str) and canonical_tag(pivot) != pivot:
        changed["pivot"] = canonical_tag(pivot)
    return record | changed if changed else record, twice


def record_problems(record: Any) -> list[str]:
    """Everything that keeps a record from being a group, in words."""
    if not isinstance(record, dict):
        return [f"expected an object, got {type(record).__name__}"]
    if not record.keys() & {"id", "prompts"}:  # another thing: what it has not is not worth a line for each field
        got = f"the fields {some((str(name)[:40] for name in record), 8)}" if record else "an empty object"
        return [f"expected a group, with id and prompts, got {got}"]
    problems = []
    if not isinstance(record.get("id"), str) or not record["id"]:
        problems.append(f"id: expected a non-empty string, got {short(record.get('id'))}")
    prompts = record.get("prompts")
    if not isinstance(prompts, dict) or not prompts:
        problems.append(f"prompts: expected an object of language -> prompt, got {short(prompts)}")
        prompts = {}
    for tag, prompt in prompts.items():
        if type(prompt) is not str or not prompt or prompt.isspace() or not is_tag(tag):
            problems += [f"prompts.{_named(tag)}: {p}" for p in prompt_problems(tag, prompt)]
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
        if not _is_weight(weight):
            problems.append(f"weights.{_named(tag)}: expected a finite number >= 0, got {short(weight)}")
    return problems


def _told(key: Any) -> str:
    """A key that is no tag, with the one that it has where it is a language's English name."""
    tag = called(key) if isinstance(key, str) else None
    return short(key) if tag is None else f"{short(key)}, which is {tag}"


def prompt_problems(tag: Any, prompt: Any) -> list[str]:
    """Everything that keeps ``prompt`` from being one language's prompt, in words."""
    problems = [] if isinstance(tag, str) and is_tag(tag) else [f"expected a BCP-47 tag as the key, got {_told(tag)}"]
    if isinstance(prompt, str):
        return problems if prompt.strip() else [*problems, "expected some text, got an empty string"]
    if not isinstance(prompt, list) or not prompt:
        return [*problems, f"expected a string or a list of messages, got {short(prompt)}"]
    last = ""
    for place, message in enumerate(prompt):
        try:
            last = as_message(message)["role"]
        except ValueError as error:
            last = ""
            problems.append(f"message {place}: {error}")
    if last not in ("", "user"):  # a model would be asked to answer an answer, or nothing
        problems.append(f"expected the user to speak last, got a message of {last} there")
    return problems


def _is_weight(value: Any) -> bool:
    try:
        return not math.isnan(number := as_number(value)) and number >= 0
    except ValueError:
        return False


def _named(tag: Any) -> str:
    return str(tag) if len(str(tag)) < 40 else short(tag)


def is_empty(prompt: Any) -> bool:
    """Whether a column has nothing there: None, "" or the NaN of a data frame."""
    return prompt is None or (isinstance(prompt, (str, float)) and (prompt == "" or prompt != prompt))
