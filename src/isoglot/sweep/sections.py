"""The sections of a sweep file, each checked as far as it can be without looking at any run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, PrivateAttr, ValidationInfo, field_validator, model_validator
from typing_extensions import Self

from ..errors import ConfigError, MissingFileError, not_allowed, short
from ..settings import Settings, read_yaml
from ..settings.dotted import changed
from ..settings.values import CHECK, Count, FolderToBe, Share, Switch, Text
from ..train.code_setting import with_code_folder
from ..validation import Expected, refused, unlike
from .changes import Changes, explicit, grids, misled

CHECK_START = f"{CHECK}: paths start in the sweep file's folder"
QUOTES = "In braces, write texts with {seed} in quotes"
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


class Sections(Settings):
    """What a sweep file says.

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

    @field_validator("run", mode="before")
    @classmethod
    def _run(cls, found: Any, info: ValidationInfo) -> Any:
        if isinstance(found, str):
            path = _start(info) / found
            try:
                found = with_code_folder(read_yaml(path, "a run file", hint=QUOTES), path.parent)
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
