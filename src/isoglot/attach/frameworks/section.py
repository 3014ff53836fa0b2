"""The ``isoglot:`` section in another framework's file: which prompt groups, which settings."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import Field, field_validator
from typing_extensions import Self

from ...consistency import Consistency
from ...errors import ConfigError, problem, short
from ...groups import PromptGroups
from ...groups.files import GroupsFile, groups_files
from ...settings import Settings, read_yaml
from ...settings.values import AnyPath
from ...validation import Expected, unlike
from .. import attach
from ..attachment import Attachment

NAME = "isoglot"  # of the section
_EXAMPLE = "Add `isoglot: {groups: groups.jsonl}`"


class Section(Settings):
    """What a section says; the file of groups is read when it is first needed.

    Args:
        groups: files or folders that ``PromptGroups.read`` knows, relative to the current directory: one or a list,
            each a path or a mapping ``{path, shape, kind, columns}`` as in a run file.
        consistency: the settings.
        reference: folder for the states from before training; None: ``_reference`` in the trainer's output folder.

    Example:
        >>> Section.from_dict({"groups": "groups.jsonl", "consistency": {"layer": 12}}).consistency.layer
        12
    """

    where: ClassVar[str] = NAME

    groups: Annotated[tuple[GroupsFile, ...], Expected("a file of prompt groups", inside=True, hint=_EXAMPLE)]
    consistency: Annotated[Consistency, Expected("a mapping of settings", inside=True)] = Field(
        default_factory=Consistency
    )
    reference: AnyPath | None = None

    @field_validator("groups", mode="before")
    @classmethod
    def _several(cls, value: Any) -> Any:
        if isinstance(value, list) and not value:
            raise unlike("a file of prompt groups", _EXAMPLE)
        return groups_files(value, f"{NAME}.groups", GroupsFile)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any] | None, context: Mapping[str, Any] | None = None) -> Self:
        """From plain values; no file is looked at.

        Raises:
            ConfigError: with everything that is wrong, a line each.
        """
        if not isinstance(values, Mapping):
            got = "nothing" if values is None else short(values)
            raise ConfigError(problem(NAME, "a mapping with groups and consistency", got, _EXAMPLE))
        return super().from_dict(values, context)

    @classmethod
    def read(cls, path: str | Path) -> Self:
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
