"""A model that is loaded here, as lm-eval takes it: asked with its chat template, as its prompts are elsewhere."""

from __future__ import annotations

import hashlib
from functools import cached_property
from pathlib import Path
from typing import Any

from ..errors import ConfigError, problem
from ..models.chat import rendered
from ..models.template import facts, original, written
from ..progress import Show
from ..reasoning import opens, split
from .quiet import aloud, quiet


class LoadedModel:
    """A loaded model; what lm-eval wants of it is made when a task is run.

    Args:
        model: a causal language model.
        tokenizer: its tokenizer.
        name: for the record.
        batch_size: of lm-eval.
        template: whether texts go through the chat template; None: where there is one.

    Raises:
        ConfigError: for a template that is not there.
    """

    compares = True

    def __init__(
        self, model: Any, tokenizer: Any, *, name: str = "", batch_size: int = 16, template: bool | None = None
    ) -> None:
        there = bool(getattr(tokenizer, "chat_template", None))
        if template and not there:
            step = "Leave --utility-template out: none is used then"
            raise ConfigError(problem("--utility-template", "a model with a chat template", "one without", step))
        self.name, self.through_template = name, there if template is None else template
        self._tokenizer = written(tokenizer) if there else tokenizer  # system messages go where the template takes them
        self._model, self._batch_size = model, batch_size

    def facts(self) -> dict[str, Any]:
        """Its name, a hash of its weights, and the chat template: a hash of it and what it is given."""
        from ..models.fingerprint import model_hash  # which imports torch

        digest = hashlib.sha256(str(original(self._tokenizer)).encode()).hexdigest()[:16]
        used = {"hash": digest, **facts(self._tokenizer)} if self.through_template else False
        return {"model": self.name, "model_hash": model_hash(self._model), "chat_template": used}

    def for_task(self, kept: Path, show: Show) -> Any:  # noqa: ARG002 - what is lost is computed again
        """The model as lm-eval takes it."""
        with quiet():
            lm = self._of_harness
        lm.set_cache_hook(_Counted(show))
        return lm

    @cached_property
    def _of_harness(self) -> Any:
        from lm_eval.models.huggingface import HFLM

        class Asked(HFLM):  # type: ignore[misc]
            """Writes conversations as the rest of isoglot does, and leaves reasoning out of answers."""

            def apply_chat_template(self, chat_history: Any, add_generation_prompt: bool = True) -> str:
                if add_generation_prompt:
                    return rendered(self.tokenizer, chat_history)
                *before, last = chat_history  # whose text is how the answer begins
                return rendered(self.tokenizer, before) + str(last["content"])

            def loglikelihood(self, requests: Any, disable_tqdm: bool = False) -> Any:
                self.cache_hook.begin(len(requests))
                return super().loglikelihood(requests, disable_tqdm)

            def loglikelihood_rolling(self, requests: Any, disable_tqdm: bool = False) -> Any:
                self.cache_hook.begin(len(requests))
                return super().loglikelihood_rolling(requests, disable_tqdm)

            def generate_until(self, requests: Any, disable_tqdm: bool = False) -> list[str]:
                self.cache_hook.begin(len(requests))
                made = super().generate_until(requests, disable_tqdm)
                return [without_thought(one.args[0], text) for one, text in zip(requests, made, strict=True)]

        # A chat template writes the special tokens itself; else the tokenizer puts its own around a text.
        special = False if self.through_template else None
        return Asked(
            pretrained=self._model, tokenizer=self._tokenizer, batch_size=self._batch_size, add_bos_token=special
        )


class _Counted:
    """In place of lm-eval's cache, which is told of every answer: shows how many there are.

    Args:
        show: where.
    """

    def __init__(self, show: Show) -> None:
        self._show, self._done, self._total = show, 0, 0

    def begin(self, total: int) -> None:
        """So many requests come."""
        self._done, self._total = 0, total
        self._tell()

    def add_partial(self, *_: Any) -> None:
        """One of them is answered."""
        self._done += 1
        self._tell()

    def _tell(self) -> None:
        with aloud():
            self._show.advance(self._done, self._total)


def without_thought(prompt: str, answer: str) -> str:
    """An answer without the reasoning before it.

    Args:
        prompt: which may end within a thought.
        answer: as the model wrote it.
    """
    return split(answer, opened=opens(prompt)).answer
