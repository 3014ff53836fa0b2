"""Who answers the prompts of ``isoglot evaluate``: a model that is loaded here, or one that is asked elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError, problem

if TYPE_CHECKING:
    from ..evaluate.answering.cells import Assignment
    from ..evaluate.judging.one_judge import Evaluation
    from ..evaluate.protocol.card import About
    from ..judges import RuleJudge
    from ..models.template import Chat
    from ..progress import Show


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
        from ..tasks.model_names import provider_of

        return provider_of(self.given) is not None

    @property
    def is_own(self) -> bool:
        """Whether the provider is isoglot itself, which loads the model here."""
        from ..providers.own import OWN

        return self.given.startswith(OWN)

    @property
    def name(self) -> str:
        """A folder, a file, a name on the hub, or what a provider calls it."""
        from ..tasks.model_names import hub_name

        return hub_name(self.given)

    def evaluate(
        self, assignment: Assignment, folder: Path, show: Show, about: About, judge: RuleJudge | None
    ) -> Evaluation | None:
        """Answers and verdicts, of the rules where no judge is given; None for a shard while others are not done."""
        told: dict[str, Any] = {"judge": judge, "show": show, "about": about}
        if self.is_elsewhere:
            self._refuse_template()
            from ..tasks.connection import Connection
            from ..tasks.run import evaluate_provider

            args: dict[str, Any] = {"connection": Connection(**self.connection), **told}
            if self.is_own:
                args |= {
                    "dtype": self.dtype,
                    "batch_size": self.batch_size,
                    "trust_remote_code": self.trust_remote_code,
                }
            return evaluate_provider(self.given, assignment, folder, **args)
        from ..evaluate.evaluation import run_evaluation

        loaded, size = self.loaded(show, folder=folder), self.batch_size
        return run_evaluation(*loaded, assignment, folder, batch_size=size, name=self.name, **told)

    def preview(self, assignment: Assignment, folder: Path, show: Show, about: About) -> dict[str, Any]:
        """What would be done."""
        from ..evaluate.answering.responses import Generator
        from ..evaluate.preview import preview
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

    def refuse_unreachable(self) -> None:
        """Refuses a provider's model that lacks what it is called with, as its key; nothing is asked or loaded."""
        from ..tasks.model_names import KNOWN, LOADED_HERE, provider_of

        if provider_of(self.given) not in KNOWN - LOADED_HERE:  # of a provider that is not known nothing is known
            return
        from ..extras import need

        need("inspect", f"the model {self.given!r}")
        from ..tasks.connection import Connection, connected

        connected(self.given, Connection(**self.connection), {})

    def refuse_elsewhere(self) -> None:
        """Refuses a model of a provider, of which nothing but its answers can be seen."""
        if self.is_elsewhere and not self.is_own:
            step = "Name its folder, or its name on the hub"
            raise ConfigError(
                problem("model", "a model that is loaded here, whose states can be seen", self.given, step)
            )

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
        from ..evaluate.answering.template import on_its_day, quantization_of_run
        from ..models.load import load

        if weights not in self._kept:
            show.begin("Loading the model")
            options: dict[str, Any] = {"dtype": self.dtype, "trust_remote_code": self.trust_remote_code}
            options["chat"] = self.chat if folder is None or self.chat is None else on_its_day(self.chat, folder)
            few_bits = quantization_of_run(Path(self.name))
            self._kept[weights] = load(self.name, weights=weights, quantization=few_bits, **options)
        return self._kept[weights]
