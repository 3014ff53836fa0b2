"""The sweeps behind docs/evidence.md: writes their data, runs them one after the other, keeps their tables.

    python benchmarks/evidence/run.py --work evidence --output docs/results/evidence

Stopped, the same command goes on. Settings that several sweeps share are run once. A cell takes about half a minute.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

import isoglot

sys.path.insert(0, str(Path(__file__).parent))
from data import write_data

HERE = Path(__file__).parent
ORDER = (
    "reference", "objectives", "guards", "layers", "weights", "paper-search", "extractors", "temperature", "noise",
    "methods",
)  # fmt: skip


def prepare(work: Path) -> None:
    """Lays out data, base model and sweep files; what is there already stays."""
    work.mkdir(parents=True, exist_ok=True)
    seeds = {seed for name in ORDER for seed in yaml.safe_load((HERE / f"{name}.yaml").read_text())["seeds"]}
    for seed in sorted(seeds):
        if not (work / "data" / str(seed) / "test.jsonl").exists():  # written last
            write_data(work / "data" / str(seed), seed)
    base = Path(isoglot.__file__).parent / "quickstart" / "world" / "base"
    shutil.copytree(base, work / "base", dirs_exist_ok=True)
    for file in HERE.glob("*.yaml"):
        shutil.copy(file, work / file.name)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, default=Path("evidence"))
    parser.add_argument("--output", type=Path, default=Path("docs/results/evidence"))
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--only", nargs="+", default=ORDER, choices=ORDER)
    options = parser.parse_args()
    prepare(options.work)
    options.output.mkdir(parents=True, exist_ok=True)
    for name in options.only:
        command = [sys.executable, "-m", "isoglot.cli", "sweep", str(options.work / f"{name}.yaml")]
        subprocess.run([*command, "--processes", str(options.processes)], check=True)
        for table in ("settings.csv", "cells.csv"):
            shutil.copy(options.work / "store" / table, options.output / f"{name}.{table}")
        shutil.copy(options.work / "store" / "sweep.html", options.work / f"{name}.html")


if __name__ == "__main__":
    main()
