"""What the checks of a cell find of faults that were planted, and how often they are wrong on real columns.

    python benchmarks/planted_faults.py --data FOLDER [--half held-out] [--each 60] [--seed 0]
    python benchmarks/planted_faults.py --data FOLDER --half all --wrong 0.1 0.3 0.5

FOLDER holds ``mlc-paper``, ``multijail`` and ``polyrefuse`` (docs/groups.md). The groups are halved by a hash of their
pivot: the checks' thresholds were set on one half (``--half tune``), docs/check-reasons.md has the other's figures.
What is usual (``Norms``) is learnt from the columns of a file themselves, after a tenth of their cells were given
faults. Then each kind of fault is planted in up to ``--each`` cells of each column (``planting.py``). Found: the cell
is flagged; named: one of the reasons that fit is among the findings; dropped: the score is under 0.5. Texts that are
put in place of translations or around them are ours (``planted_faults.yaml``).

With ``--wrong`` a share of all cells are another prompt's translation, what is usual is learnt from just that file, and
it is counted how many wrong and right cells are dropped.
"""

from __future__ import annotations

import argparse
import random
import time
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from planting import KINDS, At, Cell, Planted

from isoglot import PromptGroups
from isoglot.check import CellCheck, Norms, check_cell
from isoglot.metrics.wilson import wilson

FILES = ("mlc-paper/multilin-pku-saferlhf-alpaca3-8b-test-sft.json", "multijail/MultiJail.csv", "polyrefuse")


class World:
    """The cells, by column of a file and by group.

    Args:
        cells: of all files.
    """

    def __init__(self, cells: Sequence[Cell]) -> None:
        self.columns: dict[tuple[str, str], list[Cell]] = defaultdict(list)
        self._rows: dict[tuple[str, str], list[Cell]] = defaultdict(list)
        for cell in cells:
            self.columns[cell.file, cell.tag].append(cell)
            self._rows[cell.file, cell.group].append(cell)

    def plant(self, kind: str, cell: Cell, draw: random.Random) -> Planted | None:
        """The cell with a fault, if it can have it."""
        return KINDS[kind][0](At(cell, self.columns[cell.file, cell.tag], self._rows[cell.file, cell.group], draw))


def read(folder: Path, half: str) -> list[Cell]:
    """The cells of one half of the groups."""
    cells = []
    for name in FILES:
        for group in PromptGroups.read(folder / name):
            source = str(group.prompts["en"])
            if half == "all" or zlib.crc32(source.encode()) % 2 == (half == "held-out"):
                cells += [
                    Cell(name.split("/")[0], group.id, source, tag, str(text))
                    for tag, text in group.prompts.items()
                    if tag != "en"
                ]
    return cells


def learned(world: World, draw: random.Random) -> Mapping[str, Norms]:
    """File -> what it shows of itself, a tenth of its cells being faulty."""
    faults = [kind for kind, (_, reasons) in KINDS.items() if reasons]
    found = {}
    for file in dict.fromkeys(file for file, _ in world.columns):
        cells = [cell for (one, _), column in world.columns.items() if one == file for cell in column]
        kinds = [draw.choice(faults) if draw.random() < 0.1 else "nothing" for _ in cells]
        made = [
            world.plant(kind, cell, draw) or Planted(cell.source, cell.text, cell.tag)
            for kind, cell in zip(kinds, cells, strict=True)
        ]
        found[file] = Norms.learn((one.source, one.text, "en", one.tag) for one in made)
    return found


def checked(
    kind: str, world: World, norms: Mapping[str, Norms], each: int, seed: int
) -> Iterator[tuple[Planted, CellCheck]]:
    """Cells of every column with one kind of fault, and what is found of them."""
    draw = random.Random(f"{seed} {kind}")
    for (file, _), column in world.columns.items():
        for cell in column if kind == "nothing" else draw.sample(column, min(each, len(column))):
            if (made := world.plant(kind, cell, draw)) is not None:
                yield (
                    made,
                    check_cell(made.source, made.text, source_language="en", language=made.tag, norms=norms[file]),
                )


