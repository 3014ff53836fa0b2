"""The page of results."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median

import lengths
import torch
from measure import Measured
from variants import (
    AS_RELEASED,
    AT_ONCE,
    BESIDE_LOGITS,
    DEFAULT,
    DPO,
    EVERY_2ND,
    FULL_DEPTH,
    GUARDED,
    HALF_DEPTH,
    LAYERS,
    LOGITS,
    MORE_LANGUAGES,
    NO_BUDGET,
    RELEASED,
)

TITLES = {
    "32k": "4 layers of 256, vocabulary of 32,000",
    "150k": "4 layers of 256, vocabulary of 150,000",
    "qwen-0.5b": "Qwen2.5-0.5B's shape, random weights",
    "qwen-1.5b": "Qwen2.5-1.5B's shape, random weights",
    "qwen-7b": "Qwen2.5-7B's shape, random weights, LoRA",
}
PAIRS = 8  # in a step of the default
ABOVE_FLOOR, OF_RELEASED, MEMORY = 1.15, {HALF_DEPTH: 0.1, FULL_DEPTH: 0.2}, 0.1


def page(
    found: Mapping[str, Measured],
    scaling: Measured | None,
    default: tuple[str, Measured] | None,
    *,
    device: torch.device,
    pair: int | None,
    rounds: int,
) -> str:
    """Markdown."""
    text = [head(device, pair, rounds)]
    if default is not None:
        name, measured = default
        text += [
            f"## The default, {PAIRS} pairs a step",
            f"{TITLES[name]}. Eight groups and eight guard groups, as far as the budget allows.",
            "\n".join(realistic(measured)),
        ]
    for name, measured in found.items():
        text += [f"## {TITLES[name]}", "\n".join(table(measured))]
        if measured.peak:
            text += ["\n".join(memory(measured))]
        rates = [f"{median(measured.rates(one)) / 1e9:.0f}" for one in (DPO, LAYERS)]
        text += [f"Rates reached, in 10^9 operations a second: DPO alone {rates[0]}, its layers alone {rates[1]}."]
        text += ["\n".join(targets(measured))]
    if scaling is not None:
        text += ["## More languages", f"{TITLES['32k']}; half depth.", "\n".join(languages(scaling))]
    return "\n\n".join(text) + "\n"


def head(device: torch.device, pair: int | None, rounds: int) -> str:
    """What was run where."""
    import transformers
    import trl

    gpu = device.type == "cuda"
    machine = torch.cuda.get_device_name() if gpu else f"{cpu()}, {torch.get_num_threads()} thread"
    size = "of the data's own answers" if pair is None else f"of {pair} and {pair * 7 // 8} tokens, prompt and answer"
    versions = f"torch {torch.__version__}, transformers {transformers.__version__}, TRL {trl.__version__}"
    allocator = "the C library's allocator with its own settings; " if not gpu else ""
    return (
        "# What a step costs, measured\n\n"
        "Written by `python benchmarks/step_cost/run.py --output docs/results/step_cost.md`; what the rows are, and "
        "how it was measured, is on the page [cost](../cost.md).\n\n"
        f"{machine}; {platform.python_implementation()} {platform.python_version()}, {versions}; {allocator}"
        f"{rounds} rounds. One pair a step, {size}; one group of ten languages, prompts of "
        f"{_spread()} tokens (nine in ten; median in parentheses)."
    )


def cpu() -> str:
    """The processor's name, where Linux tells it."""
    info = Path("/proc/cpuinfo")
    names = info.read_text().splitlines() if info.exists() else []
    found = next((line.split(":")[1].strip() for line in names if line.startswith("model name")), platform.machine())
    return f"{found}, the CPU alone"


