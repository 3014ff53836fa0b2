"""What ``isoglot evaluate`` is given: where the prompts are, and who answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError, problem
from .console import say

if TYPE_CHECKING:
    from ..evaluate.cells import Assignment
    from ..evaluate.decoding import Decoding
    from ..evaluate.judging import Evaluation
    from ..evaluate.responses import Generator
    from ..groups import PromptGroups
    from ..progress import Show
    from ..runs.shards import Shard


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
        return "+".join([*(path.resolve().stem for path in self.files), *self.suites])

    def read(
        self, languages: Sequence[str] | None, limit: int | None, decoding: Decoding, shard: Shard | None
    ) -> Assignment:
        """What is asked.

        Args:
            languages: only these; None: all.
            limit: at most so many groups of each kind.
            decoding: how they are answered.
            shard: the part of this process.
        """
        from ..evaluate.cells import Assignment
        from ..evaluate.suites import read_suites
        from ..groups import PromptGroups

        parts: list[PromptGroups] = []
        if self.files:
            options: dict[str, Any] = {"shape": self.shape, "kind": self.kind, "columns": self.columns}
            parts.append(PromptGroups.read(self.files, skip_bad_rows=self.skip_bad_rows, tell=say, **options))
        named = read_suites(self.suites, self.data, tell=say) if self.suites else []
        every = sum((found for _, found in named), start=parts[0] if parts else PromptGroups([]))
        groups = every.select(languages=languages, limit=limit)
        chosen = {group.id for group in groups}
        sets = [suite.facts(groups.select(without=chosen - {one.id for one in found})) for suite, found in named]
        return Assignment(groups, decoding, shard, tuple(sets))


@dataclass(frozen=True)
class Model:
    """Who answers: a model that is loaded here, or one that is asked through a provider.

    Attributes:
        given: as on the command line.
        batch_size: prompts at a time.
        dtype: of the weights.
        trust_remote_code: whether the model may bring code of its own.
        connection: how a provider is asked.
    """

    given: str
    batch_size: int
    dtype: str
    trust_remote_code: bool
    connection: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def is_elsewhere(self) -> bool:
        """Whether a provider is asked."""
        from ..tasks.providers import provider_of

        return provider_of(self.given) is not None

    @property
    def name(self) -> str:
        """A folder, a file, a name on the hub, or what a provider calls it."""
        from ..tasks.providers import hub_name

        return hub_name(self.given)

    def evaluate(self, assignment: Assignment, folder: Path, show: Show) -> Evaluation | None:
        """Answers and verdicts; None for a shard while others are not done."""
        if self.is_elsewhere:
            from ..tasks.connection import Connection
            from ..tasks.run import evaluate_provider

            args: dict[str, Any] = {"connection": Connection(**self.connection), "show": show}
            if self.given.startswith("isoglot/"):
                args |= {
                    "dtype": self.dtype,
                    "batch_size": self.batch_size,
                    "trust_remote_code": self.trust_remote_code,
                }
            return evaluate_provider(self.given, assignment, folder, **args)
        from ..evaluate.evaluation import run_evaluation

        show.begin("Loading the model")
        loaded = self._load()
        return run_evaluation(*loaded, assignment, folder, batch_size=self.batch_size, name=self.name, show=show)

    def preview(self, assignment: Assignment, folder: Path, show: Show) -> dict[str, Any]:
        """What would be done."""
        from ..evaluate.preview import preview

        if self.is_elsewhere:
            from ..extras import need

            need("inspect", f"the model {self.given!r}")
            return preview(assignment, folder)
        show.begin("Loading the model")
        return preview(assignment, folder, self._generator(assignment))

    def _generator(self, assignment: Assignment) -> Generator:
        from ..evaluate.responses import Generator

        most = assignment.decoding.max_new_tokens
        return Generator(*self._load(weights=False), max_new_tokens=most, batch_size=self.batch_size)

    def _load(self, *, weights: bool = True) -> tuple[Any, Any]:
        from ..models.load import load

        return load(self.name, dtype=self.dtype, trust_remote_code=self.trust_remote_code, weights=weights)


def names_of(text: str | None) -> list[str]:
    """The names in a text with commas."""
    return [name.strip() for name in (text or "").split(",") if name.strip()]
