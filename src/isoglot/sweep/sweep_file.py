"""The sweep file: read, and checked as far as it can be without looking at any run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, PrivateAttr, ValidationInfo, field_validator, model_validator
from typing_extensions import Self

from ..errors import ConfigError, MissingFileError, not_allowed, raise_all, short
from ..settings import Settings, read_yaml
from ..settings.dotted import changed
from ..settings.values import CHECK, Count, FolderToBe, Share, Switch, Text
from ..train.own_code import with_code_folder
from ..validation import Expected, refused, unlike
from .changes import Changes, explicit, grids, misled

CHECK_START = f"{CHECK}: paths start in the sweep file's folder"
_QUOTES = "In braces, write texts with {seed} in quotes"
Seeds = Annotated[
    tuple[int, ...],
    Field(strict=False),
    Expected(
        "a list of different whole numbers from 0 to 4294967295",
        lambda seeds: bool(seeds) and len(set(seeds)) == len(seeds) and all(0 <= seed < 2**32 for seed in seeds),
    ),
]


class Evaluate(Settings):
    """How every trial is tested.

    Attributes:
        groups: file of test prompt groups, as written (``{seed}`` not yet filled in).
        max_new_tokens: longest answer.
        batch_size: prompts at a time.
        unseen: languages reported apart; None: those of the test that no training groups have.
    """

    groups: Text
    max_new_tokens: Count = 256
    batch_size: Count = 16
    unseen: tuple[str, ...] | None = None

    @field_validator("unseen", mode="before")
    @classmethod
    def _tags(cls, value: Any) -> Any:
        if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
            hint = "YAML reads no as false: write 'no'" if isinstance(value, list) and False in value else ""
            raise unlike("a list of language tags", hint)
        return tuple(value)


class Choose(Settings):
    """What a setting must keep to be chosen.

    Attributes:
        harmless: minimum rate of harmless prompts answered in their own language, over the aligned languages.
        pivot: how far below the best setting the refusals in the pivot may be.
    """

    harmless: Share = 0.95
    pivot: Share = 0.05


class SweepFile(Settings):
    """What ``isoglot sweep`` does.

    Attributes:
        folder: the sweep file's; relative paths start there.
        run: a run file's values without ``output``, paths as written.
        seeds: of training; each setting is run with each.
        grid: mappings of dotted paths to lists of values, each to be multiplied out.
        settings: explicit settings.
        evaluate: how trials are tested.
        choose: what a setting must keep to be chosen.
        processes: trials at a time.
        threads: of each process.
        keep_models: whether weights stay after a trial's evaluation.
        output: folder for everything.
    """

    run: Annotated[dict[str, Any], Expected("a run file's sections, or the path of one", inside=True)]
    seeds: Seeds = (0,)
    grid: tuple[dict[str, list[Any]], ...] = ()
    settings: tuple[Changes, ...] = ()
    evaluate: Annotated[Evaluate, Expected("a mapping with `groups`, the test prompts", inside=True)]
    choose: Choose = Field(default_factory=Choose)
    processes: Count = 1
    threads: Count = 1
    keep_models: Switch = False
    output: Annotated[FolderToBe, Expected("text", inside=True)]

    _folder: Path = PrivateAttr(default=Path())

    @property
    def folder(self) -> Path:
        """The sweep file's folder."""
        return self._folder

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
        values = read_yaml(path, "a sweep file", hint=_QUOTES)
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
            from .plan import wrong_trials

            file = cls._of_what_is_right(values, context)
            raise_all([str(error), *(wrong_trials(file) if file else ())], ConfigError)
            raise

    @classmethod
    def _of_what_is_right(cls, values: Mapping[str, Any], context: Mapping[str, Any] | None) -> Self | None:
        """A file of the sections that are right, by which trials can be looked at; None where the run is not."""
        if not isinstance(values, Mapping) or "run" not in values:
            return None
        evaluate = values.get("evaluate")
        groups = evaluate.get("groups") if isinstance(evaluate, Mapping) else None
        kept: dict[str, Any] = {"run": values["run"], "output": "output", "evaluate": {"groups": "."}}
        made = None
        sections: list[dict[str, Any]] = [
            {},
            {"evaluate": {"groups": groups}},
            *({name: values[name]} for name in ("seeds", "grid", "settings", "output") if name in values),
        ]
        for section in sections:
            try:
                made = super().from_dict(kept | section, context)
            except ConfigError:
                if made is None:
                    return None
            else:
                kept |= section
        return made

    @field_validator("run", mode="before")
    @classmethod
    def _run(cls, found: Any, info: ValidationInfo) -> Any:
        if isinstance(found, str):
            path = _start(info) / found
            try:
                found = with_code_folder(read_yaml(path, "a run file", hint=_QUOTES), path.parent)
            except (ConfigError, MissingFileError) as error:
                raise refused([f"run: {str(error).replace(CHECK, CHECK_START)}"]) from None
            found.pop("output", None)  # each trial has a folder of its own
        changes = (info.context or {}).get("changes", {})
        if problems := misled("run", changes):
            raise refused(problems)
        found = changed(found, changes) if isinstance(found, dict) else found
        if isinstance(found, dict) and "output" in found:
            raise refused([not_allowed("run.output", short(found["output"]), "Set `output` of the sweep")])
        return found

    @field_validator("grid", mode="before")
    @classmethod
    def _grid(cls, found: Any) -> Any:
        return grids(found)

    @field_validator("settings", mode="before")
    @classmethod
    def _settings(cls, found: Any) -> Any:
        return explicit(found)

    @field_validator("output")
    @classmethod
    def _output(cls, output: Path, info: ValidationInfo) -> Path:
        return _start(info) / output

    @model_validator(mode="after")
    def _remember(self, info: ValidationInfo) -> Self:
        self._folder = _start(info)
        return self


def _start(info: ValidationInfo) -> Path:
    """The folder that relative paths start from."""
    return Path((info.context or {}).get("folder", "."))
