"""The sweeps behind docs/evidence.md: writes their data, runs them one after the other, keeps their tables.

    python benchmarks/evidence/run.py --work evidence --output docs/results/evidence

Stopped, the same command goes on. Settings that several sweeps share are run once. A trial takes about half a minute.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

import yaml
from checked import write_checked
from data import write_data
from figure import picture, read, table
from unseen import write_unseen

import isoglot

HERE = Path(__file__).parent
ORDER = (
    "reference", "objectives", "own-language", "own-language-search", "paper-search", "paper-best", "objectives-search",
    "objectives-own-weight", "guards", "layers", "weights", "methods-search", "methods", "noise", "weigh", "extractors",
    "temperature", "default", "fewer", "unseen",
)  # fmt: skip


def prepare(work: Path) -> None:
    """Lays out data, base model and sweep files; what is there already stays."""
    work.mkdir(parents=True, exist_ok=True)
    seeds = {seed for name in ORDER for seed in yaml.safe_load((HERE / f"{name}.yaml").read_text())["seeds"]}
    for seed in sorted(seeds):
        if not (work / "data" / str(seed) / "test.jsonl").exists():  # written last
            write_data(work / "data" / str(seed), seed)
    for seed in yaml.safe_load((HERE / "unseen.yaml").read_text(encoding="utf-8"))["seeds"]:
        if not (work / "data" / str(seed) / "switched.jsonl").exists():  # written last
            write_unseen(work / "data" / str(seed), seed)
    base = Path(isoglot.__file__).parent / "quickstart" / "world" / "base"
    shutil.copytree(base, work / "base", dirs_exist_ok=True)
    if not (work / "loud" / "config.json").exists():
        make_loud(work / "base", work / "data" / str(min(seeds)) / "groups.jsonl", work / "loud")
    checked = set(yaml.safe_load((HERE / "weigh.yaml").read_text(encoding="utf-8"))["seeds"])
    for folder in (work / "data" / str(seed) for seed in sorted(checked)):
        if not (folder / "weighed-weakly.jsonl").exists():  # written last
            write_checked(folder, work / "base")
    for file in HERE.glob("*.yaml"):
        shutil.copy(file, work / file.name)


def make_loud(base: Path, groups: Path, output: Path) -> None:
    """The base model with a loud coordinate, as real models have."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from isoglot import PromptGroups
    from isoglot.quickstart.world.loud import with_loud_coordinate

    tokenizer = AutoTokenizer.from_pretrained(base)
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32).eval()
    texts = [text for group in list(PromptGroups.read(groups))[:32] for text in group.prompts.values()]
    loud = with_loud_coordinate(model, tokenizer, texts)
    tokenizer.save_pretrained(output)
    loud.save_pretrained(output)


def keep(name: str, work: Path, output: Path, images: Path) -> None:
    """Keeps a sweep's table, drawn and as CSV; its page stays in the work folder."""
    for folder in (output, images):
        folder.mkdir(parents=True, exist_ok=True)
    for file in ("settings.csv", "trials.csv"):
        shutil.copy(work / "store" / file, output / f"{name}.{file}")
    shutil.copy(work / "store" / "sweep.html", work / f"{name}.html")
    title = (HERE / f"{name}.yaml").read_text(encoding="utf-8").split("\n")[0].removeprefix("# ")
    found = read(output / f"{name}.settings.csv")
    (output / f"{name}.md").write_text(f"{title}\n\n{table(found)}", encoding="utf-8")
    (images / f"{name}.svg").write_text(picture(found, title), encoding="utf-8")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, default=Path("evidence"))
    parser.add_argument("--output", type=Path, default=Path("docs/results/evidence"))
    parser.add_argument("--images", type=Path, default=Path("docs/images/evidence"))
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--only", nargs="+", default=ORDER, choices=ORDER)
    options = parser.parse_args()
    prepare(options.work)
    for name in options.only:
        command = [sys.executable, "-m", "isoglot.cli", "sweep", str(options.work / f"{name}.yaml")]
        subprocess.run([*command, "--processes", str(options.processes)], check=True)
        keep(name, options.work, options.output, options.images)


if __name__ == "__main__":
    main()
