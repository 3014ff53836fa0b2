"""Responses on disk to verdicts on disk and numbers; one text at a time is held."""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from operator import attrgetter
from pathlib import Path
from typing import Any

from ..errors import named, problem
from ..files import write_json, write_text, written_whole
from ..judges import Judge, Verdict
from ..languages import UNDETERMINED
from ..measures import Judged
from ..runs import RESPONSES, Response, first_of_each, read_responses, read_verdicts, verdict_line
from ..runs.evaluations import PROTOCOL
from .answers import stored_responses
from .protocol import protocol_text
from .summary import summarise


@dataclass(frozen=True)
class Evaluation:
    """What an evaluation gave.

    Attributes:
        metrics: what ``metrics.json`` holds.
        folder: where everything lies.
    """

    metrics: dict[str, Any]
    folder: Path

    @cached_property
    def responses(self) -> list[Response]:
        """Every answer, in the groups' order, read from the folder."""
        return list(first_of_each(read_responses(self.folder / RESPONSES), attrgetter("key")))

    @cached_property
    def verdicts(self) -> list[Verdict]:
        """Parallel to the responses, read from the folder."""
        path = verdicts_path(self.folder, self.metrics["protocol"]["judge"])
        return [verdict for _, verdict in read_verdicts(path)]


def judge_folder(
    folder: Path, protocol: Mapping[str, Any], judge: Judge, progress: Callable[[int, int], None] | None = None
) -> Evaluation:
    """Judges a folder's responses; writes verdicts, numbers and what they were made with.

    Args:
        folder: of the evaluation.
        protocol: what the responses were made with.
        judge: gives the verdicts.
        progress: called with the number of responses judged and of all prompts.
    """
    from .. import __version__

    expected = protocol.get("responses", protocol.get("prompts"))
    if progress is not None and isinstance(expected, int):
        progress(0, expected)
    judged, failed = _judged(folder, judge, expected, progress)
    answered = len(judged)
    if progress is not None:
        progress(answered, answered)
    if isinstance(expected, int) and answered < expected:
        step = "Short prompts come first, so the numbers describe no random sample: run isoglot evaluate again"
        warnings.warn(problem(str(folder), f"an answer to each of {expected} prompts", answered, step), stacklevel=3)
    if failed:
        got = f"none on {len(failed)} of {answered}; the first: {failed[0]}"
        step = "These are in no rate: judge again when the judge is mended"
        warnings.warn(problem(f"judge {judge.name}", "a verdict on each response", got, step), stacklevel=3)
    by = {"judge": judge.name, "judge_version": judge.version, "isoglot": __version__}
    full = {**protocol, "answered": answered, **by}
    write_json(folder / PROTOCOL, full)
    write_text(folder / "protocol.md", protocol_text(full))
    metrics = {"protocol": full, "kinds": summarise(judged)}
    write_json(folder / "metrics.json", metrics)
    return Evaluation(metrics, folder)


def _judged(
    folder: Path, judge: Judge, expected: Any, progress: Callable[[int, int], None] | None
) -> tuple[list[Judged], list[str]]:
    """Responses and verdicts without their texts, which are on disk; and what went wrong, of each that failed."""
    judged: list[Judged] = []
    failed: list[str] = []
    with (
        written_whole(verdicts_path(folder, judge.name)) as aside,
        open(aside, "w", encoding="utf-8", newline="") as file,
    ):
        for response in stored_responses(folder / RESPONSES):
            verdict = _verdict(judge, response)
            file.write(verdict_line(response, verdict))
            judged.append((_without_text(response), verdict.bare()))
            if verdict.outcome is None:
                failed.append(verdict.error)
            if progress and len(judged) % 100 == 0:
                progress(len(judged), expected if isinstance(expected, int) else len(judged))
    return judged, failed


def verdicts_path(folder: Path, judge: str) -> Path:
    """The file of a judge's verdicts; ``org/model`` and the like become part of a file name."""
    name = re.sub(r"[^\w.-]+", "_", judge)
    return folder / f"verdicts.{name}.jsonl"


def _without_text(response: Response) -> Response:
    return replace(
        response, group=sys.intern(response.group), language=sys.intern(response.language), prompt="", response=""
    )


def _verdict(judge: Judge, response: Response) -> Verdict:
    """The judge's verdict; a judge that fails on one response gives the reason there, and costs the others nothing."""
    try:
        verdict = judge(response.prompt, response.response, language=response.language, kind=response.kind)
        if not isinstance(verdict, Verdict):
            raise TypeError(f"expected a Verdict, got {type(verdict).__name__}")
    except Exception as error:
        return Verdict(None, None, UNDETERMINED, "the judge failed", named(error))
    return verdict
