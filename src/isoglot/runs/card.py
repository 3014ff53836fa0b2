"""The protocol card: what an evaluation's numbers rest on, as a typed record in which what is not known says so."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pydantic import Field

from ..validation import Count, Record

KEY = "card"  # its key in protocol.json
OWN = (KEY, "command", "info")  # keys of protocol.json that are not shown as they are, and not in metrics.json


class Unknown(Record):
    """A field that nobody has said.

    Attributes:
        unknown: what would make it known.
    """

    unknown: str


Fact = str | Unknown


class PromptSet(Record):
    """Prompts of one source.

    Attributes:
        name: of the source, or of the file where the prompts say none.
        version: of the set, as whoever made it counts.
        hash: of its prompts with their ids and kinds, in order.
        licence: under which the prompts may be used.
        groups: prompts, each in all its languages.
        prompts: cells: a prompt in one language.
        kinds: kind -> groups.
    """

    name: str
    version: Fact
    hash: str
    licence: Fact
    groups: Count = 0
    prompts: Count = 0
    kinds: Mapping[str, Count] = Field(default_factory=dict)


class LanguageFacts(Record):
    """One language's prompts: how many, who translated them and how that was checked."""

    prompts: Count = 0
    translated: Fact
    checked: Fact


class Template(Record):
    """The chat template: a hash of its text, and its arguments other than the messages."""

    hash: Fact
    arguments: Mapping[str, Any] = Field(default_factory=dict)


class ModelFacts(Record):
    """The model: its name, a hash of its weights, and the kind of hardware it ran on."""

    name: str
    hash: Fact
    hardware: Fact


class JudgeFacts(Record):
    """Who judged.

    Attributes:
        name, version: of the judge.
        model: that was asked; ``none`` for a judge by rule.
        prompt_hash: of what a model was asked; ``none`` likewise.
        calibration: how well its verdicts agree with people's.
        agreement: how far it agrees with the other judges of these responses.
    """

    name: str
    version: str
    model: Fact
    prompt_hash: Fact
    calibration: Fact
    agreement: Fact


class Card(Record):
    """What ``protocol.json`` holds under ``card``.

    Attributes:
        mode: how the model was asked.
        unit: what counts as one piece of evidence.
        prompt_sets, languages, template, model, judges: see there.
        decoding: how answers were chosen, in words.
        failures: what went wrong -> how many responses.
        aggregation: how responses become a number over languages.
        uncertainty: methods of the intervals, by name.
        seeds: of what is random -> seed.
        software: library -> version.
        gaps: what these numbers do not show, a sentence each.
        utility: how it was measured, where it was.
        said: fields that whoever ran it stated by hand.
    """

    mode: str = ""
    unit: str = ""
    prompt_sets: tuple[PromptSet, ...] = ()
    languages: Mapping[str, LanguageFacts] = Field(default_factory=dict)
    template: Template | None = None
    decoding: str = ""
    model: ModelFacts | None = None
    judges: tuple[JudgeFacts, ...] = ()
    failures: Mapping[str, Count] = Field(default_factory=dict)
    aggregation: str = ""
    uncertainty: tuple[str, ...] = ()
    seeds: Mapping[str, Count] = Field(default_factory=dict)
    software: Mapping[str, str] = Field(default_factory=dict)
    gaps: tuple[str, ...] = ()
    utility: Mapping[str, Any] = Field(default_factory=dict)
    said: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any]:
        """Plain values for a file; what is empty is left out."""
        return {key: value for key, value in self.model_dump(mode="json").items() if value not in (None, [], {}, "")}


def unknown_fields(card: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Dotted paths of the fields that are not known, each with what would make it known.

    Args:
        card: plain values, as :meth:`Card.plain` gives them. Items of a list go by their ``name``.
        path: where they stand.

    Example:
        >>> list(unknown_fields({"prompt_sets": [{"name": "mine", "licence": {"unknown": "Ask."}}]}))
        [('prompt_sets.mine.licence', 'Ask.')]
    """
    for key, value in _parts(card):
        here = f"{path}.{key}" if path else key
        if isinstance(value, Mapping) and isinstance(value.get("unknown"), str):
            yield here, value["unknown"]
        else:
            yield from unknown_fields(value, here)


def stated(card: Any, info: Mapping[str, str], path: str = "", *, before: Collection[str] = ()) -> Any:
    """The plain values with unknown fields filled in from what somebody states.

    Args:
        card: as for :func:`unknown_fields`.
        info: a field's dotted path, or the end of one for every field that ends so (``licence``) -> its value.
        path: where they stand.
        before: paths of fields that were stated before, and may be stated anew.
    """
    if path in before or (isinstance(card, Mapping) and isinstance(card.get("unknown"), str)):
        return next((text for field, text in info.items() if names(field, path)), card)
    if isinstance(card, Mapping):
        below = {key: (value, f"{path}.{key}" if path else str(key)) for key, value in card.items()}
        return {key: stated(value, info, here, before=before) for key, (value, here) in below.items()}
    if isinstance(card, (list, tuple)):
        return [stated(value, info, f"{path}.{key}", before=before) for key, value in _parts(card)]
    return card


def names(field: str, path: str) -> bool:
    """Whether what somebody calls a field means the one at a path."""
    return path == field or path.endswith(f".{field}")


def _parts(card: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(card, Mapping):
        yield from ((str(key), value) for key, value in card.items())
    elif isinstance(card, (list, tuple)):
        for place, value in enumerate(card):
            name = value.get("name") if isinstance(value, Mapping) else None
            yield str(name or place), value
