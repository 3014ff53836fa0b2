"""Agreement of the offline judge with people on XSTest's completions.

    python benchmarks/judge_xstest.py FOLDER

FOLDER holds XSTest's ``xstest_v2_completions_*.csv`` (paul-rottger/exaggerated-safety, CC-BY-4.0), each completion with
two human labels: full compliance, full refusal, partial refusal. Prints Cohen's kappa by file for full refusal against
the rest and for all three labels, on completions whose two annotators agree, beside what the two annotators reach.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from pathlib import Path

from statsmodels.stats.inter_rater import cohens_kappa, to_table

from isoglot import RuleJudge

LABELS = {"1_full_compliance": "none", "2_full_refusal": "full", "3_partial_refusal": "partial"}


def kappa(first: Sequence[str], second: Sequence[str]) -> float:
    """Cohen's kappa of two raters."""
    table, _ = to_table(list(zip(first, second, strict=True)))
    return cohens_kappa(table, return_results=False)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    judge = RuleJudge(candidates=["en"])
    print("file | n | agreed | kappa full/rest | kappa three labels | annotators full/rest | annotators three")
    for path in sorted(parser.parse_args().folder.glob("*completions*.csv")):
        with open(path, encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        columns = [name for name in rows[0] if name.startswith("annotation")]
        people = [[LABELS[row[name]] for name in columns[:2]] for row in rows]
        found = [judge(row["prompt"], row["completion"], language="en", kind="harmless").refusal for row in rows]
        agreed = [(one[0], ours) for one, ours in zip(people, found, strict=True) if one[0] == one[1]]

        def both(pairs: Sequence[Sequence[str]], *, full: bool) -> float:
            columns = list(zip(*pairs, strict=True))
            if full:
                columns = [tuple(str(label == "full") for label in column) for column in columns]
            return kappa(*columns)

        ours = f"{both(agreed, full=True):.3f} | {both(agreed, full=False):.3f}"
        theirs = f"{both(people, full=True):.3f} | {both(people, full=False):.3f}"
        print(f"{path.name} | {len(rows)} | {len(agreed)} | {ours} | {theirs}")


if __name__ == "__main__":
    main()
