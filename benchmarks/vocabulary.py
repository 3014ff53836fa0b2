"""What a pass for states costs at vocabularies of four sizes: the head is left out, so it should cost the same.

    python benchmarks/vocabulary.py --output docs/results/vocabulary.md

One CPU thread, the process's own time; sizes take turns, and each pass is compared with that at the smallest vocabulary
in the same round. The model is Qwen2's architecture with random weights; prompts have the token ids of the smallest.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

import torch
from transformers import Qwen2Config, Qwen2ForCausalLM

from isoglot import representation as rep

SIZES = (8_192, 32_000, 151_936, 262_144)
ROWS, LAYER = 10, 2
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def build(vocabulary: int, dtype: torch.dtype) -> Qwen2ForCausalLM:
    """Four layers of 256, embeddings tied as in small models."""
    torch.manual_seed(0)
    config = Qwen2Config(
        vocab_size=vocabulary,
        hidden_size=256,
        intermediate_size=1024,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=2,
        tie_word_embeddings=True,
    )
    return Qwen2ForCausalLM(config).to(dtype)


def seconds(model: Qwen2ForCausalLM, prompts: list[list[int]], *, backward: bool) -> float:
    """Process time of one pass, and of the way back."""
    began = time.process_time()
    if backward:
        states = rep.PromptStates(model, rep.plan_passes(model, prompts, pad=0), [LAYER], once=True, row_gradients=True)
        found = states.forward()
        states.backward(torch.ones_like(found), lambda loss, _last: loss.backward())
    else:
        with torch.no_grad():
            rep.prompt_states(model, prompts, [LAYER], pad=0)
    return time.process_time() - began


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(1)
    lengths = torch.randint(20, 60, (ROWS,), generator=generator).tolist()
    prompts = [torch.randint(1, SIZES[0], (n,), generator=generator).tolist() for n in lengths]
    lines = ["| floats | pass | " + " | ".join(f"{size:,}" for size in SIZES) + " |", "|---|---|" + "---|" * len(SIZES)]
    for name, dtype in DTYPES.items():
        models = [build(size, dtype) for size in SIZES]
        for backward in (False, True):
            ratios: list[list[float]] = [[] for _ in SIZES]
            first = []
            for round_ in range(-2, options.rounds):  # two to warm up
                taken = [seconds(model, prompts, backward=backward) for model in models]
                if round_ >= 0:
                    first.append(taken[0])
                    for place, value in enumerate(taken):
                        ratios[place].append(value / taken[0])
            words = "forward and back" if backward else "forward"
            shown = [f"{1000 * statistics.median(first):.0f} ms"] + [f"{statistics.median(r):.2f}" for r in ratios[1:]]
            lines.append(f"| {name} | {words} | " + " | ".join(shown) + " |")
            print(lines[-1], flush=True)
    if options.output:
        head = "# A pass for states, by vocabulary\n\nMedian of the ratios to the smallest vocabulary, one CPU thread"
        text = f"{head} (`python benchmarks/vocabulary.py --rounds {options.rounds}`).\n\n" + "\n".join(lines) + "\n"
        options.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
