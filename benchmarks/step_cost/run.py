"""What a training step costs: DPO alone, with the term attached, and with the paper's term in the released way.

    python benchmarks/step_cost/run.py --output docs/results/step_cost.md

On a CPU it measures a model of four layers at two sizes of vocabulary, and more languages; on a GPU, Qwen2.5's shapes.
The variants take turns in one process; memory is measured in processes of their own. See docs/cost.md.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import warnings
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

CPU_PARTS, GPU_PARTS = ("default", "32k", "150k", "scaling"), ("default", "qwen-0.5b", "qwen-1.5b", "qwen-7b")


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=CPU_PARTS + GPU_PARTS, help="parts (default: those of the device)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=1, help="measurements of memory; 0 for none")
    parser.add_argument("--pair", default="300", help="tokens of the pair's longer row, or 'data' for the data's own")
    parser.add_argument("--quick", action="store_true", help="one round, one repeat: to see that it runs")
    parser.add_argument("--device", help="cpu or cuda (default: cuda where there is one)")
    parser.add_argument("--output", type=Path, help="file for the page (default: standard output)")
    return parser.parse_args()


def main() -> None:
    """The command."""
    chosen = options()
    warnings.filterwarnings("ignore", module="(trl|transformers|accelerate|torch|peft|datasets)")
    import datasets
    import torch
    from measure import peaks, times
    from page import PAIRS, page
    from variants import FURTHER, MAIN, MEASURED_FOR_MEMORY, REALISTIC, SCALING

    torch.set_num_threads(1)
    datasets.disable_progress_bars()
    device = torch.device(chosen.device or ("cuda" if torch.cuda.is_available() else "cpu"))
    rounds, repeats = (1, min(1, chosen.repeats)) if chosen.quick else (chosen.rounds, chosen.repeats)
    pair = None if chosen.pair == "data" else int(chosen.pair)
    parts = chosen.only or (GPU_PARTS if device.type == "cuda" else CPU_PARTS)
    began = time.monotonic()

    def say(what: str) -> None:
        print(f"{time.monotonic() - began:5.0f} s  {what}", file=sys.stderr, flush=True)

    shapes = [part for part in parts if part not in ("default", "scaling")]
    # First: what a process has run before would show in the memory of its children.
    memory = {name: peaks(name, MEASURED_FOR_MEMORY, repeats, device, pair, say) for name in shapes}
    # Beside the large vocabulary a CPU would spend minutes on what the small one shows as well.
    chosen_ways = {name: MAIN if name == "150k" else MAIN + FURTHER for name in shapes}
    found = {name: times(name, ways, rounds, device, pair, say) for name, ways in chosen_ways.items()}
    for name, peak in memory.items():
        found[name].peak |= peak
    scaling = times("32k", SCALING, rounds, device, pair, say) if "scaling" in parts else None
    default = None
    if "default" in parts:
        shape = "32k" if device.type == "cpu" else "qwen-1.5b"
        default = shape, times(shape, REALISTIC, rounds, device, pair, say, pairs=PAIRS)
    text = page(found, scaling, default, device=device, pair=pair, rounds=rounds)
    if chosen.output is None:
        print(text)
    else:
        chosen.output.parent.mkdir(parents=True, exist_ok=True)
        chosen.output.write_text(text, encoding="utf-8")
        say(f"written: {chosen.output}")


if __name__ == "__main__":
    main()
