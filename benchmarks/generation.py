"""How much faster prompts are answered in a batch than one at a time, on CPUs.

    python benchmarks/generation.py --prompts 16 --new-tokens 64 --threads 2 --times 3

A random Llama of four layers; greedy, and no end token is made, so that every answer is as long. The least of several
times is taken of each, in turn, since other programs may be at work on the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path

import torch
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

import isoglot
from isoglot.evaluate.answering.responses import Generator
from isoglot.groups import PromptGroup
from isoglot.quickstart.world.data import alignment_groups
from isoglot.quickstart.world.text import World

BASE = Path(isoglot.__file__).parent / "quickstart" / "world" / "base"


def model_of(vocabulary: int, width: int) -> LlamaForCausalLM:
    """The model."""
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=width,
        intermediate_size=4 * width,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=512,
        eos_token_id=None,
    )
    return LlamaForCausalLM(config).eval()


def cells_of(count: int) -> list[tuple[PromptGroup, str]]:
    """So many prompts, of several languages and lengths."""
    groups = alignment_groups(World.load(), count)
    return [(group, tag) for group in groups for tag in group.prompts][:count]


def seconds(generator: Generator, cells: list[tuple[PromptGroup, str]]) -> float:
    """To answer them all."""
    began = time.perf_counter()
    for _ in generator(cells):
        pass
    return time.perf_counter() - began


def main() -> None:
    """Measures, and prints one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("prompts", 16), ("new-tokens", 64), ("threads", 2), ("times", 3), ("width", 256)):
        parser.add_argument(f"--{name}", type=int, default=default)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    tokenizer = AutoTokenizer.from_pretrained(BASE)
    model, cells = model_of(len(tokenizer), asked.width), cells_of(asked.prompts)
    by_size = {}
    for size in (1, asked.prompts):
        made = Generator(model, tokenizer, max_new_tokens=asked.new_tokens, batch_size=size)
        made.end = set()
        by_size[size] = made
    seconds(by_size[asked.prompts], cells)  # warm
    least = dict.fromkeys(by_size, float("inf"))
    for _ in range(asked.times):
        for size, generator in by_size.items():
            least[size] = min(least[size], seconds(generator, cells))
    tokens = len(cells) * asked.new_tokens
    found = {
        "threads": asked.threads,
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "tokens_per_second": {f"batch of {size}": round(tokens / spent) for size, spent in least.items()},
        "times_faster": round(least[1] / least[asked.prompts], 2),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
