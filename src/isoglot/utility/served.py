"""A model that a server runs, as lm-eval takes it: asked the way judges are asked, its answers kept as they come."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..errors import ConfigError, problem
from ..progress import Show
from ..providers import Provider
from ..providers.own import OF_PROVIDER
from .answer import Answer
from .asking import Question, answers
from .kept import Kept
from .loaded import without_thought
from .quiet import aloud

_LONGEST = 256  # tokens of an answer, where a task does not say, as in lm-eval
_GREEDY = ("top_p", "top_k", "min_p")  # which change nothing without draws


class ServedModel:
    """A model of a provider, as inspect_ai names it: ``openai-api/local/NAME``.

    It writes answers only: no such server says how likely a given text is after a conversation.

    Args:
        spec: of the model.
        template: whether texts are sent as conversations, which the server writes with the model's chat template; False
            sends them as they are, to ``/v1/completions``. None: as conversations.
        connection: of :class:`~isoglot.providers.Provider`: ``base_url``, ``concurrency``, ``attempts``, ``timeout``,
            ``extra_body``.

    Raises:
        ConfigError: for a provider that is none, or that takes no plain texts.
        MissingLibraryError: without the libraries of the extra ``inspect``.
    """

    compares = False

    def __init__(self, spec: str, *, template: bool | None = None, **connection: Any) -> None:
        self.through_template = template is not False
        self._provider: Provider = Provider(spec, raw=not self.through_template, **connection)
        self.name = self._provider.spec

    def facts(self) -> dict[str, Any]:
        """Its name, and further fields of requests; nobody can say which weights answer, nor with which template."""
        used = "the server's" if self.through_template else False
        which = {"model": self.name, "model_hash": f"{OF_PROVIDER}{self.name}", "chat_template": used}
        return which | ({"extra_body": self._provider.extra_body} if self._provider.extra_body else {})

    def for_task(self, kept: Path, show: Show) -> Any:
        """The model as lm-eval takes it."""
        from lm_eval.api.model import LM

        provider = self._provider

        class Asked(LM):  # type: ignore[misc]
            """Asks the server, where a task wants answers."""

            tokenizer_name = ""  # part of the name of a cache that is not used

            def apply_chat_template(self, chat_history: Any, add_generation_prompt: bool = True) -> str:
                if not add_generation_prompt:
                    expected, got = "a task that leaves the whole answer to the model", "one that begins it"
                    raise ConfigError(problem(provider.spec, expected, got, "Give --utility-template off"))
                return json.dumps(chat_history)

            def loglikelihood(self, requests: Any) -> Any:  # noqa: ARG002 - lm-eval's names
                got = "one that compares how likely given texts are"
                raise ConfigError(problem(provider.spec, "a task with written answers", got))

            loglikelihood_rolling = loglikelihood

            def generate_until(self, requests: Any) -> list[Answer]:
                questions = [_question(*one.args) for one in requests]
                with aloud():
                    found = answers(provider, questions, Kept(kept), show)
                return [
                    Answer(asked.cut(without_thought("", answer)), answer.finish)
                    for asked, answer in zip(questions, found, strict=True)
                ]

        return Asked()


def _question(text: str, how: dict[str, Any]) -> Question:
    """What lm-eval asks, in a provider's words.

    Raises:
        ConfigError: for sampling settings that a provider is not given.
    """
    from lm_eval.models.utils import normalize_gen_kwargs

    known = dict(normalize_gen_kwargs(how, _LONGEST))
    stops = [stop for stop in known.pop("until") if stop]
    tokens, temperature = known.pop("max_gen_toks"), known.pop("temperature", 0.0)
    drawn = known.pop("do_sample")
    if rest := [name for name in known if drawn or name not in _GREEDY]:
        expected = "until, max_gen_toks, do_sample and temperature"
        raise ConfigError(problem("generation_kwargs of a task on a server", expected, ", ".join(rest)))
    return Question(text, tokens, temperature if drawn else 0.0, tuple(stops))
