"""Generates responses: greedy, in batches, every one on disk before the next batch."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..errors import RunError, problem
from ..groups import PromptGroup, prompt_text
from ..groups.tokenization import encode

FILE_NAME = "responses.jsonl"


@dataclass(frozen=True)
class Response:
    """A model's answer to one cell.

    Attributes:
        group: the prompt group's id.
        language: the prompt's.
        kind: the prompt's (``harmful``, ``harmless`` or None).
        pivot: the group's pivot.
        prompt: the prompt's text.
        response: the answer, without special tokens.
        finish: why it ended: ``"stop"`` (the model ended it) or ``"length"``.
    """

    group: str
    language: str
    kind: str | None
    pivot: str
    prompt: str
    response: str
    finish: str

    @property
    def key(self) -> tuple[str, str]:
        return self.group, self.language


def read_responses(path: Path) -> list[Response]:
    """The responses of a file; a last line that a kill left half-written is ignored."""
    found = []
    lines = path.read_text(encoding="utf-8").split("\n")
    for number, line in enumerate(lines, start=1):
        if not line:
            continue
        try:
            found.append(Response(**json.loads(line)))
        except (json.JSONDecodeError, TypeError):
            if number == len(lines):
                break
            raise RunError(
                problem(f"{path}, line {number}", "a response", "something else", "Remove the file to start again")
            ) from None
    return found


class Generator:
    """Greedy generation with a Hugging Face model.

    Args:
        model: a causal language model.
        tokenizer: its tokenizer.
        max_new_tokens: longest answer.
        batch_size: prompts at a time.
    """

    def __init__(self, model: Any, tokenizer: Any, *, max_new_tokens: int = 256, batch_size: int = 16) -> None:
        self.model, self.tokenizer = model, tokenizer
        self.max_new_tokens, self.batch_size = max_new_tokens, batch_size
        # What the prompt leaves of the model's context; the middle of longer prompts is cut out.
        context = getattr(model.config.get_text_config(), "max_position_embeddings", None)
        self.max_length = max(1, context - max_new_tokens) if context else None
        end = model.generation_config.eos_token_id
        end = end if end is not None else tokenizer.eos_token_id
        self.end = set(end if isinstance(end, list) else [end])

    def __call__(self, cells: Sequence[tuple[PromptGroup, str]]) -> Iterator[list[Response]]:
        """Yields the responses batch by batch, prompts of like length together."""
        rows = [encode(self.tokenizer, group.prompts[tag], max_length=self.max_length) for group, tag in cells]
        order = sorted(range(len(rows)), key=lambda place: (len(rows[place]), place))
        for start in range(0, len(order), self.batch_size):
            places = order[start : start + self.batch_size]
            yield self._batch([cells[place] for place in places], [rows[place] for place in places])

    def _batch(self, cells: Sequence[tuple[PromptGroup, str]], rows: Sequence[list[int]]) -> list[Response]:
        import torch

        longest = max(len(row) for row in rows)
        pad = self.tokenizer.pad_token_id
        pad = pad if pad is not None else next(iter(self.end), 0) or 0
        device = next(self.model.parameters()).device
        ids = torch.tensor([[pad] * (longest - len(row)) + row for row in rows], device=device)
        mask = torch.tensor([[0] * (longest - len(row)) + [1] * len(row) for row in rows], device=device)
        self.model.eval()
        with torch.inference_mode():
            output = self.model.generate(
                input_ids=ids,
                attention_mask=mask,
                do_sample=False,
                num_beams=1,
                temperature=None,
                top_p=None,
                top_k=None,
                max_new_tokens=self.max_new_tokens,
                pad_token_id=pad,
            )
        responses = []
        for (group, tag), answer in zip(cells, output[:, longest:].tolist(), strict=True):
            stop = next((place for place, token in enumerate(answer) if token in self.end), None)
            text = self.tokenizer.decode(answer[:stop], skip_special_tokens=True)
            finish = "length" if stop is None else "stop"
            prompt = prompt_text(group.prompts[tag])
            responses.append(Response(group.id, tag, group.kind, group.pivot, prompt, text, finish))
        return responses


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
    done = {response.key: response for response in read_responses(path)} if path.exists() else {}
    missing = [(group, tag) for group, tag in cells if (group.id, tag) not in done]
    tell = progress or (lambda *_: None)
    tell(len(cells) - len(missing), len(cells))
    if path.exists() and missing:  # drop what a kill left half-written
        _rewrite(path, done.values())
    path.parent.mkdir(parents=True, exist_ok=True)
    answered = len(cells) - len(missing)
    with open(path, "a", encoding="utf-8") as file:
        for batch in generator(missing):
            file.writelines(_line(response) for response in batch)
            file.flush()
            done |= {response.key: response for response in batch}
            answered += len(batch)
            tell(answered, len(cells))
    ordered = [done[group.id, tag] for group, tag in cells]
    _rewrite(path, ordered)
    return ordered


def _line(response: Response) -> str:
    return json.dumps(asdict(response), ensure_ascii=False) + "\n"


def _rewrite(path: Path, responses: Iterable[Response]) -> None:
    from ..files import write_text

    write_text(path, "".join(map(_line, responses)))
