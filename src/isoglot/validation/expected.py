"""What a setting is expected to be, said once: in its type; and what pydantic found instead, in our words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, GetCoreSchemaHandler, ValidationError
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from ..errors import problem, short, unknown

_OURS, _WHOLE = "expected", "problems"  # types of errors that are made here


@dataclass(frozen=True)
class Expected:
    """Says what a setting must be, for whatever is wrong with it; stands in ``Annotated``.

    Args:
        what: ``"a number >= 0"``.
        fine: whether a value of the right type will do; None: each.
        inside: whether the value has errors of its own; ``what`` is then said of a missing one only.
        hint: the next step where it is missing.
    """

    what: str
    fine: Callable[[Any], bool] | None = None
    inside: bool = False
    hint: str = ""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Pydantic's own hook."""
        schema = handler(source)
        if self.inside:
            return schema
        if self.fine is not None:
            schema = core_schema.no_info_after_validator_function(self._checked, schema)
        return core_schema.custom_error_schema(schema, _OURS, custom_error_message=self.what)

    def _checked(self, value: Any) -> Any:
        if self.fine is not None and not self.fine(value):
            raise ValueError
        return value


def unlike(expected: str, hint: str = "", *, got: str = "") -> PydanticCustomError:
    """The error of a value that is not what was expected; raised in a validator.

    Args:
        expected: what it must be.
        hint: the next step.
        got: what was found; empty: the value, cut to what a message can hold.
    """
    return PydanticCustomError(_OURS, "{expected}", {"expected": expected, "hint": hint, "got": got})


def refused(sentences: Sequence[str]) -> PydanticCustomError:
    """The error of a value with several problems, each a whole sentence; raised in a validator."""
    return PydanticCustomError(_WHOLE, "several problems", {"sentences": list(sentences)})


def problems(kind: Any, error: ValidationError, where: str = "") -> list[str]:
    """Everything that is wrong with a value, one sentence each.

    Args:
        kind: of the value: settings, a record, or any type that pydantic knows.
        error: what pydantic says about it.
        where: dotted path of the value.
    """
    return [line for found in error.errors(include_url=False) for line in _lines(kind, found, where)]


def _lines(kind: Any, found: Mapping[str, Any], where: str) -> list[str]:
    context, place = found.get("ctx") or {}, [str(part) for part in found["loc"] if part != "[key]"]
    path = ".".join([where, *place] if where else place)
    if found["type"] == _WHOLE:
        return list(context["sentences"])
    section = _section(kind, place[:-1])
    if found["type"] == "extra_forbidden":
        noun = getattr(section, "noun", "key")
        return [unknown(path, noun, place[-1], _fields(section))]
    got = "nothing" if found["type"] == "missing" or found["input"] is None else short(found["input"])
    if found["type"] == _OURS:
        expected = context.get("expected", found["msg"])
        return [problem(path, expected, context.get("got") or got, context.get("hint", ""))]
    if found["type"] == "invalid_key" or "[key]" in found["loc"]:
        return [problem(path, "a name that is text", short(found["input"]), "Put it in quotes")]
    plain = found["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    declared = _declared(section, place) or Expected("a value" if found["type"] == "missing" else plain)
    return [problem(path, declared.what, got, declared.hint)]


def _section(kind: Any, place: Sequence[str]) -> Any:
    """The settings or record that stands at a place within another."""
    for name in place:
        field = _fields(kind).get(name)
        types = _types(field.annotation) if field else ()
        inner = [one for one in types if isinstance(one, type) and issubclass(one, BaseModel)]
        if not inner:
            break
        kind = inner[0]
    return kind


def _fields(kind: Any) -> Mapping[str, Any]:
    return kind.model_fields if isinstance(kind, type) and issubclass(kind, BaseModel) else {}


def _types(annotation: Any) -> Sequence[Any]:
    return getattr(annotation, "__args__", None) or (annotation,)


def _declared(section: Any, place: Sequence[str]) -> Expected | None:
    """What the field's type says that it must be."""
    field = _fields(section).get(place[-1]) if place else None
    if field is None:
        return None
    said = [item for item in field.metadata if isinstance(item, Expected)]
    is_section = _section(section, place[-1:]) is not section
    return said[-1] if said else Expected("a mapping") if is_section else None
