"""The ``isoglot:`` section in another framework's file: which prompt groups, which settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

from ..consistency import Consistency
from ..errors import ConfigError, problem, raise_all, short, unknown
from ..groups import PromptGroups
from ..yaml_file import read_yaml
from .attachment import Attachment
from .trainer import attach

NAME = "isoglot"  # of the section
_EXAMPLE = "Add `isoglot: {groups: groups.jsonl}`"


@dataclass(frozen=True)
class Section:
    """What a section says; the file of groups is read when it is first needed.

    Args:
        groups: a file or folder that ``PromptGroups.read`` knows, relative to the current directory.
        consistency: the settings.
        reference: folder for the states from before training; None: in the trainer's output folder.

    Example:
        >>> Section.from_dict({"groups": "groups.jsonl", "consistency": {"layer": 12}}).consistency.layer
        12
    """

    groups: Path
    consistency: Consistency
    reference: Path | None = None

    @classmethod
    def from_dict(cls, section: Mapping[str, Any] | None) -> Section:
        """From plain values; no file is looked at.

        Raises:
            ConfigError: with everything that is wrong, a line each.
        """
        if not isinstance(section, Mapping):
            got = "nothing" if section is None else short(section)
            raise ConfigError(problem(NAME, "a mapping with groups and consistency", got, _EXAMPLE))
        known = [field.name for field in fields(cls)]
        problems = [unknown(f"{NAME}.{key}", "key", key, known) for key in section if key not in known]
        paths = {name: section.get(name) for name in ("groups", "reference")}
        for name, path in paths.items():
            if path is None and name == "groups":
                problems.append(problem(f"{NAME}.groups", "a file of prompt groups", "nothing", _EXAMPLE))
            elif path is not None and not isinstance(path, (str, Path)):
                problems.append(problem(f"{NAME}.{name}", "a path", short(path)))
        consistency, settings = Consistency(), section.get("consistency")
        if isinstance(settings, Mapping):
            try:
                consistency = Consistency.from_dict(settings)
            except ConfigError as error:
                problems += [f"{NAME}.{line}" for line in str(error).splitlines()]
        elif settings is not None:
            problems.append(problem(f"{NAME}.consistency", "a mapping of settings", short(settings)))
        raise_all(problems, ConfigError)
        reference = paths["reference"]
        return cls(Path(str(paths["groups"])), consistency, None if reference is None else Path(reference))

    @classmethod
    def read(cls, path: str | Path) -> Section:
        """From a YAML file that has the section.

        Raises:
            MissingFileError: if the file is not there.
            ConfigError: with everything that is wrong, a line each.
        """
        return cls.from_dict(read_yaml(Path(path), f"a YAML file with a section {NAME!r}").get(NAME))

    @cached_property
    def prompts(self) -> PromptGroups:
        """The prompt groups.

        Raises:
            MissingFileError: if there is nothing at the path.
            DataError: for rows that cannot be used.
        """
        return PromptGroups.read(self.groups)

    def attach(self, trainer: Any) -> Attachment:
        """Attaches the term to a Hugging Face trainer; errors are those of ``attach`` and :attr:`prompts`."""
        return attach(trainer, self.consistency, self.prompts, reference=self.reference)
