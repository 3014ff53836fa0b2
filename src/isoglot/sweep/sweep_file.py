"""The sweep file: read, and checked together with the run files of its trials."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from typing_extensions import Self

from ..errors import ConfigError, raise_all
from ..settings import read_yaml
from .sections import QUOTES, Sections
from .trial_runs import wrong_trials


class SweepFile(Sections):
    """What ``isoglot sweep`` does; its sections are the attributes."""

    @classmethod
    def read(cls, path: str | os.PathLike[str], changes: Mapping[str, Any] | None = None) -> Self:
        """Reads a sweep file; relative paths in it start at its own folder.

        Args:
            path: of the file.
            changes: of the run that all settings share: dotted path -> value in its place.

        Raises:
            MissingFileError: if it is not there.
            ConfigError: if it is not YAML, or with everything that is wrong with it.
        """
        path = Path(path)
        values = read_yaml(path, "a sweep file", hint=QUOTES)
        return cls.from_dict(values, {"folder": path.absolute().parent, "changes": changes or {}})

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], context: Mapping[str, Any] | None = None) -> Self:
        """From the plain values of a sweep file.

        Raises:
            ConfigError: with everything that is wrong, one a line; of the trials, too, as far as they can be made.
        """
        try:
            return super().from_dict(values, context)
        except ConfigError as error:
            file = _of_what_is_right(values, context)
            raise_all([str(error), *(wrong_trials(file) if file else ())], ConfigError)
            raise


def _of_what_is_right(values: Mapping[str, Any], context: Mapping[str, Any] | None) -> Sections | None:
    """A file of the sections that are right, by which trials can be looked at; None where the run is not."""
    if not isinstance(values, Mapping) or "run" not in values:
        return None
    evaluate = values.get("evaluate")
    groups = evaluate.get("groups") if isinstance(evaluate, Mapping) else None
    kept: dict[str, Any] = {"run": values["run"], "output": "output", "evaluate": {"groups": "."}}
    made: Sections | None = None
    sections: list[dict[str, Any]] = [
        {},
        {"evaluate": {"groups": groups}},
        *({name: values[name]} for name in ("seeds", "grid", "settings", "output") if name in values),
    ]
    for section in sections:
        try:
            made = Sections.from_dict(kept | section, context)
        except ConfigError:
            if made is None:
                return None
        else:
            kept |= section
    return made
