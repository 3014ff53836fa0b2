"""Generates responses: greedy, in batches, every one on disk before the next batch."""

from __future__ import annotations

import itertools
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter
from pathlib import Path
from typing import Any

from ..errors import ConfigError, ModelError, problem, raise_all
from ..files import write_text
from ..groups import Prompt, PromptGroup, prompt_text
from ..groups.borderline import category_of
from ..models.chat import encode
from ..models.ends import end_tokens
from ..reasoning import is_marked, opens, parts
from ..runs import Response, first_of_each, read_responses

Cell = tuple[PromptGroup, str]
_TAIL = 16  # tokens of a prompt's end, in which a mark would stand


class Generator:
    """Greedy generation with a Hugging Face model.

    Args:
        model: a causal language model.
        tokenizer: its tokenizer.
        max_new_tokens: longest answer.
        batch_size: prompts at a time.

    Raises:
        ConfigError: if ``max_new_tokens`` leaves no room for a prompt, or either number is less than 1.
        ModelError: if the model's end tokens are none.
    """

    def __init__(self, model: Any, tokenizer: Any, *, max_new_tokens: int = 256, batch_size: int = 16) -> None:
        from ..models.decoder import most_positions  # which imports torch; judging does not need it
        from ..models.soft_prompts import moved_by_padding

        self.model, self.tokenizer = model, tokenizer
        self.max_new_tokens, self.batch_size = max_new_tokens, batch_size
        context = most_positions(model)
        problems = []
        if max_new_tokens < 1 or (context and max_new_tokens >= context):
            most = f"1 to {context - 1}, so that a prompt fits the context" if context else "at least 1"
            problems.append(problem("max_new_tokens", most, max_new_tokens))
        if batch_size < 1:
            problems.append(problem("batch_size", "at least 1", batch_size))
        raise_all(problems, ConfigError)
        self.max_length = context - max_new_tokens if context else None  # of a prompt
        self.end = end_tokens(model, tokenizer)
        pad = tokenizer.pad_token_id
        self.pad = pad if pad is not None else min(self.end, default=0)
        self._unpadded = moved_by_padding(model)
        self._special = re.compile("|".join(map(re.escape, tokenizer.all_special_tokens)) or r"(?!)")

    def __call__(self, cells: Sequence[Cell]) -> Iterator[list[Response]]:
        """Yields the responses batch by batch, prompts of like length together."""
        rows = [self._encode(group.prompts[tag]) for group, tag in cells]
        for places in self._batches([len(ids) for ids, _ in rows]):
            yield self._batch([cells[place] for place in places], [rows[place] for place in places])

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

    def _batch(self, cells: Sequence[Cell], rows: Sequence[tuple[list[int], bool]]) -> list[Response]:
        responses = []
        for (group, tag), (ids, cut), made in zip(cells, rows, self._answers([ids for ids, _ in rows]), strict=True):
            stop = next((place for place, token in enumerate(made) if token in self.end), None)
            reasoning, answer = self._read(ids, made[:stop])
            finish = "length" if stop is None else "stop"
            responses.append(response_of(group, tag, answer, finish, prompt_cut=cut, reasoning=reasoning))
        return responses

    def _read(self, prompt: Sequence[int], made: Sequence[int]) -> tuple[str, str]:
        """Reasoning and answer of what was made after a prompt; some mark the one by special tokens."""
        opened = opens(self.tokenizer.decode(prompt[-_TAIL:]))
        whole = self.tokenizer.decode(made)
        if not opened and not is_marked(whole):
            return "", self.tokenizer.decode(made, skip_special_tokens=True)
        reasoning, answer = (self._special.sub("", part).strip() for part in parts(whole, opened=opened))
        return reasoning, answer

    def _answers(self, rows: Sequence[list[int]]) -> list[list[int]]:
        """The new tokens after each row; rows that ended early are filled up."""
        import torch

        from ..models.modes import evaluating

        longest = max(map(len, rows))
        device = next(self.model.parameters()).device
        ids = torch.tensor([[self.pad] * (longest - len(row)) + row for row in rows], device=device)
        mask = torch.tensor([[0] * (longest - len(row)) + [1] * len(row) for row in rows], device=device)
        with evaluating(self.model), torch.inference_mode():
            output = self.model.generate(
                input_ids=ids,
                attention_mask=mask,
                generation_config=self._greedy(),
                logits_processor=[_refuse_not_finite],
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
            top_k=0,
            repetition_penalty=1.0,
            no_repeat_ngram_size=0,
            min_length=0,
            max_new_tokens=self.max_new_tokens,
            pad_token_id=self.pad,
            eos_token_id=sorted(self.end) or None,
        )


