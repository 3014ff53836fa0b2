"""Whether two languages are two that the registry knows."""

from __future__ import annotations

from ..errors import ConfigError
from ..languages import language, target_language


def unknown_language(source: str, target: str) -> str:
    """Why no engine could translate between two languages; empty where one could."""
    try:
        one, other = language(source), target_language(target).language
    except ConfigError as error:
        return str(error)
    return f"source and target are both {one.name}" if one.tag == other.tag else ""
