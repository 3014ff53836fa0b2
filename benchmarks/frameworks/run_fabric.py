"""Runs the loop with Lightning Fabric, with the term and without, on one process and on two.

    python benchmarks/frameworks/run_fabric.py

About two minutes on one CPU core, and as long as the installation of requirements-fabric.txt takes the first time.
Writes docs/results/frameworks/fabric.md.
"""

from __future__ import annotations

import json
from pathlib import Path

from shared import HERE, Bench, bench, same, table, weights, write, yes


def train(made: Bench, weight: str, processes: int) -> Path:
    """The folder of the outcome."""
    output = made.folder / f"{processes}-{weight}"
    made.run([HERE / "fabric_loop.py", made.folder, weight, output, str(processes)], output.name)
    return output


def looked_at(made: Bench, processes: int) -> list[str]:
    """The column of a number of processes; the loop itself stops if their weights differ."""
    stock = weights(train(made, "none", processes))
    nothing = weights(train(made, "0", processes))
    ours = train(made, "2", processes)
    values = [line["consistency/loss"] for line in json.loads((ours / "history.json").read_text(encoding="utf-8"))]
    return [
        yes(same(stock, nothing)),
        yes(not same(stock, weights(ours))),
        " → ".join(f"{value:.3f}" for value in (values[0], values[-1])),
    ]


def main() -> None:
    made, output = bench("fabric", description=__doc__ or "")
    columns = {"one process": looked_at(made, 1), "two processes, DDP (gloo)": looked_at(made, 2)}
    asked = [
        "weight 0 ends bit for bit as without the term",
        "weight 2 ends otherwise",
        "`consistency/loss`, first → last step",
    ]
    about = (
        "The loop of benchmarks/frameworks/fabric_loop.py: a random Llama of four layers, four optimizer steps, two "
        "micro-steps each, float32, `attachment.backward(turn, model=model, backward=fabric.backward)`."
    )
    names = ["lightning-fabric", "torch", "transformers", "isoglot"]
    write(output / "fabric.md", "Lightning Fabric", made, names, [about, table(columns, asked)])


if __name__ == "__main__":
    main()
