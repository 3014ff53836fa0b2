"""Reads run directories; what is missing or broken becomes a note on the page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ..errors import DataError, problem, raise_all

_MAKES = {
    "metrics.json": "isoglot evaluate {run} --prompts GROUPS",
    "log.jsonl": "isoglot train RUN.yaml",
    "spectrum.json": "isoglot train RUN.yaml, with groups",
}


@dataclass(frozen=True)
class Answer:
    """One response with its verdict, as read from the files; untrusted text."""

    group: str
    language: str
    kind: str
    prompt: str
    response: str
    outcome: str  # "failed" if the judge failed
    refusal: str
    found: str  # language of the response


@dataclass(frozen=True)
class Run:
    """What the page needs of one run directory.

    Attributes:
        name: shown.
        path: as given.
        kinds: ``metrics.json``'s numbers by kind of prompt; empty without an evaluation.
        protocol: what they were computed with.
        answers: responses with verdicts.
        log: lines of the training log.
        spectrum: ``{"before": ..., "after": ...}``, or empty.
        settings: ``run.yaml``.
        meta: name, note, and which languages were aligned or unseen, if the run says so.
        notes: what is missing.
    """

    name: str
    path: Path
    kinds: dict[str, Any] = field(default_factory=dict)
    protocol: dict[str, Any] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    log: list[dict[str, Any]] = field(default_factory=list)
    spectrum: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    meta: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def languages(self) -> list[str]:
        """Of all kinds of prompts, the pivot first."""
        tags = dict.fromkeys(tag for kind in self.kinds.values() for tag in kind["languages"])
        return sorted(tags, key=lambda tag: tag != self.pivot)

    @property
    def pivot(self) -> str:
        """The language aligned in."""
        return str(self.meta.get("pivot", "en"))

    @property
    def slices(self) -> dict[str, list[str]]:
        """``pivot``, ``aligned`` and ``unseen`` languages; without a word on it, all others count as aligned."""
        unseen = [tag for tag in self.meta.get("unseen", ()) if tag in self.languages]
        aligned = [tag for tag in self.languages if tag != self.pivot and tag not in unseen]
        return {"pivot": [self.pivot], "aligned": aligned, "unseen": unseen}

    def pooled(self, kind: str, measure: str, tags: Sequence[str]) -> tuple[int, int]:
        """Counts of a measure over languages: (successes, prompts); (0, 0) where there are none."""
        found = self.kinds.get(kind, {}).get("languages", {})
        rates = [found[tag][measure] for tag in tags if tag in found]
        return sum(rate["k"] for rate in rates), sum(rate["n"] for rate in rates)


def collect(paths: Sequence[Path], names: Sequence[str] | None = None) -> list[Run]:
    """Reads the directories.

    Raises:
        DataError: for every folder that holds neither an evaluation nor a training.
    """
    problems = []
    for path in paths:
        if not any((path / name).exists() for name in ("metrics.json", "log.jsonl", "run.yaml")):
            got = "one without metrics.json, log.jsonl and run.yaml" if path.is_dir() else "no folder"
            problems.append(problem(str(path), "a run directory", got, "Run isoglot train or isoglot evaluate first"))
    raise_all(problems, DataError)
    given: Sequence[str | None] = names or [None] * len(paths)
    return [_read(path, name) for path, name in zip(paths, given, strict=True)]


def _read(path: Path, name: str | None) -> Run:
    notes: list[str] = []
    metrics = _json(path / "metrics.json", notes) or {}
    meta = _json(path / "meta.json", notes) or {}
    log = [line for line in map(_line, _lines(path / "log.jsonl")) if "step" in line]
    trained = (path / "run.yaml").exists()
    spectrum = _json(path / "spectrum.json", notes) or {}
    present = {"metrics.json": bool(metrics), "log.jsonl": bool(log) or not trained}
    for file, there in present.items():
        if not there:
            notes.append(f"{file} is missing: {_MAKES[file].format(run=path)}")
    return Run(
        name=name or str(meta.get("name") or path.name),
        path=path,
        kinds=metrics.get("kinds", {}),
        protocol=metrics.get("protocol", {}),
        answers=_answers(path),
        log=log,
        spectrum=spectrum if spectrum.get("after") else {},
        settings=yaml.safe_load((path / "run.yaml").read_text(encoding="utf-8")) if trained else {},
        meta=meta,
        notes=notes,
    )


def _json(path: Path, notes: list[str]) -> dict[str, Any] | None:
    if not path.exists():
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = None
    if not isinstance(found, dict):
        notes.append(f"{path.name} cannot be read")
        return None
    return found


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").split("\n") if path.exists() else []


def _line(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _answers(path: Path) -> list[Answer]:
    files = sorted(path.glob("verdicts.*.jsonl"))
    if not files:
        return []
    verdicts = {}
    for line in map(_line, _lines(files[0])):
        if line:
            verdicts[line["group"], line["language"]] = line["verdict"]
    answers = []
    for line in map(_line, _lines(path / "responses.jsonl")):
        verdict = verdicts.get((line.get("group"), line.get("language")))
        if verdict is not None:
            answers.append(
                Answer(
                    group=line["group"],
                    language=line["language"],
                    kind=line["kind"] or "unknown",
                    prompt=line["prompt"],
                    response=line["response"],
                    outcome=verdict["outcome"] or "failed",
                    refusal=verdict["refusal"] or "none",
                    found=verdict["language"],
                )
            )
    return answers
