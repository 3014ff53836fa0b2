"""A file of prompt groups as settings name it: a path, or a path with what the file itself does not say."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_core import PydanticCustomError

from ..errors import problem, short
from ..settings import Settings
from ..settings.values import AnyPath, as_path, existing, one_of
from ..validation import Expected, problems, refused, unlike
from .group import KINDS
from .readers import READERS, hub, positions


class GroupsFile(Settings):
    """One file or folder, and how it is read.

    Attributes:
        path: where it is; nothing need be there yet.
        shape: one of ``READERS``; None detects it.
        kind: ``"harmful"`` or ``"harmless"``, of groups that say none; None leaves it open.
        columns: of a table: language tag, ``id``, ``kind`` ... -> name of the column; None: found by their names.
    """

    path: AnyPath
    shape: Annotated[str | None, one_of(tuple(READERS))] = None
    kind: Annotated[str | None, one_of(KINDS)] = None
    columns: Annotated[dict[str, str] | None, Expected("a mapping of languages to names of columns")] = None

    @property
    def options(self) -> dict[str, Any]:
        """How it is read, as far as that is said."""
        return self.model_dump(exclude={"path"}, exclude_none=True)

    def to_plain(self) -> Any:
        """As it is written in a file: a text, or a mapping where more than the path is said."""
        return {"path": str(self.path), **self.options} if self.options else str(self.path)


def _source(value: Any) -> Path:
    """A path at which something is, a pattern for several, or a data set of the hub."""
    path = as_path(value, "an existing file")
    return path if hub.is_here(path) or positions.LANG in str(path) else existing(value)


Source = Annotated[Path, BeforeValidator(_source), Field(strict=False)]


class ExistingGroupsFile(GroupsFile):
    """One that must be there."""

    path: Annotated[Source, Expected("an existing file", inside=True)]


def groups_files(value: Any, where: str, of: type[GroupsFile] = ExistingGroupsFile) -> tuple[GroupsFile, ...]:
    """One file or several, as someone wrote them.

    Args:
        value: a path, a mapping of a :class:`GroupsFile`, or a list of these.
        where: dotted path of the setting.
        of: what is made of each.

    Raises:
        PydanticCustomError: with everything that is wrong.
    """
    if isinstance(value, (list, tuple)) and not value:
        raise unlike("a file, or a list of files")
    named = (
        [(f"{where}[{place}]", one) for place, one in enumerate(value)]
        if isinstance(value, (list, tuple))
        else [(where, value)]
    )
    found, wrong = [], []
    for place, one in named:
        try:
            found.append(_file(one, of))
        except ValidationError as error:
            wrong += problems(of, error, place)
        except PydanticCustomError as error:
            said = error.context or {}
            wrong.append(problem(place, said["expected"], said["got"] or short(one), said["hint"]))
    if wrong:
        raise refused(wrong)
    return tuple(found)


def _file(value: Any, of: type[GroupsFile]) -> GroupsFile:
    if isinstance(value, GroupsFile):
        return value
    if isinstance(value, Mapping):
        return of.model_validate(value)
    # What is wrong with a plain path is said of the setting itself, which has no key `path`.
    return of(path=_source(value) if of is ExistingGroupsFile else as_path(value, "a path"))
