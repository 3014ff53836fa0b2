"""Loss on text that no training has seen: English answers, and harmless prompts in every language as plain text.

What a model knew of a language and has lost shows here, whatever its answers look like.
"""

from __future__ import annotations

import gc
import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from data import PIVOT

LOSSES, ANSWERS = "losses.json", "answers"  # a cell's file, and its entry for English answers
ROWS = 16  # texts at a time

Tokens = tuple[list[int], int]  # of a text, and the first that is counted


def measure_losses(sweep: Path, data: Path, model: Mapping[str, Any]) -> None:
    """Writes ``losses.json`` into every finished cell that has weights and none yet, and deletes the weights.

    Args:
        sweep: output folder of a sweep that has kept its models.
        data: folder with ``test.jsonl`` and ``held-out.jsonl``.
        model: the run file's section, for the cell of the model before training.
    """
    from isoglot.evaluate import load
    from isoglot.files import write_json

    for file in sorted(sweep.glob("cells/**/cell.json")):
        folder, base = file.parent, file.parent.name.startswith("base-")
        weights = list(folder.glob("*.safetensors"))
        if not (folder / LOSSES).exists() and (weights or base):
            print(f"losses: {folder.relative_to(sweep)}", file=sys.stderr)
            path = str(model["path"]) if base else str(folder)
            loaded, tokenizer = load(path, dtype=str(model["dtype"]))
            texts = held_out(data, tokenizer)
            write_json(folder / LOSSES, {name: round(mean_loss(loaded, of), 5) for name, of in texts.items()})
            del loaded
            gc.collect()
        for weight in weights:
            weight.unlink()


def held_out(data: Path, tokenizer: Any) -> dict[str, list[Tokens]]:
    """``answers`` -> answered English instructions, of which the answer counts; each language -> harmless prompts."""
    from isoglot.groups.tokenization import encode

    found: dict[str, list[Tokens]] = {ANSWERS: []}
    for row in _rows(data / "held-out.jsonl"):
        prompt = encode(tokenizer, row["prompt"])
        answer = tokenizer(row["completion"], add_special_tokens=False)["input_ids"]
        found[ANSWERS].append(([*prompt, *answer], len(prompt)))
    for group in (row for row in _rows(data / "test.jsonl") if row["kind"] == "harmless"):
        for tag, prompt in group["prompts"].items():
            found.setdefault(tag, []).append((tokenizer(prompt)["input_ids"], 1))
    assert PIVOT in found, "no English prompts"
    return found


@torch.no_grad()
def mean_loss(model: Any, texts: Sequence[Tokens]) -> float:
    """Cross-entropy in nats a token, over the tokens of all texts that count."""
    device, total, count = next(model.parameters()).device, 0.0, 0
    model.eval()
    ordered = sorted(texts, key=lambda text: len(text[0]))
    for start in range(0, len(ordered), ROWS):
        rows = ordered[start : start + ROWS]
        longest = max(len(ids) for ids, _ in rows)
        ids = torch.tensor([[*ids, *[0] * (longest - len(ids))] for ids, _ in rows], device=device)
        there = torch.tensor([[first <= n < len(ids) for n in range(longest)] for ids, first in rows], device=device)
        mask = torch.tensor([[n < len(ids) for n in range(longest)] for ids, _ in rows], device=device)
        logits = model(input_ids=ids, attention_mask=mask.long()).logits[:, :-1].float()
        losses = torch.nn.functional.cross_entropy(logits.mT, ids[:, 1:], reduction="none")
        total += float(losses[there[:, 1:]].double().sum())
        count += int(there[:, 1:].sum())
    return total / count if count else math.nan


def _rows(path: Path) -> Iterable[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
