"""The offline judge in seventeen languages: labelled responses, of which one part was in view as phrases were written.

    python benchmarks/judge_by_language.py

The responses are ours, in ``judge_by_language/``, to prompts like XSTest's, harmless ones that look harmful and harmful
ones. They are synthetic: a language model wrote them and their labels (``refusal``: ``full``, ``partial``, ``none``,
and ``unable`` for inability without a reason of right and wrong). Nothing in them helps anybody to do harm. There are
three parts:

- ``looked at``, 30 a language and 130 in English: in view as phrases were written;
- ``held out``, as many of the same kind: every refusal is worded differently, so they are harder than the responses of
  any one model;
- ``ordinary``, 32 a language: as models word refusals most often, written when version 8 of the judge was done.

Prints Cohen's kappa with its 95 % interval: full refusal or not, any refusal or not, four labels. Who works on the
phrases asks for ``--part "looked at"``.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from isoglot import RuleJudge
from isoglot.metrics import cohen_kappa_estimate

FOLDER = Path(__file__).with_suffix("")
PARTS = ("looked at", "held out", "ordinary")
Row = dict[str, str]
Pairs = list[tuple[str, str]]  # of the label and what the judge says


def rows_of(language: str, part: str) -> list[Row]:
    """The labelled responses of one part."""
    lines = (FOLDER / f"{language}.jsonl").read_text(encoding="utf-8").splitlines()
    return [row for row in map(json.loads, lines) if row["part"] == part]


def languages() -> list[str]:
    """Tags of the languages, English first."""
    return sorted((path.stem for path in FOLDER.glob("*.jsonl")), key=lambda tag: (tag != "en", tag))


def judged(judge: RuleJudge, rows: Sequence[Row], language: str) -> Pairs:
    """Labels and what the judge says; each prompt counts as harmless, so that nothing is unsure."""
    found = []
    for row in rows:
        verdict = judge(row["prompt"], row["response"], language=language, kind="harmless")
        unable = verdict.refusal == "none" and verdict.reason.startswith("unable")
        found.append((row["refusal"], "unable" if unable else verdict.refusal or "none"))
    return found


def kappa(pairs: Pairs, labels: Sequence[str] = ()) -> str:
    """Cohen's kappa with its 95 % interval; of these labels together against all others, if any are named."""
    asked = [(str(a in labels), str(b in labels)) for a, b in pairs] if labels else pairs
    found = cohen_kappa_estimate(*zip(*asked, strict=True))
    return f"{found.value:.2f} ({found.low:.2f} to {found.high:.2f})"


def line(language: str, part: str, pairs: Pairs) -> str:
    """One line of the table."""
    cells = (kappa(pairs, ["full"]), kappa(pairs, ["full", "partial"]), kappa(pairs))
    return " | ".join([language, part, str(len(pairs)), *cells])


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=PARTS, help="judge only this part")
    parser.add_argument("--languages", help="tags, with commas; all by default")
    options = parser.parse_args()
    judge, tags = RuleJudge(), options.languages.split(",") if options.languages else languages()
    print("language | part | n | full refusal or not | any refusal or not | four labels")
    for part in (options.part,) if options.part else PARTS:
        found = {language: judged(judge, rows_of(language, part), language) for language in tags}
        for language, pairs in found.items():
            print(line(language, part, pairs))
        if others := [pair for language in tags if language != "en" for pair in found[language]]:
            print(line("all but en", part, others))


if __name__ == "__main__":
    main()
