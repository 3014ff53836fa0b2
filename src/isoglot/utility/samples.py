"""A sample of a task: what it scored, and what was answered; lm-eval's samples to these, and these on disk."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import DataError, RunError, problem, short
from ..files import as_json, write_text
from ..judges.answer_language import CANDIDATES
from ..languages import identify
from ..runs import json_object
from .answer import finish_said

FLEXIBLE = "flexible-extract"  # lm-eval's filter that finds the answer wherever it stands


class Sample(NamedTuple):
    """One sample.

    Attributes:
        key: the same in every language and for every model.
        score: as the metric counts it, most often 1 for right and 0 for wrong.
        metric, filter: what is counted, of lm-eval's.
        response: a generated answer; None where choices were compared.
        language: of a generated answer, a tag or ``undetermined``.
        logprobs: of the choices, where choices were compared.
        finish: why a generated answer ended, as in ``responses.jsonl``; None where nobody says.
    """

    key: str
    score: float
    metric: str
    filter: str
    response: str | None = None
    language: str | None = None
    logprobs: tuple[float, ...] = ()
    finish: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether an answer was wanted and no text came: a tool is called, or filtered, or thoughts have no end."""
        return self.response is not None and not self.response.strip()

    def line(self) -> str:
        """Its line in ``utility.<task>.jsonl``; what is not there is left out."""
        return as_json({key: value for key, value in self._asdict().items() if value not in (None, ())}) + "\n"


def samples_of(
    found: Mapping[str, Sequence[Mapping[str, Any]]], task: str, language: str, keys: Sequence[str]
) -> list[Sample]:
    """Lm-eval's samples as ours.

    Args:
        found: name of a task (of several, where ``task`` is a group of tasks) -> its samples.
        task: what was asked for.
        language: the task's.
        keys: columns by which a sample is the same in every language; without them its number is.

    Raises:
        RunError: for a task without a number for each sample.
    """
    return [
        _sample(one, f"{name.removeprefix(task)}/{_key(one, keys)}", task, language)
        for name, samples in found.items()
        for one in _of_one_filter(samples)
    ]


def _of_one_filter(samples: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Lm-eval gives each sample once for each filter: those of the flexible one, or else of the first."""
    filters = list(dict.fromkeys(one["filter"] for one in samples))
    wanted = FLEXIBLE if FLEXIBLE in filters else filters[0] if filters else ""
    return [one for one in samples if one["filter"] == wanted]


def _key(one: Mapping[str, Any], keys: Sequence[str]) -> str:
    doc = one["doc"]
    there = keys and isinstance(doc, Mapping) and all(key in doc for key in keys)
    return " ".join(str(doc[key]) for key in keys) if there else str(one["doc_id"])


def _sample(one: Mapping[str, Any], key: str, task: str, language: str) -> Sample:
    metric, score = next(((name, one[name]) for name in one["metrics"] if _is_number(one[name])), ("", None))
    if score is None:
        expected, got = "a metric with a number for each sample", ", ".join(map(str, one["metrics"])) or "none"
        raise RunError(problem(f"utility, {task}", expected, got, "Choose another task"))
    answers = [response[0] for response in one["resps"]]
    if all(isinstance(answer, str) for answer in answers):
        text = answers[0]
        spoken = identify(text, dict.fromkeys([language, *CANDIDATES]))
        return Sample(key, float(score), metric, one["filter"], str(text), spoken, finish=finish_said(text))
    logprobs = tuple(float(answer[0]) if isinstance(answer, (list, tuple)) else float(answer) for answer in answers)
    return Sample(key, float(score), metric, one["filter"], logprobs=logprobs)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value)


def samples_path(folder: Path, task: str) -> Path:
    """Where a task's samples lie."""
    return folder / f"utility.{task}.jsonl"


def write_samples(path: Path, samples: Iterable[Sample]) -> None:
    """Writes them; the file appears whole or not at all, so that a task whose file is there is done."""
    write_text(path, "".join(one.line() for one in samples))


def read_samples(path: Path) -> list[Sample]:
    """The samples of a file.

    Raises:
        DataError: for lines that are none.
    """
    found = []
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            record = json_object(line)
            logprobs = tuple(float(value) for value in record.get("logprobs", ()))
            score = float(record["score"])
            texts = {name: str(record[name]) for name in ("key", "metric", "filter")}
            rest: dict[str, Any] = {name: record.get(name) for name in ("response", "language", "finish")}
        except (ValueError, TypeError, KeyError):
            where, step = f"{path}, line {number}", "Remove the file: the same command makes it again"
            raise DataError(problem(where, "a sample", short(line.decode(errors="replace")), step)) from None
        found.append(Sample(score=score, logprobs=logprobs, **texts, **rest))
    return found
