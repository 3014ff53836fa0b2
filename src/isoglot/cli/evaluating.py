"""What ``isoglot evaluate`` is given: where the prompts are, and who answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError, problem, short
from .console import say

if TYPE_CHECKING:
    from ..evaluate.card import About
    from ..evaluate.cells import Assignment
    from ..evaluate.decoding import Decoding
    from ..evaluate.judging import Evaluation
    from ..groups import PromptGroups
    from ..models.template import Chat
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
        from ..evaluate.cells import Assignment
        from ..evaluate.suites import read_suites
        from ..groups import PromptGroups

        parts: list[PromptGroups] = []
        if self.files:
            options: dict[str, Any] = {"shape": self.shape, "kind": self.kind, "columns": self.columns}
            options |= {"skip_bad_rows": self.skip_bad_rows, "progress": show.advance}
            parts.append(PromptGroups.read(self.files, tell=say, **options))
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
        chat: what is written into the chat template of a model that is loaded here.
        extra_body: further fields of each request to a server.
    """

    given: str
    batch_size: int
    dtype: str
    trust_remote_code: bool
    connection: Mapping[str, Any] = field(default_factory=dict)
    chat: Chat | None = None
    extra_body: Mapping[str, Any] = field(default_factory=dict)
    _kept: dict[bool, tuple[Any, Any]] = field(default_factory=dict)

    @cached_property
    def is_elsewhere(self) -> bool:
        """Whether a provider is asked."""
        from ..tasks.providers import provider_of

        return provider_of(self.given) is not None

    @property
    def is_own(self) -> bool:
        """Whether the provider is isoglot itself, which loads the model here."""
        from ..providers.own import OWN

        return self.given.startswith(OWN)

    @property
    def name(self) -> str:
        """A folder, a file, a name on the hub, or what a provider calls it."""
        from ..tasks.providers import hub_name

        return hub_name(self.given)

    def evaluate(self, assignment: Assignment, folder: Path, show: Show, about: About) -> Evaluation | None:
        """Answers and verdicts; None for a shard while others are not done."""
        if self.is_elsewhere:
            self._refuse_template()
            from ..tasks.connection import Connection
            from ..tasks.run import evaluate_provider

            args: dict[str, Any] = {"connection": Connection(**self.connection), "show": show, "about": about}
            if self.is_own:
                args |= {
                    "dtype": self.dtype,
                    "batch_size": self.batch_size,
                    "trust_remote_code": self.trust_remote_code,
                }
            return evaluate_provider(self.given, assignment, folder, **args)
        from ..evaluate.evaluation import run_evaluation

        loaded, size = self.loaded(show, folder=folder), self.batch_size
        return run_evaluation(*loaded, assignment, folder, batch_size=size, name=self.name, show=show, about=about)

    def preview(self, assignment: Assignment, folder: Path, show: Show, about: About) -> dict[str, Any]:
        """What would be done."""
        from ..evaluate.preview import preview
        from ..evaluate.responses import Generator
        from .again import check_card

        if self.is_elsewhere:
            from ..extras import need

            need("inspect", f"the model {self.given!r}")
            self._refuse_template()
            check_card(about, self.name, assignment)
            return preview(assignment, folder)
        shape = self.loaded(show, weights=False, folder=folder)
        check_card(about, self.name, assignment, *shape)
        most = assignment.decoding.max_new_tokens
        return preview(assignment, folder, Generator(*shape, max_new_tokens=most, batch_size=self.batch_size))

    def _refuse_template(self) -> None:
        """What is said of the chat template of a model that a server runs would not reach it."""
        if self.chat is not None and (self.chat.arguments or self.chat.system or self.chat.day):
            step = "Set it where the model is served"
            raise ConfigError(problem("the chat template's options", "a model that is loaded here", self.given, step))

    def check(self) -> None:
        """Refuses fields of a request, which would not reach a model that is loaded here."""
        if self.extra_body and (not self.is_elsewhere or self.is_own):
            raise ConfigError(problem("--extra-body", "a model that a server runs", self.given, "Leave it out"))

    def another(self, given: str) -> Model:
        """Another one, asked in the same way."""
        return replace(self, given=given, _kept={})

    def for_calls(self) -> dict[str, Any]:
        """How a provider is asked outside of an evaluation by inspect_ai.

        Raises:
            ConfigError: for an address that holds a password, and for options of the chat template.
        """
        from ..tasks.connection import Connection

        self._refuse_template()
        how = Connection(**self.connection)
        found: dict[str, Any] = {"base_url": how.base_url, "attempts": how.max_retries + 1, "timeout": how.timeout}
        found["extra_body"] = self.extra_body
        return found | ({"concurrency": how.max_connections} if how.max_connections else {})

    def loaded(self, show: Show, *, weights: bool = True, folder: Path | None = None) -> tuple[Any, Any]:
        """The model and its tokenizer, loaded once.

        Args:
            show: told what is done.
            weights: whether with its weights.
            folder: of the evaluation, which goes on on the day on which it was begun.

        """
        from ..evaluate.template import on_its_day, quantization_of_run
        from ..models.load import load

        if weights not in self._kept:
            show.begin("Loading the model")
            options: dict[str, Any] = {"dtype": self.dtype, "trust_remote_code": self.trust_remote_code}
            options["chat"] = self.chat if folder is None or self.chat is None else on_its_day(self.chat, folder)
            few_bits = quantization_of_run(Path(self.name))
            self._kept[weights] = load(self.name, weights=weights, quantization=few_bits, **options)
        return self._kept[weights]


def names_of(text: str | None) -> list[str]:
    """The names in a text with commas."""
    return [name.strip() for name in (text or "").split(",") if name.strip()]


def columns_of(text: str | None) -> dict[str, str] | None:
    """What ``--columns`` says: language, ``id``, ``kind`` ... -> name of the column; None if it was not given.

    Raises:
        ConfigError: for what is not of the form ``en=prompt,zh=prompt_zh``, or says one thing twice.
    """
    if text is None:
        return None
    pairs = [part.partition("=") for part in text.split(",")]
    found = {what.strip(): name.strip() for what, _, name in pairs}
    if len(found) < len(pairs) or not all(what.strip() and name.strip() for what, _, name in pairs):
        raise ConfigError(problem("--columns", "pairs such as en=prompt,zh=prompt_zh, each once", short(text)))
    return found
