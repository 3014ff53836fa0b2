"""Reads the YAML files that people write: safely, and with mistakes reported in a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from ..errors import ConfigError, MissingFileError, problem


def read_yaml(path: Path, what: str, *, hint: str = "") -> dict[str, Any]:
    """The mapping that a file holds.

    Args:
        path: the file.
        what: what it should be, for the error of one that is not there.
        hint: what to look at where the file is no YAML.

    Raises:
        MissingFileError: if it is not there.
        ConfigError: if it is not YAML, says a key twice, or holds no mapping.
    """
    try:
        values = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - a safe loader
    except FileNotFoundError:
        raise MissingFileError(problem(str(path), what, "nothing", "Check the path")) from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(problem(str(path), "YAML", f"something else ({_in_one_line(error)})", hint)) from None
    if not isinstance(values, dict):
        raise ConfigError(problem(str(path), "a mapping of sections", type(values).__name__))
    return values


def _in_one_line(error: Exception) -> str:
    mark, what = getattr(error, "problem_mark", None), getattr(error, "problem", None) or str(error)
    return f"{what} (line {mark.line + 1})" if mark is not None else " ".join(what.split())


class _Loader(yaml.SafeLoader):
    """YAML in which a key may come once only: of two sections of one name the first would silently be lost."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":  # "<<", whose keys may be said anew
                continue
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, str) and key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} twice", key_node.start_mark)
            seen |= {key} if isinstance(key, str) else set()
        return super().construct_mapping(node, deep=deep)