def response_of(
    group: PromptGroup,
    tag: str,
    text: str,
    finish: str,
    *,
    prompt_cut: bool = False,
    sample: int = 0,
    reasoning: str = "",
) -> Response:
    """The record of an answer to a cell.

    Args:
        group: the prompt group.
        tag: the cell's language.
        text: the answer.
        finish: why it ended.
        prompt_cut: whether the prompt's beginning was left out.
        sample: number of the answer among several.
        reasoning: what was thought before it.
    """
    prompt = group.prompts[tag]
    history = () if isinstance(prompt, str) else tuple(prompt[:-1])
    return Response(
        group.id,
        tag,
        group.kind,
        group.pivot,
        prompt_text(prompt),
        text,
        finish,
        prompt_cut,
        sample,
        category_of(group),
        history,
        reasoning,
    )


def _refuse_not_finite(_ids: Any, scores: Any) -> Any:
    """Logits as they are, if they are numbers: of others greedy decoding makes an answer all the same.

    Minus infinity stays: that is how some models leave tokens out.

    Raises:
        ModelError: for logits that are not.
    """
    if bool((scores.isnan() | scores.isposinf()).any()):
        step = "If its weights are fine, they overflow in this dtype: try --dtype float32"
        raise ModelError(problem("model", "finite logits", "infinity or not a number", step))
    return scores


def generate_responses(
    generator: Generator,
    groups: Iterable[PromptGroup],
    path: Path,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> list[Response]:
    """Responses to every cell of the groups, in the groups' order.

    Each batch is appended to ``path`` as it comes; cells that the file answers already are not generated again.

    Args:
        generator: makes them.
        groups: the prompts.
        path: ``responses.jsonl``.
        progress: called with the number of cells done and of all.
    """
    cells = [(group, tag) for group in groups for tag in group.prompts]
    done = {response.key: response for response in stored_responses(path)} if path.exists() else {}
    missing = [(group, tag) for group, tag in cells if (group.id, tag, 0) not in done]
    tell = progress or (lambda *_: None)
    tell(len(cells) - len(missing), len(cells))
    if path.exists() and missing:  # drop what a kill left half-written
        _rewrite(path, done.values())
    path.parent.mkdir(parents=True, exist_ok=True)
    answered = len(cells) - len(missing)
    with open(path, "a", encoding="utf-8") as file:
        for batch in generator(missing):
            file.writelines(response.line() for response in batch)
            file.flush()
            done |= {response.key: response for response in batch}
            answered += len(batch)
            tell(answered, len(cells))
    ordered = [done[group.id, tag, 0] for group, tag in cells]
    _rewrite(path, ordered)
    return ordered


def stored_responses(path: Path) -> Iterator[Response]:
    """The responses of a file, one at a time; of several to one prompt the first, with a warning of the others."""

    def warn(count: int) -> None:
        step = "The first to each counts"
        warnings.warn(problem(str(path), "one response to each prompt", f"{count} more", step), stacklevel=3)

    return first_of_each(read_responses(path), attrgetter("key"), warn)


def _rewrite(path: Path, responses: Iterable[Response]) -> None:
    write_text(path, "".join(response.line() for response in responses))
