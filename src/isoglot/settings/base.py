"""The base of all settings: a pydantic model whose complaints are ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from typing_extensions import Self

from ..errors import ConfigError, raise_all
from ..validation import problems


class Settings(BaseModel):
    """Typed values under names. What is unknown or impossible is refused, all at once.

    Attributes:
        where: dotted path of the section, for the errors of values given in code.
        noun: what one of its names is called in errors.
        null_is_absent: whether null in a file is as good as nothing; where it is a value of its own it is not.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True)
    where: ClassVar[str] = ""
    noun: ClassVar[str] = "key"
    null_is_absent: ClassVar[bool] = True

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise_all(problems(type(self), error, self.where), ConfigError)
            raise

    # Pydantic then validates sections in sections by itself, and all their problems come out together.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    @model_validator(mode="before")
    @classmethod
    def _without_null(cls, values: Any) -> Any:
        if not cls.null_is_absent or not isinstance(values, Mapping):
            return values
        return {name: value for name, value in values.items() if value is not None}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], context: Mapping[str, Any] | None = None) -> Self:
        """From the plain values of a file.

        Args:
            values: names and values.
            context: what else its checks need to know, such as the folder that paths start from.

        Raises:
            ConfigError: with every unknown name and every value that cannot work, one a line.
        """
        contradictions = cls.contradictions(values)
        try:
            made = cls.model_validate(values, context=dict(context or {}))
        except ValidationError as error:
            raise_all([*problems(cls, error, cls.where), *contradictions], ConfigError)
            raise
        raise_all(contradictions, ConfigError)
        return made

    @classmethod
    def contradictions(cls, values: Mapping[str, Any]) -> list[str]:
        """What is wrong with plain values that stand next to each other, whether each is right or not."""
        del values
        return []
