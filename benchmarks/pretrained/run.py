"""Alignment in English of a pretrained model, with the consistency term and without: what arrives in other languages.

    python benchmarks/pretrained/run.py --model FOLDER --data ../shared/data --work pretrained

FOLDER holds any causal language model with a chat template. The data are PolyRefuse's prompts and Alpaca's answers, in
the folders `polyrefuse` and `instructions` of --data. Stopped, the same command goes on. Every response stays in --work
and is judged again when the judge has changed. Weights stay until the loss on held-out text is known.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import torch
import yaml
from answers import answer_after_plain_alignment, answer_before_training
from data import LAST, write_data
from losses import measure_losses
from tables import write_tables

HERE = Path(__file__).parent
ORDER = ("search", "sft", "guarded", "rates", "epochs", "dpo", "orpo")


def prepare(work: Path, data: Path, model: Path) -> None:
    """Lays out data and sweep files; what is there already stays."""
    folder = work / "data"
    if not (folder / LAST).exists():
        write_data(data, folder)
    for file in HERE.glob("*.yaml"):
        values = yaml.safe_load(file.read_text(encoding="utf-8"))
        if file.name == "common-run.yaml":
            values["model"]["path"] = str(model.absolute())
            if not torch.cuda.is_available():
                values["trainer"]["use_cpu"] = True
        (work / file.name).write_text(yaml.safe_dump(values, sort_keys=False, allow_unicode=True), encoding="utf-8")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--work", type=Path, default=Path("pretrained"))
    parser.add_argument("--output", type=Path, default=Path("docs/results/pretrained"))
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--only", nargs="+", default=ORDER, choices=ORDER, help="sweeps to run, all by default")
    options = parser.parse_args()
    prepare(options.work, options.data, options.model)
    if {"rates", "epochs", "dpo", "orpo"} & set(options.only):
        answer_before_training(options.work, options.model)
    run = yaml.safe_load((options.work / "common-run.yaml").read_text(encoding="utf-8"))
    if "sft" in options.only:
        answer_after_plain_alignment(options.work, run)
    for name in options.only:
        command = [sys.executable, "-m", "isoglot.cli", "sweep", str(options.work / f"{name}.yaml")]
        subprocess.run([*command, "--processes", str(options.processes)], check=True)
        measure_losses(options.work / name, options.work / "data", run["model"])
        write_tables(options.work / name, options.output, name)


if __name__ == "__main__":
    main()
