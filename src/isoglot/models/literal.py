"""Plain values as Jinja writes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..errors import short


def literal(value: Any) -> str:
    """A plain value as Jinja writes it.

    Raises:
        ValueError: for a value that is none of JSON's.

    Example:
        >>> literal({"on": False, "tags": ["a", None]})
        '{"on": false, "tags": ["a", none]}'
    """
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{literal(str(key))}: {literal(one)}" for key, one in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(literal, value)) + "]"
    if value is None:
        return "none"
    if isinstance(value, (bool, int, float)):
        return json.dumps(value, allow_nan=False)
    if isinstance(value, str):  # what would end the tag is written as Jinja's escapes
        return json.dumps(value, ensure_ascii=False).replace("%", r"\x25").replace("{", r"\x7b").replace("}", r"\x7d")
    raise ValueError(f"expected a plain value, got {short(value)}")
