"""Checks files of prompt groups: seconds, and memory as the file grows, reading and writing included.

    python benchmarks/checking.py --cells 10000 100000 1000000
    python benchmarks/checking.py --cells 2000000 --only-read

Groups are of English and eleven languages, prompts of 60 to 140 characters in English, half of their words made up of
parts of real ones, so that hardly any come again. One cell in 200 is planted as another's of its language. Each size is
checked by a process of its own; its worker processes are counted, too.
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

from judging import WORDS

PER_WORD = {"zh": 2, "ko": 3}  # characters; others about as English


def sentence(words: list[str], length: int, draw: random.Random) -> str:
    """Words of a language, every second one put together from three."""
    text = ""
    while len(text) < length:
        one, other, third = draw.choices(words, k=3)
        made = one[: len(one) // 2 + 1] + other[len(other) // 2 :] + third[-2:]
        text += (one if draw.random() < 0.5 else made) + " "
    return text[:-1] + "?"


def write_groups(path: Path, cells: int) -> None:
    """Writes ``groups.jsonl`` with so many translations."""
    draw = random.Random(0)
    words = {tag: text.split() for tag, text in WORDS.items()}
    others = [tag for tag in words if tag != "en"]
    before: dict[str, str] = {}
    with open(path, "w", encoding="utf-8") as file:
        for number in range(-(-cells // len(others))):
            length = draw.randint(60, 140)
            prompts = {"en": sentence(words["en"], length, draw)}
            for tag in others:
                made = sentence(words[tag], length // PER_WORD.get(tag, 1), draw)
                planted = draw.random() < 0.005 and tag in before
                prompts[tag] = before[tag] if planted else made
                before[tag] = made
            kind = "harmless" if number % 2 else "harmful"
            record = {"id": f"made-{number:07d}", "pivot": "en", "kind": kind, "prompts": prompts}
            file.write(json.dumps(record, ensure_ascii=False) + "\n")


def check(folder: Path, *, only_read: bool) -> None:
    """Checks a folder's file and prints what it took, worker processes included."""
    from isoglot.check.file import check_files
    from isoglot.check.reading import Reading
    from isoglot.check.spool import Spool

    reading = Reading([folder / "groups.jsonl"])
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if only_read:
        for _ in reading.into(Spool(folder), lambda _done, _total: None):
            pass
        flagged = ""
    else:
        found = check_files(reading, folder / "check")
        flagged = f"{found['flagged']:,} flagged ({found['languages']['de']['by_reason']} in German), "
    seconds = time.perf_counter() - began
    own, workers = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    user, system = own.ru_utime + workers.ru_utime, own.ru_stime + workers.ru_stime
    print(f"{flagged}{seconds:.1f} s, {user:.1f} s of CPU, {system:.1f} s of the system,", end=" ")
    print(f"{before / 1024:.0f} MiB before, {own.ru_maxrss / 1024:.0f} at most", end=" ")
    print(f"({workers.ru_maxrss / 1024:.0f} in a worker)" if workers.ru_maxrss else "")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--only-read", action="store_true", help="Read the groups, check none.")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.folder:
        check(options.folder, only_read=options.only_read)
        return
    for count in options.cells:
        with tempfile.TemporaryDirectory() as name:
            write_groups(Path(name) / "groups.jsonl", count)
            print(f"{count:9,d} cells:", end=" ", flush=True)
            more = ["--only-read"] if options.only_read else []
            subprocess.run([sys.executable, __file__, "--folder", name, *more], check=True)


if __name__ == "__main__":
    main()