def wrong_in(world: World, share: float, seed: int) -> Iterator[str]:
    """Of each file, with a share of its cells another prompt's: what is dropped of these, and of the others."""
    draw = random.Random(seed)
    for file in dict.fromkeys(file for file, _ in world.columns):
        cells = [cell for (one, _), column in world.columns.items() if one == file for cell in column]
        wrong = [draw.random() < share for _ in cells]
        made = [
            (world.plant("another prompt's translation", cell, draw) if other else None) or cell
            for cell, other in zip(cells, wrong, strict=True)
        ]
        norms = Norms.learn((one.source, one.text, "en", one.tag) for one in made)
        counts: dict[bool, Counter[bool]] = {True: Counter(), False: Counter()}
        for one, other in zip(made, wrong, strict=True):
            found = check_cell(one.source, one.text, source_language="en", language=one.tag, norms=norms)
            counts[other][found.usable] += 1
        shares = [f"{percent(dropped[False], dropped.total())} of {dropped.total()}" for dropped in counts.values()]
        yield f"| {file} | {share:.0%} | " + " | ".join(shares) + " |"


def percent(k: int, n: int) -> str:
    if not n:
        return "–"
    found = wilson(k, n)
    return f"{k / n:.1%} ({100 * found.low:.1f}–{100 * found.high:.1f})"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--half", choices=("tune", "held-out", "all"), default="held-out")
    parser.add_argument("--each", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", help="print what is missed of one kind, or what is flagged of what is right")
    parser.add_argument("--wrong", type=float, nargs="+", help="shares of cells that are another prompt's")
    options = parser.parse_args()
    cells = read(options.data, options.half)
    world = World(cells)
    if options.wrong:
        print("| file | wrong | dropped of the wrong | of the right |\n|---|---|---|---|")
        for share in options.wrong:
            print("\n".join(wrong_in(world, share, options.seed)), flush=True)
        return
    norms = learned(world, random.Random(options.seed))
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    began = time.process_time()
    for kind, (_, reasons) in KINDS.items():
        for made, found in checked(kind, world, norms, options.each, options.seed):
            seen = {one.reason for one in found.findings}
            for place in (made.tag, "all"):
                said = {"found": found.flagged, "named": bool(seen & reasons), "dropped": not found.usable}
                counts[kind, place].update(n=1, **said)
                counts[kind, place].update({f"reason {one}": 1 for one in seen})
            if kind == options.show and found.flagged != bool(reasons):
                why = [(one.reason, one.detail) for one in found.findings]
                print(made.tag, why, repr(made.source[:150]), repr(made.text[:150]))
    print_tables(counts, list(dict.fromkeys(tag for _, tag in world.columns)))
    total = sum(counts[kind, "all"]["n"] for kind in KINDS)
    print(f"\n{len(cells)} cells; {1e6 * (time.process_time() - began) / total:.0f} µs a check")


def print_tables(counts: Mapping[tuple[str, str], Counter[str]], tags: Sequence[str]) -> None:
    print("| fault | n | found, % (95 %) | named | dropped | worst languages |\n|---|---|---|---|---|---|")
    for kind, (_, reasons) in KINDS.items():
        c = counts[kind, "all"]
        by = sorted(
            (counts[kind, tag]["found"] / counts[kind, tag]["n"], tag) for tag in tags if counts[kind, tag]["n"]
        )
        worst = by[:3] if reasons else by[:-4:-1]
        ends = ", ".join(f"{tag} {share:.1%}" for share, tag in worst)
        named, dropped = (f"{c[what] / max(1, c['n']):.1%}" for what in ("named", "dropped"))
        print(f"| {kind} | {c['n']} | {percent(c['found'], c['n'])} | {named} | {dropped} | {ends} |")
    print("\n| language | " + " | ".join(KINDS) + " |\n|---|" + "---|" * len(KINDS))
    for tag in tags:
        shares = [(counts[kind, tag]["found"], counts[kind, tag]["n"]) for kind in KINDS]
        print(f"| {tag} | " + " | ".join(f"{100 * k / n:.1f}" if n else "–" for k, n in shares) + " |")
    c = counts["nothing", "all"]
    print(
        "\nflagged of what is right:", {key[7:]: count for key, count in c.most_common() if key.startswith("reason ")}
    )


if __name__ == "__main__":
    main()
