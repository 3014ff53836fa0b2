"""Writes what a framework trains with: a tiny random model with a chat template, prompt groups, rows of alignment data.

    python benchmarks/frameworks/world.py FOLDER

Run in the framework's own environment, so that the model is of the form that its transformers writes. Text is the
embedded world's of the quickstart; nothing is downloaded.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

import isoglot
from isoglot.quickstart.world.data import alignment_groups, preferences
from isoglot.quickstart.world.text import World

SIZE = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 4,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
}


def write(folder: Path) -> None:
    """``llama/``, ``qwen2/``, ``groups.jsonl`` and the rows in the shapes of each framework."""
    base = Path(isoglot.__file__).parent / "quickstart" / "world" / "base"
    special = {"eos_token": "<|end|>", "pad_token": "<|pad|>", "unk_token": "<|unk|>"}
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(base / "tokenizer.json"), **special)
    tokenizer.chat_template = (base / "chat_template.jinja").read_text(encoding="utf-8")
    tokenizer.model_max_length = SIZE["max_position_embeddings"]
    ends = {"eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id, "bos_token_id": None}
    for name, config, model in (("llama", LlamaConfig, LlamaForCausalLM), ("qwen2", Qwen2Config, Qwen2ForCausalLM)):
        torch.manual_seed(0)
        model(config(vocab_size=len(tokenizer), **SIZE, **ends)).save_pretrained(folder / name)
        tokenizer.save_pretrained(folder / name)
    world = World.load()
    alignment_groups(world, 8).write(folder / "groups.jsonl")
    rows = [
        tuple(row[part][0]["content"] for part in ("prompt", "chosen", "rejected")) for row in preferences(world, 32)
    ]
    _alpaca(folder, rows)
    _messages(folder, rows)


def _alpaca(folder: Path, rows: list[tuple[str, str, str]]) -> None:
    """LLaMA-Factory's rows and its list of data sets."""
    pairs = [{"instruction": p, "input": "", "chosen": c, "rejected": r} for p, c, r in rows]
    answers = [{"instruction": p, "input": "", "output": c} for p, c, _ in rows]
    marked = [{"instruction": p, "input": "", "output": a, "label": a == c} for p, c, r in rows for a in (c, r)]
    columns = {"prompt": "instruction", "query": "input"}
    listed = {
        "pairs": {"ranking": True, "columns": columns | {"chosen": "chosen", "rejected": "rejected"}},
        "answers": {"columns": columns | {"response": "output"}},
        "marked": {"columns": columns | {"response": "output", "kto_tag": "label"}},
    }
    for name, data in (("pairs", pairs), ("answers", answers), ("marked", marked)):
        listed[name]["file_name"] = f"{name}.json"
        (folder / f"{name}.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    (folder / "dataset_info.json").write_text(json.dumps(listed), encoding="utf-8")


def _messages(folder: Path, rows: list[tuple[str, str, str]]) -> None:
    """Rows as chat messages, for Axolotl and ms-swift."""

    def turn(role: str, text: str) -> dict[str, str]:
        return {"role": role, "content": text}

    shapes = {
        "sft.jsonl": [{"messages": [turn("user", p), turn("assistant", c)]} for p, c, _ in rows],
        "dpo-axolotl.jsonl": [
            {"messages": [turn("user", p)], "chosen": turn("assistant", c), "rejected": turn("assistant", r)}
            for p, c, r in rows
        ],
        "dpo-swift.jsonl": [
            {"messages": [turn("user", p), turn("assistant", c)], "rejected_response": r} for p, c, r in rows
        ],
    }
    for name, data in shapes.items():
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in data)
        (folder / name).write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
