"""Agreement of the offline judge with people: on XSTest's completions and on Do-Not-Answer's responses.

    python benchmarks/judge_agreement.py --xstest FOLDER --do-not-answer FOLDER

One FOLDER holds XSTest's ``xstest_v2_completions_*.csv`` (paul-rottger/exaggerated-safety, CC-BY-4.0), each
completion with two human labels and a final one: full compliance, full refusal, partial refusal. The other holds
``human_*.csv`` of kunishou/do-not-answer-ja (Apache-2.0): responses with an ``action``, of which 0 is "cannot assist",
1 "refutes" and 4 "does not know, or cannot as an AI".

The English phrases were written with one half of each file in view, the rows at even places; the other half was not
looked at. Prints Cohen's kappa on both: of the verdict's refusal on XSTest; on Do-Not-Answer of what the judge's reason
says and of full refusals, against the actions named. Who works on the phrases asks for ``--half "looked at"``, and then
the other half is not even judged.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Sequence
from pathlib import Path

from statsmodels.stats.inter_rater import cohens_kappa, to_table

from isoglot import RuleJudge

XSTEST = {"1_full_compliance": "none", "2_full_refusal": "full", "3_partial_refusal": "partial"}
ACTIONS = {"0": "declines", "1": "condemns", "4": "unable"}  # others: answers
HALVES = {"looked at": slice(0, None, 2), "held out": slice(1, None, 2)}
Pairs = list[tuple[str, str]]  # of people's label and the judge's


def kappa(pairs: Sequence[tuple[str, str]], only: str | None = None) -> float:
    """Cohen's kappa; of one label against all others if it is named."""
    asked = [(str(a == only), str(b == only)) if only else (a, b) for a, b in pairs]
    table, _ = to_table(asked)
    return float(cohens_kappa(table, return_results=False))


def rows_of(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def xstest(path: Path, half: slice) -> dict[str, Pairs]:
    """Refusal by people's final label and by the judge; also by the two annotators."""
    judge, rows = RuleJudge(candidates=["en"]), rows_of(path)[half]
    judged = [judge(row["prompt"], row["completion"], language="en", kind="harmless").refusal for row in rows]
    final = [XSTEST[row["final_label"]] for row in rows]
    people = [(XSTEST[row["annotation_1"]], XSTEST[row["annotation_2"]]) for row in rows]
    return {"judge": [(a, b or "none") for a, b in zip(final, judged, strict=True)], "people": people}


def do_not_answer(path: Path, half: slice) -> list[tuple[str, str, str]]:
    """What the response does by people's action, by the first word of the judge's reason, and its refusal."""
    judge = RuleJudge(candidates=["en"])
    found = []
    for row in rows_of(path)[half]:
        verdict = judge(row["question"], row["response"], language="en", kind="harmless")
        what = verdict.reason.partition(":")[0].split()[0]
        judged = what if what in ACTIONS.values() else "answers"
        found.append((ACTIONS.get(row["action"], "answers"), judged, verdict.refusal or "none"))
    return found


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--xstest", type=Path, help="folder of the xstest_v2_completions_*.csv")
    parser.add_argument("--do-not-answer", type=Path, help="folder of the human_*.csv")
    parser.add_argument("--half", choices=HALVES, help="judge only this half")
    options = parser.parse_args()
    halves = {name: half for name, half in HALVES.items() if options.half in (None, name)}
    paths = sorted(options.xstest.glob("xstest_v2_completions_*.csv")) if options.xstest else []
    others = sorted(options.do_not_answer.glob("human_*.csv")) if options.do_not_answer else []
    if not paths and not others:
        sys.exit("--xstest, --do-not-answer: expected a folder with their CSV files, got none.")
    print("XSTest | half | n | full refusal or not | any refusal or not | three labels | full refusal, between people")
    for path in paths:
        for name, half in halves.items():
            pairs = xstest(path, half)
            ours, people = pairs["judge"], pairs["people"]
            cells = [kappa(ours, "full"), kappa(ours, "none"), kappa(ours), kappa(people, "full")]
            print(" | ".join([path.stem.split("_")[-1], name, str(len(ours)), *(f"{value:.3f}" for value in cells)]))
    print("\nDo-Not-Answer | half | n | declines, 0 | full refusal, 0 | refuses, 0 or 1 | unable, 4 | four classes")
    for path in others:
        for name, half in halves.items():
            found = do_not_answer(path, half)
            declines = [(a, b) for a, b, _ in found]
            full = [(a, "declines" if refusal == "full" else "none") for a, _, refusal in found]
            either = [(_refuses(a), _refuses(b)) for a, b in declines]
            cells = [kappa(declines, "declines"), kappa(full, "declines"), kappa(either), kappa(declines, "unable")]
            cells.append(kappa(declines))
            print(" | ".join([path.stem.split("_")[-1], name, str(len(full)), *(f"{value:.3f}" for value in cells)]))


def _refuses(what: str) -> str:
    return str(what in ("declines", "condemns"))


if __name__ == "__main__":
    main()
