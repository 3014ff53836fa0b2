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

LOSSES, ANSWERS = "losses.json", "answers"  # a trial's file, and its entry for English answers
TOKENS = 512  # in a pass, padding included

Tokens = tuple[list[int], int]  # of a text, and the first that is counted


def measure_losses(sweep: Path, data: Path, model: Mapping[str, Any]) -> None:
    """Writes ``losses.json`` into every finished trial that has weights and none yet, and deletes the weights.

    Args:
        sweep: output folder of a sweep that has kept its models.
        data: folder with ``test.jsonl`` and ``held-out.jsonl``.
        model: the run file's section, for the trial of the model before training.
    """
    from isoglot.files import write_json
    from isoglot.models.load import load

    for file in sorted(sweep.glob("trials/**/trial.json")):
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
    from isoglot.models.chat import encode

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
    from isoglot.models.buckets import buckets

    device, total, count = next(model.parameters()).device, 0.0, 0
    model.eval()
    for bucket in buckets([ids for ids, _ in texts], 0, most=TOKENS, overhead=TOKENS // 16, device=device):
        first = torch.tensor([texts[place][1] for place in bucket.places], device=device).unsqueeze(1)
        columns = torch.arange(bucket.input_ids.size(1), device=device)
        counted = (bucket.attention_mask.bool() & (columns >= first))[:, 1:]
        logits = model(input_ids=bucket.input_ids, attention_mask=bucket.attention_mask).logits[:, :-1].float()
        losses = torch.nn.functional.cross_entropy(logits.mT, bucket.input_ids[:, 1:], reduction="none")
        total += float(losses[counted].double().sum())
        count += int(counted.sum())
    return total / count if count else math.nan


def _rows(path: Path) -> Iterable[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