def _spread() -> str:
    parts = []
    for name in ("32k", "150k"):
        sizes = sorted(size for row in lengths.read(name) for size in row.prompts)
        low, high = (sizes[len(sizes) * share // 20] for share in (1, 19))
        parts.append(f"{low} to {high} ({median(sizes):.0f}) at {name}")
    return ", ".join(parts)


def table(m: Measured) -> Iterator[str]:
    """Times, a row for each way to make a step."""
    yield "| | seconds | times DPO alone | added seconds | of what the released way adds | added / floor | added / floor at the layers' rate |"  # noqa: E501
    yield "|---|---|---|---|---|---|---|"
    for name in m.seconds:
        cells = [name, f"{median(m.seconds[name]):.3f}", f"{median(m.times_dpo(name)):.2f}"]
        if name in (DPO.name, LAYERS.name, LOGITS.name):
            cells += [""] * 4
        else:
            added = m.added(name)
            cells += [f"{median(added):.3f}", f"{median(_over(added, m.added(RELEASED.name))):.3f}"]
            floors = [] if name == RELEASED.name else [m.floor(name), m.floor(name, LAYERS)]
            cells += [f"{median(_over(added, floor)):.2f}" for floor in floors] or ["", ""]
        yield f"| {' | '.join(cells)} |"


def memory(m: Measured) -> Iterator[str]:
    """Peaks, likewise."""
    yield "| | peak MiB | times DPO alone | times DPO alone, whole logits |"
    yield "|---|---|---|---|"
    for name, peak in m.peak.items():
        over = [f"{median(_over(peak, m.peak[base.name])):.2f}" for base in (DPO, LOGITS)]
        yield f"| {name} | {median(peak):.0f} | {' | '.join(over)} |"


def targets(m: Measured) -> Iterator[str]:
    """What was aimed at, and whether it was reached."""
    yield "| aimed at | measured | reached |"
    yield "|---|---|---|"
    for variant, most in OF_RELEASED.items():
        share = median(_over(m.added(variant.name), m.added(RELEASED.name)))
        yield _target(f"{variant.name}: at most {most:g} of the time that the released way adds", share, most)
    for variant in (HALF_DEPTH, FULL_DEPTH, GUARDED, AS_RELEASED):
        if variant.name not in m.seconds:
            continue
        above = median(_over(m.added(variant.name), m.floor(variant.name)))
        yield _target(f"{variant.name}: within {ABOVE_FLOOR} of the floor", above, ABOVE_FLOOR)
    for variant, base in ((HALF_DEPTH, DPO), (FULL_DEPTH, DPO), (BESIDE_LOGITS, LOGITS)):
        if variant.name in m.peak:
            more = median(_over(m.peak[variant.name], m.peak[base.name])) - 1
            yield _target(f"{variant.name}: peak memory at most {MEMORY:g} above {base.name}", more, MEMORY)
    if EVERY_2ND.name in m.seconds:
        half = median(_over(m.added(EVERY_2ND.name), m.added(HALF_DEPTH.name)))
        yield _target("every 2nd step: half of the added time, to a tenth of it", half, 0.55)


def realistic(m: Measured) -> Iterator[str]:
    """The default with several pairs in a step."""
    yield "| | prompts' tokens | seconds | times DPO alone | added seconds | added / floor | added / floor at the layers' rate |"  # noqa: E501
    yield "|---|---|---|---|---|---|---|"
    yield f"| {DPO.name} | | {median(m.seconds[DPO.name]):.2f} | 1.00 | | | |"
    for name in (DEFAULT.name, NO_BUDGET.name):
        added = m.added(name)
        floors = [f"{median(_over(added, m.floor(name, of))):.2f}" for of in (DPO, LAYERS)]
        cells = [name, f"{median(m.tokens[name]):.0f}", f"{median(m.seconds[name]):.2f}"]
        cells += [f"{median(m.times_dpo(name)):.2f}", f"{median(added):.2f}", *floors]
        yield f"| {' | '.join(cells)} |"


def languages(m: Measured) -> Iterator[str]:
    """Added time by the number of languages."""
    yield "| languages | tokens | added seconds | microseconds a token | to ten's |"
    yield "|---|---|---|---|---|"
    for name in (HALF_DEPTH.name, *(f"{count} languages" for count in MORE_LANGUAGES), AT_ONCE.name):
        yield _scaled(m, name, "10" if name == HALF_DEPTH.name else name.replace(" languages", ""))
    for count in MORE_LANGUAGES:
        yield _scaled(m, f"{count} languages, 10 per step", f"{count}, `languages_per_step: 10`")


def _scaled(m: Measured, name: str, label: str) -> str:
    each = _each_token(m, name)
    to_ten = median(each) / median(_each_token(m, HALF_DEPTH.name))
    cells = [label, f"{median(m.tokens[name]):.0f}", f"{median(m.added(name)):.3f}", f"{1e6 * median(each):.0f}"]
    return f"| {' | '.join([*cells, f'{to_ten:.2f}'])} |"


def _each_token(m: Measured, name: str) -> list[float]:
    return _over(m.added(name), m.tokens[name])


def _target(what: str, value: float, most: float) -> str:
    return f"| {what} | {value:.3f} | {'yes' if value <= most else 'no'} |"


def _over(above: Sequence[float], below: Sequence[float]) -> list[float]:
    return [a / b for a, b in zip(above, below, strict=True)]
