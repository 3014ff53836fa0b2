"""Prompts of a command: the options that say where they are and in which form, and what is read of them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from ...errors import ConfigError, problem
from ...files import stem_of
from ..output.console import say
from .ignored import only_with

if TYPE_CHECKING:
    from ...evaluate.answering.cells import Assignment
    from ...evaluate.answering.decoding import Decoding
    from ...evaluate.prompts.suites import Suite
    from ...groups import PromptGroups
    from ...progress import Show
    from ...runs.shards import Shard

PANEL = "Prompts"
FILES = typer.Option(help="Prompt groups: JSONL, Parquet, CSV, text (packed by gzip, too), folder. Repeatable.")
SUITE = typer.Option(help="Prompt sets by name: multijail, pku, polyrefuse, xstest; with commas.")
LANGUAGES = typer.Option(help="Only these, as in en,sw,ckb.")
DATA = typer.Option(help="The folder in which the sets of --suite are. Default: ISOGLOT_DATA.", rich_help_panel=PANEL)


def of_reading(panel: str | None = None) -> tuple[Any, Any, Any, Any]:
    """``--shape``, ``--kind``, ``--columns`` and ``--skip-bad-rows``: how a file of prompts is read.

    Args:
        panel: of the help, where they do not stand among the other options.
    """
    return (
        typer.Option(help="Format of the prompts' file. Default: detected.", rich_help_panel=panel),
        typer.Option(help="harmful or harmless, of prompts whose file does not say.", rich_help_panel=panel),
        typer.Option(
            help="Of a table: en=prompt,zh=prompt_zh,kind=label; numbers where it has no names.", rich_help_panel=panel
        ),
        typer.Option(
            "--skip-bad-rows",
            help="Leave out rows that cannot be used; they are counted and named.",
            rich_help_panel=panel,
        ),
    )


SHAPE, KIND, COLUMNS, SKIP_BAD_ROWS = of_reading(PANEL)
RULES = (only_with("prompts", "kind", "shape", "columns", "skip_bad_rows"), only_with("suite", "data"))


@dataclass(frozen=True)
class Source:
    """The prompts: files, and sets by name.

    Attributes:
        files: of prompt groups.
        suites: names of sets.
        data: the folder in which these are.
        shape: format of the files; None: detected.
        kind: of prompts whose file does not say.
        columns: of a table.
        skip_bad_rows: whether rows that cannot be used are left out.
    """

    files: Sequence[Path]
    suites: Sequence[str]
    data: Path | None
    shape: str | None
    kind: str | None
    columns: Mapping[str, str] | None
    skip_bad_rows: bool

    def __post_init__(self) -> None:
        if not self.files and not self.suites:
            raise ConfigError(problem("--prompts", "a file of prompt groups, or a name for --suite", "neither"))

    @property
    def name(self) -> str:
        """What the prompts are called, for a folder."""
        return "+".join(name for name in [self.name_of_files, *self.suites] if name)

    @property
    def name_of_files(self) -> str:
        """What the prompts of the files alone are called; sets by name have names of their own."""
        return "+".join(stem_of(path.resolve()) for path in self.files)

    def read(
        self,
        languages: Sequence[str] | None,
        limit: int | None,
        decoding: Decoding,
        shard: Shard | None,
        show: Show,
    ) -> Assignment:
        """What is asked.

        Args:
            languages: only these; None: all.
            limit: at most so many groups of each kind.
            decoding: how they are answered.
            shard: the part of this process.
            show: how far the files are read.
        """
        from ...evaluate.answering.cells import Assignment

        groups, named = self.groups(languages, limit, show)
        chosen = {group.id for group in groups}
        sets = [suite.facts(groups.select(without=chosen - {one.id for one in found})) for suite, found in named]
        return Assignment(groups, decoding, shard, tuple(sets))

    def groups(
        self, languages: Sequence[str] | None, limit: int | None, show: Show
    ) -> tuple[PromptGroups, Sequence[tuple[Suite, PromptGroups]]]:
        """All prompts, and the sets by name with theirs; arguments as for :meth:`read`."""
        from ...evaluate.prompts.suites import read_suites, with_free_ids
        from ...groups import PromptGroups

        own = PromptGroups([])
        if self.files:
            how: dict[str, Any] = {"shape": self.shape, "kind": self.kind, "columns": self.columns}
            own = read_prompts(self.files, show, **how, skip_bad_rows=self.skip_bad_rows)
        sets = read_suites(self.suites, self.data, tell=say) if self.suites else []
        named = with_free_ids(sets, {group.id for group in own}, tell=say)
        chosen = sum((found for _, found in named), start=own).select(languages=languages, limit=limit)
        left = {group.id for group in chosen}
        none = [suite.name for suite, found in named if left.isdisjoint(group.id for group in found)]
        if none:
            why = " and ".join(f"--{name}" for name, value in (("languages", languages), ("limit", limit)) if value)
            warnings.warn(f"No prompt of {', '.join(none)} is left by {why}.", stacklevel=2)
        return chosen, named


def read_prompts(
    files: Path | Sequence[Path],
    show: Show,
    *,
    shape: str | None,
    kind: str | None,
    columns: Mapping[str, str] | None,
    skip_bad_rows: bool,
) -> PromptGroups:
    """The groups of files, as the options of :func:`of_reading` say; what columns are taken for is said.

    Args:
        files: one, or several.
        show: how far they are read.
        shape: of each, as are the others: see ``PromptGroups.read``.
        kind: of prompts whose file does not say.
        columns: of a table.
        skip_bad_rows: whether rows that cannot be used are left out.
    """
    from ...groups import PromptGroups

    how: dict[str, Any] = {"shape": shape, "kind": kind, "columns": columns, "skip_bad_rows": skip_bad_rows}
    return PromptGroups.read(files, tell=say, progress=show.advance, **how)


def names_of(text: str | None) -> list[str]:
    """The names in a text with commas."""
    return [name.strip() for name in (text or "").split(",") if name.strip()]


def columns_of(text: str | None) -> dict[str, str] | None:
    """What ``--columns`` says, as :func:`~isoglot.groups.readers.option.columns_said`; None if it was not given."""
    if text is None:
        return None
    from ...groups.readers.option import columns_said

    return columns_said(text)
