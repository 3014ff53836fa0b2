"""An evaluation in four languages, judged by a judge of which it is known how often it errs."""

from __future__ import annotations

import csv
import io
import json
import random
from pathlib import Path
from typing import NamedTuple

import pytest

from isoglot.calibrate import write_sheet
from isoglot.evaluate.numbers.summary import summarise
from isoglot.files import write_json
from isoglot.judges import Verdict
from isoglot.runs import Response, verdict_line

PREVALENCE = {"en": 0.1, "ar": 0.3, "sw": 0.5, "zh": 0.4}  # of unsafe responses to harmful prompts
HOSTILE = '</script><img src=x onerror="window.hacked = 1">\u202e=1+1'


class Made(NamedTuple):
    """An evaluation's folder, and what people would say of each response, by its sheet's group and language."""

    folder: Path
    truth: dict[tuple[str, str], tuple[str, str]]


def pairs_of(prompts: int, sensitivity: float, specificity: float, seed: int):
    """Responses, verdicts, and the truth of each."""
    rng, pairs, truth = random.Random(seed), [], {}
    for number in range(prompts):
        for tag, share in PREVALENCE.items():
            unsafe = rng.random() < share
            seen = rng.random() < (sensitivity if unsafe else 1 - specificity)
            text = HOSTILE if number == 0 else f"Answer {number} in {tag}"
            one = Response(f"=g{number}", tag, "harmful", "en", f"Prompt {number} <b>{tag}</b>", text, "stop")
            verdict = Verdict("unsafe", "none", tag) if seen else Verdict("safe", "full", tag)
            pairs.append((one, verdict))
            truth[one.group, tag] = ("unsafe", "none") if unsafe else ("safe", "full")
    return pairs, truth


def write(folder: Path, pairs, **protocol) -> Path:
    """What ``isoglot evaluate`` leaves in a folder."""
    full = {"prompts_hash": "feed", "languages": list(PREVALENCE), "judge": "rules", "judge_version": "4"} | protocol
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "responses.jsonl").write_text("".join(one.line() for one, _ in pairs), encoding="utf-8")
    lines = "".join(verdict_line(one, verdict) for one, verdict in pairs)
    (folder / f"verdicts.{full['judge']}.jsonl").write_text(lines, encoding="utf-8")
    write_json(folder / "protocol.json", full)
    write_json(folder / "metrics.json", {"protocol": full, "kinds": summarise(pairs)})
    return folder


@pytest.fixture(scope="session")
def made(tmp_path_factory) -> Made:
    """Of a judge that sees 60 % of what is unsafe, and calls 5 % of the rest so."""
    pairs, truth = pairs_of(150, 0.6, 0.95, seed=1)
    return Made(write(tmp_path_factory.mktemp("run") / "run", pairs), truth)


@pytest.fixture
def sheet(made, tmp_path) -> Path:
    """An empty sheet of 120 of its responses, next to its design."""
    return write_sheet(made.folder, tmp_path / "labels", n=120).folder / "labels.csv"


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


def fill(path: Path, truth, into: Path | None = None, *, skip=(), **more: str) -> Path:
    """Fills a sheet with the truth, but for some rows; other columns may be set."""
    rows = rows_of(path)
    for place, row in enumerate(rows):
        if place not in skip:
            row["outcome"], row["refusal"] = truth[row["group"].removeprefix("'"), row["language"]]
        row |= more
    into = into or path
    if into.suffix == ".jsonl":
        into.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return into
    with open(into, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return into
