"""``meta.json``: what a run is called and which languages it was aligned in."""

from __future__ import annotations

from typing import Any

from pydantic import field_validator, model_validator

from ..validation import Record


class Meta(Record):
    """All of it is optional.

    Attributes:
        name: what pages call the run.
        pivot: the language it was aligned in; a slice of its own, and in neither of the others.
        aligned: languages whose prompts the consistency term saw.
        unseen: languages that no part of training saw.
        note: a caveat to print.
    """

    name: str = ""
    pivot: str = ""
    aligned: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    note: str = ""

    @field_validator("aligned", "unseen")
    @classmethod
    def _once(cls, tags: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(tags))

    @model_validator(mode="before")
    @classmethod
    def _without_pivot(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        lists = {key: value[key] for key in ("aligned", "unseen") if isinstance(value.get(key), (list, tuple))}
        return value | {key: [tag for tag in tags if tag != value.get("pivot")] for key, tags in lists.items()}
