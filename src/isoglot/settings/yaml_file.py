"""Reads the YAML files that people write: safely, and with mistakes reported in a sentence."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from ..errors import ConfigError, MissingFileError, first_line, problem

_HALF = re.compile("[\ud800-\udfff]")  # of a character beyond the first 65,536, by itself
MOST = 100_000  # values that a file may come to, those that aliases repeat counted each time


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
    if path.is_dir():
        inside = sorted(path.glob("*.yaml"))
        step = f"Did you mean {inside[0]}?" if len(inside) == 1 else "Name a file in it"
        raise ConfigError(problem(str(path), what, "a folder", step))
    try:
        values = parse_yaml(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MissingFileError(problem(str(path), what, "nothing", "Check the path")) from None
    except (OSError, ValueError) as error:  # what is no UTF-8 is a ValueError too
        raise ConfigError(problem(str(path), "YAML", f"something else ({error})", hint)) from None
    if not isinstance(values, dict):
        raise ConfigError(problem(str(path), "a mapping of sections", type(values).__name__))
    return values


def parse_yaml(text: str) -> Any:
    """The values of a text in YAML, which may be a stranger's.

    Numbers such as ``6e-7`` are numbers, as in YAML 1.2.

    Raises:
        ValueError: for what is no YAML, a key that comes twice, half of a surrogate pair, and aliases that expand to
            more than ``MOST`` values.
    """
    try:
        values = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader
        _count(values, {}, set())
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except yaml.YAMLError as error:
        raise ValueError(_in_one_line(error)) from None
    except (KeyError, IndexError, AttributeError, TypeError) as error:  # a tag on what is nothing of it, as "!!bool x"
        raise ValueError(f"a value that is not what its tag says ({error})") from None
    return values


def why_no_yaml(path: Path) -> str:
    """What is wrong with the form of a file, whose tags may be another program's; empty where nothing is."""
    try:
        yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        return problem(str(path), "YAML", f"something else ({_in_one_line(error)})")
    except (OSError, ValueError, RecursionError) as error:
        return problem(str(path), "YAML", f"something else ({first_line(error)})")
    return ""


def _count(value: Any, known: dict[int, int], inside: set[int]) -> int:
    """How many values it comes to when every alias is written out; what cannot be a value of a file is refused."""
    if isinstance(value, str) and _HALF.search(value):
        raise ValueError("half of a surrogate pair, which no file can hold")
    if not isinstance(value, (dict, list)):
        return 1
    if id(value) in inside:
        raise ValueError("an alias inside of what it stands for")
    if id(value) not in known:
        inside.add(id(value))
        parts = [*value.keys(), *value.values()] if isinstance(value, dict) else value
        known[id(value)] = 1 + sum(_count(part, known, inside) for part in parts)
        inside.remove(id(value))
    if known[id(value)] > MOST:
        raise ValueError(f"aliases that expand to more than {MOST:,} values")
    return known[id(value)]


def _in_one_line(error: Exception) -> str:
    mark, what = getattr(error, "problem_mark", None), getattr(error, "problem", None) or str(error)
    return f"{what} (line {mark.line + 1})" if mark is not None else " ".join(what.split())


class _Loader(yaml.SafeLoader):
    """YAML in which a key may come once only: of two sections of one name the first would silently be lost."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        if not isinstance(node, yaml.MappingNode):
            raise yaml.constructor.ConstructorError(None, None, "no mapping where its tag says one", node.start_mark)
        seen: set[Any] = set()
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":  # "<<", whose keys may be said anew
                continue
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, str) and key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} twice", key_node.start_mark)
            seen |= {key} if isinstance(key, str) else set()
        return super().construct_mapping(node, deep=deep)


_EXPONENT = re.compile(r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)[eE][-+]?[0-9]+$")  # which YAML 1.1 takes for text
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", _EXPONENT, list("-+.0123456789"))
