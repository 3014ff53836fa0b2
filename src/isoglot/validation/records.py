"""Values of files to typed records by pydantic, with its complaints in the form of all messages here."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, TypeAdapter, ValidationError, model_validator

from ..amounts import is_number
from ..errors import DataError, raise_all
from .expected import problems

T = TypeVar("T")


class Record(BaseModel):
    """What one object of a file holds. Keys it does not know are ignored; null is as good as absent."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=False, arbitrary_types_allowed=True)

    @model_validator(mode="before")
    @classmethod
    def _without_null(cls, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: item for key, item in value.items() if item is not None}
        if isinstance(value, cls):
            return value
        raise ValueError("an object")


def as_number(value: object) -> float:
    """The value as a float, NaN for null and for what is not finite; ValueError for what is no number."""
    if value is None:
        return math.nan
    if not is_number(value):
        raise ValueError("a number or null")
    try:
        found = float(value)
    except OverflowError:  # JSON's integers have no bound
        raise ValueError("a number of ordinary size") from None
    return found if math.isfinite(found) else math.nan  # Python's reader lets Infinity through


def as_count(value: object) -> int:
    """The value as a count, 0 for null; ValueError for what is none."""
    found = as_number(value)
    if math.isnan(found):
        return 0
    if found < 0 or found != int(found):
        raise ValueError("a count")
    return int(found)


Number = Annotated[float, BeforeValidator(as_number)]  # NaN for null, and for what is not finite
Count = Annotated[int, BeforeValidator(as_count)]  # 0 for null


def checked(kind: type[T], value: object, where: str) -> T:
    """The value as the type says.

    Args:
        kind: a record, or any type that pydantic knows.
        value: as JSON or YAML gives it.
        where: what it is, for messages.

    Raises:
        DataError: with everything that is wrong with it, one a line.
    """
    try:
        found: T = _adapter(cast("Any", kind)).validate_python(value)
    except ValidationError as error:
        raise_all(problems(kind, error, where), DataError)
        raise
    return found


def checked_json(kind: type[T], text: bytes) -> T | None:
    """The value of a text of JSON, read and checked in one go, which costs a fraction of reading first.

    None for whatever that does not take: ``json.loads`` and :func:`checked` say what is wrong, if anything is.
    """
    try:
        return cast("T", _adapter(cast("Any", kind)).validate_json(text))
    except ValidationError:
        return None


@functools.cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
