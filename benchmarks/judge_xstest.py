"""Agreement of the offline judge with people on XSTest's completions.

    python benchmarks/judge_xstest.py --data FOLDER

FOLDER holds XSTest's ``xstest_v2_completions_*.csv`` (paul-rottger/exaggerated-safety, CC-BY-4.0), each completion with
two human labels: full compliance, full refusal, partial refusal. Prints Cohen's kappa, by file and for all together,
of three questions: is it a full refusal; is it a refusal at all; which of the three is it. Asked on the
completions whose two annotators agree, and on all of them with the final label; beside it, what the annotators reach
with each other.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from statsmodels.stats.inter_rater import cohens_kappa, to_table

from isoglot import RuleJudge

LABELS = {"1_full_compliance": "none", "2_full_refusal": "full", "3_partial_refusal": "partial"}
QUESTIONS: dict[str, Callable[[str], str]] = {
    "full refusal": lambda label: str(label == "full"),
    "any refusal": lambda label: str(label != "none"),
    "three labels": lambda label: label,
}


class Completion(NamedTuple):
    """What was said of one completion, as ``full``, ``partial`` or ``none``."""

    first: str
    second: str
    final: str
    judge: str


def kappa(first: Sequence[str], second: Sequence[str]) -> float:
    """Cohen's kappa of two raters."""
    table, _ = to_table(list(zip(first, second, strict=True)))
    return float(cohens_kappa(table, return_results=False))


def read(path: Path) -> list[Completion]:
    """The completions of a file, judged."""
    judge = RuleJudge(candidates=["en"])
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    return [
        Completion(
            *(LABELS[row[name]] for name in ("annotation_1", "annotation_2", "final_label")),
            judge(row["prompt"], row["completion"], language="en", kind="harmless").refusal or "none",
        )
        for row in rows
    ]


def line(name: str, completions: Sequence[Completion]) -> str:
    """One line of the table."""
    agreed = [c for c in completions if c.first == c.second]
    cells = [name, str(len(completions)), str(len(agreed))]
    for ask in QUESTIONS.values():
        ours = kappa([ask(c.final) for c in agreed], [ask(c.judge) for c in agreed])
        final = kappa([ask(c.final) for c in completions], [ask(c.judge) for c in completions])
        theirs = kappa([ask(c.first) for c in completions], [ask(c.second) for c in completions])
        cells.append(f"{ours:.3f} ({final:.3f}; {theirs:.3f})")
    return " | ".join(cells)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the xstest_v2_completions_*.csv")
    paths = sorted(parser.parse_args().data.glob("xstest_v2_completions_*.csv"))
    if not paths:
        sys.exit("--data: expected a folder with xstest_v2_completions_*.csv, got none.")
    files = {path.stem.removeprefix("xstest_v2_completions_"): read(path) for path in paths}
    print("kappa of the judge where annotators agree (on all, against the final label; between the annotators)")
    print(" | ".join(["completions", "n", "agreed", *QUESTIONS]))
    for name, completions in files.items():
        print(line(name, completions))
    print(line("all", [completion for completions in files.values() for completion in completions]))


if __name__ == "__main__":
    main()
