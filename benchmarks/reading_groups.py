"""Processor time and memory of reading 200,000 prompt groups in ten languages, of 60 to 100 characters in English.

python benchmarks/reading_groups.py [--groups 200000] [--file groups.jsonl]
python benchmarks/reading_groups.py --sizes 1000,10000,100000,200000 --forms jsonl,csv,xlsx,parquet

With ``--sizes`` each form is read, shown and, as JSON lines, split at each number of groups, to see whether memory and
time grow with the cells and no faster.

The words are made up; their letters and lengths are those of real translations (characters against the English, as in
MultiJail). Each step runs in a process of its own, whose peak is told less what it held before.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LATIN = "aeionrtslumdkpg"
SCRIPTS = {  # language -> letters, characters for one of English
    "en": (LATIN, 1.0),
    "it": (LATIN + "àèù", 1.13),
    "vi": (LATIN + "ăâđêôơưạảấầẩ", 1.0),
    "sw": (LATIN, 1.1),
    "jv": (LATIN + "éè", 1.0),
    "ar": ("".join(map(chr, range(0x0627, 0x064A))), 0.91),
    "bn": ("".join(map(chr, [*range(0x0995, 0x09A9), *range(0x09BE, 0x09C4)])), 1.1),
    "th": ("".join(map(chr, [*range(0x0E01, 0x0E2F), *range(0x0E30, 0x0E3A)])), 0.98),
    "ko": ("".join(map(chr, range(0xAC00, 0xB400, 7))), 0.46),
    "zh": ("".join(map(chr, range(0x4E00, 0x5600, 5))), 0.32),
}


def sentence(letters: str, length: int, draw: random.Random) -> str:
    """Words of three to eight letters, so many characters in all."""
    text = ""
    while len(text) < length:
        text += "".join(draw.choices(letters, k=draw.randint(3, 8))) + " "
    return text[: length - 1] + "?"


def write(path: Path, groups: int) -> None:
    """Writes a ``groups.jsonl``; the sentences are put together from a few thousand of each language."""
    draw = random.Random(0)
    some = {
        tag: [sentence(letters, round(draw.randint(60, 100) * share), draw) for _ in range(5000)]
        for tag, (letters, share) in SCRIPTS.items()
    }
    with open(path, "w", encoding="utf-8") as file:
        for number in range(groups):
            prompts = {tag: f"{draw.choice(texts)[:-6]}{number % 99999:05d}?" for tag, texts in some.items()}
            kind = "harmless" if number % 2 else "harmful"
            record = {"id": f"made-{number:06d}", "pivot": "en", "kind": kind, "prompts": prompts, "source": "made up"}
            file.write(json.dumps(record, ensure_ascii=False) + "\n")


def peak() -> float:
    """The most memory that this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def measure(path: Path, what: str) -> None:
    """One step, told as JSON."""
    import isoglot.groups.shown
    from isoglot import PromptGroups
    from isoglot.groups.splitting import split

    before, began = peak(), time.process_time()
    if what == "show":
        about, _ = isoglot.groups.shown.shown(path)
        print(json.dumps(told(began, before, about["groups"], about["cells"])))
        return
    groups = PromptGroups.read(path)
    if what == "fingerprint":
        began = time.process_time()
        assert groups.fingerprint
    elif what == "prompts_hash":
        began = time.process_time()
        assert groups.prompts_hash
    elif what == "walk":
        began = time.process_time()
        assert all(text for group in groups for text in group.prompts.values())
    elif what == "split":
        assert len(split(groups, 0.2).test)
    elif what.startswith("write"):
        groups.write(what.removeprefix("write "))
    print(json.dumps(told(began, before, len(groups), sum(len(group.prompts) for group in groups))))


def told(began: float, before: float, groups: int, cells: int) -> dict[str, float]:
    return {"seconds": time.process_time() - began, "growth": peak() - before, "groups": groups, "cells": cells}


def asked_of(path: Path, what: str) -> dict[str, float]:
    """What one step says, in a process of its own."""
    command = [sys.executable, __file__, "--file", str(path), "--measure", what]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def sizes(numbers: list[int], forms: list[str], folder: Path) -> None:
    """A table of time and memory a cell, by form and size."""
    print("form     step      cells    CPU s   us a cell   peak MB   bytes a cell")
    for number in numbers:
        made = folder / "groups.jsonl"
        write(made, number)
        for form in forms:
            path = folder / f"of.{form}"
            asked_of(made, f"write {path}")
            for what in ("read", "show", *(["split"] if form == "jsonl" else [])):
                found = asked_of(path, what)
                cells, growth = found["cells"], found["growth"]
                each = f"{1e6 * found['seconds'] / cells:9.1f}   {growth:7.0f}   {1e6 * growth / cells:10.0f}"
                print(f"{form:8} {what:6} {cells:9,.0f} {found['seconds']:8.1f} {each}", flush=True)


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--groups", type=int, default=200_000)
    parser.add_argument("--file", type=Path, help="a file of one's own, in place of a made-up one")
    parser.add_argument("--sizes", help="numbers of groups, as in 1000,10000")
    parser.add_argument("--forms", default="jsonl,csv,xlsx,parquet")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        measure(asked.file, asked.measure)
        return
    with tempfile.TemporaryDirectory() as folder:
        if asked.sizes:
            sizes([int(size) for size in asked.sizes.split(",")], asked.forms.split(","), Path(folder))
            return
        path = asked.file or Path(folder) / "groups.jsonl"
        if asked.file is None:
            write(path, asked.groups)
        print(f"{path.name}: {path.stat().st_size / 1e6:.0f} MB")
        print("step          CPU s    peak growth since the imports, MB")
        for what in ("read", "fingerprint", "prompts_hash", "walk"):
            found = asked_of(path, what)
            print(f"{what:12}  {found['seconds']:7.1f}  {found['growth']:7.0f}")


if __name__ == "__main__":
    main()
