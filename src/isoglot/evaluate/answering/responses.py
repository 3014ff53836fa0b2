"""Generates responses: in batches, every one on disk before the next batch."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ...amounts import whole_problems
from ...errors import ConfigError, problem, raise_all
from ...groups import Prompt, PromptGroup, prompt_text
from ...groups.borderline import category_of
from ...models.chat import encode
from ...models.ends import end_tokens
from ...reasoning import is_marked, opens, parts
from ...runs import Response
from .cells import Cell
from .decoding import Decoding
from .sampling import Draw, GumbelNoise

_TAIL = 16  # tokens of a prompt's end, in which a mark would stand


class Answer(NamedTuple):
    """What a model said to one prompt.

    Attributes:
        text: without special tokens.
        reasoning: what was thought before it.
        finish: ``"stop"`` or ``"length"``.
        prompt_cut: whether the prompt's beginning was left out.
        prompt_tokens: how long the prompt was.
        tokens: how long all that was made is, the end token not counted.
    """

    text: str
    reasoning: str
    finish: str
    prompt_cut: bool
    prompt_tokens: int
    tokens: int


class Generator:
    """Generation with a Hugging Face model: greedy, or at a temperature.

    Args:
        model: a causal language model.
        tokenizer: its tokenizer.
        max_new_tokens: longest answer.
        batch_size: prompts at a time.
        temperature: 0 takes the likeliest token always.
        seed: of the draws.

    Raises:
        ConfigError: if ``max_new_tokens`` leaves no room for a prompt, or a number is out of its range.
        ModelError: if the model's end tokens are none.
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        *,
        max_new_tokens: int = 256,
        batch_size: int = 16,
        temperature: float = 0.0,
        seed: int = 0,
    ) -> None:
        from ...models.decoder import most_positions  # which imports torch; judging does not need it
        from ...models.soft_prompts import moved_by_padding

        self.model, self.tokenizer = model, tokenizer
        self.max_new_tokens, self.batch_size = max_new_tokens, batch_size
        self._decoding = Decoding(max_new_tokens, temperature, seed=seed)
        context = most_positions(model)
        problems = []
        if context and max_new_tokens >= context:
            most = f"1 to {context - 1}, so that a prompt fits the context"
            step = f"Give --max-new-tokens {context // 2}, or a model with a longer context"
            problems.append(problem("max_new_tokens", most, max_new_tokens, step))
        problems += whole_problems("batch_size", batch_size, 1)
        raise_all(problems, ConfigError)
        self.max_length = context - max_new_tokens if context else None  # of a prompt
        self.end = end_tokens(model, tokenizer)
        pad = tokenizer.pad_token_id
        self.pad = pad if pad is not None else min(self.end, default=0)
        self._unpadded = moved_by_padding(model)
        self._special = re.compile("|".join(map(re.escape, tokenizer.all_special_tokens)) or r"(?!)")

    def __call__(self, cells: Sequence[Cell | tuple[PromptGroup, str]]) -> Iterator[list[Response]]:
        """Yields the responses batch by batch, prompts of like length together."""
        wanted = [Cell(*cell) for cell in cells]
        rows = [self._encode(cell.prompt) for cell in wanted]
        for places in self._batches([len(ids) for ids, _ in rows]):
            batch = [wanted[place] for place in places]
            draws = [Draw(self._decoding.temperature, self._decoding.seed_of(cell.key)) for cell in batch]
            answers = self._batch([rows[place] for place in places], draws)
            yield [
                response_of(cell, answer.text, answer.finish, prompt_cut=answer.prompt_cut, reasoning=answer.reasoning)
                for cell, answer in zip(batch, answers, strict=True)
            ]

    def answer(self, prompts: Sequence[Prompt], draws: Sequence[Draw]) -> list[Answer]:
        """Answers to some prompts, in one batch.

        Args:
            prompts: texts or chat messages.
            draws: how each is answered.
        """
        return self._batch([self._encode(prompt) for prompt in prompts], draws)

    def _batches(self, lengths: Sequence[int]) -> Iterator[list[int]]:
        """Places of prompts that are asked together: of like length, or of the same where padding would be seen."""
        order = sorted(range(len(lengths)), key=lambda place: (lengths[place], place))
        alike = (
            [list(group) for _, group in itertools.groupby(order, lengths.__getitem__)] if self._unpadded else [order]
        )
        for places in alike:
            yield from (places[start : start + self.batch_size] for start in range(0, len(places), self.batch_size))

    def _encode(self, prompt: Prompt) -> tuple[list[int], bool]:
        """The prompt's token ids, and whether its beginning had to be left out."""
        ids = encode(self.tokenizer, prompt)
        if self.max_length is None or len(ids) <= self.max_length:
            return ids, False
        return encode(self.tokenizer, prompt, max_length=self.max_length), True

    def _batch(self, rows: Sequence[tuple[list[int], bool]], draws: Sequence[Draw]) -> list[Answer]:
        answers = []
        for (ids, cut), made in zip(rows, self._answers([ids for ids, _ in rows], draws), strict=True):
            stop = next((place for place, token in enumerate(made) if token in self.end), None)
            reasoning, text = self._read(ids, made[:stop])
            finish = "length" if stop is None else "stop"
            answers.append(Answer(text, reasoning, finish, cut, len(ids), len(made[:stop])))
        return answers

    def _read(self, prompt: Sequence[int], made: Sequence[int]) -> tuple[str, str]:
        """Reasoning and answer of what was made after a prompt; some mark the one by special tokens."""
        opened = opens(self.tokenizer.decode(prompt[-_TAIL:]))
        whole = self.tokenizer.decode(made)
        if not opened and not is_marked(whole):
            return "", self.tokenizer.decode(made, skip_special_tokens=True)
        reasoning, answer = (self._special.sub("", part).strip() for part in parts(whole, opened=opened))
        return reasoning, answer

    def _answers(self, rows: Sequence[list[int]], draws: Sequence[Draw]) -> list[list[int]]:
        """The new tokens after each row; rows that ended early are filled up."""
        import torch

        from ...models.finite import refuse_not_finite
        from ...models.modes import evaluating

        longest = max(map(len, rows))
        device = next(self.model.parameters()).device
        ids = torch.tensor([[self.pad] * (longest - len(row)) + row for row in rows], device=device)
        mask = torch.tensor([[0] * (longest - len(row)) + [1] * len(row) for row in rows], device=device)
        noise = [GumbelNoise(draws)] if any(draw.temperature > 0 for draw in draws) else []
        with evaluating(self.model), torch.inference_mode():
            output = self.model.generate(
                input_ids=ids,
                attention_mask=mask,
                generation_config=self._greedy(),
                logits_processor=[refuse_not_finite, *noise],
            )
        made: list[list[int]] = output[:, longest:].tolist()
        return made

    def _greedy(self) -> Any:
        """Plain greedy decoding: what the model's own generation settings would change is said to be off."""
        from transformers import GenerationConfig

        return GenerationConfig(
            do_sample=False,
            num_beams=1,
            temperature=1.0,
            top_p=1.0,
            top_k=50,  # transformers' default, which nothing reads without draws; of another one it warns
            repetition_penalty=1.0,
            no_repeat_ngram_size=0,
            min_length=0,
            max_new_tokens=self.max_new_tokens,
            pad_token_id=self.pad,
            eos_token_id=sorted(self.end) or None,
        )


def response_of(cell: Cell, text: str, finish: str, *, prompt_cut: bool = False, reasoning: str = "") -> Response:
    """The record of an answer to a cell.

    Args:
        cell: which answer it is.
        text: the answer.
        finish: why it ended.
        prompt_cut: whether the prompt's beginning was left out.
        reasoning: what was thought before it.
    """
    group, prompt = cell.group, cell.prompt
    history = () if isinstance(prompt, str) else tuple(prompt[:-1])
    return Response(
        group.id,
        cell.language,
        group.kind,
        group.pivot,
        prompt_text(prompt),
        text,
        finish,
        prompt_cut,
        cell.sample,
        category_of(group),
        history,
        reasoning,
    )
