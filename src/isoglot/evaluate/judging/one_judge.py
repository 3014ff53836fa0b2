"""Responses on disk to verdicts on disk and numbers; of texts those of the calls under way are held."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from operator import attrgetter
from pathlib import Path
from typing import Any, Protocol

from ... import __version__
from ...errors import problem
from ...files import write_json, written_whole
from ...judges import BatchJudge, Exchange, Judge, Verdict, as_batch_judge
from ...judges.about import about
from ...judges.offline.processes import spread
from ...measures import Judged
from ...providers.usage import Price, Usage
from ...runs import RESPONSES, Response, first_of_each, read_responses, read_verdicts, verdict_line
from ...runs.card import OWN
from ...runs.evaluations import expected_of
from ...runs.json_file import readable_object
from ...runs.judged import AGREEMENT, METRICS, is_silent, metrics_path, verdicts_path
from ..answering.answers import stored_responses
from ..numbers.summary import summarise
from ..protocol.protocol_files import judged_protocol, rewrite_protocol
from .as_before import as_before
from .asking import Question, ask_all
from .verdict_store import VerdictStore

Progress = Callable[[int, int], None]
_TOLD = 100  # responses between two calls of the progress


class Named(Protocol):
    """What numbers are signed with."""

    @property
    def name(self) -> str:
        """The judge's."""
        ...

    @property
    def version(self) -> str:
        """The judge's."""
        ...


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
    folder: Path,
    protocol: Mapping[str, Any],
    judge: Judge | BatchJudge,
    progress: Progress | None = None,
    *,
    price: Price | None = None,
) -> Evaluation:
    """Judges a folder's responses; writes verdicts, numbers and what they were made with.

    Args:
        folder: of the evaluation.
        protocol: what the responses were made with.
        judge: gives the verdicts.
        progress: called with the number of responses judged and of all prompts.
        price: of the judge's tokens.
    """
    judge = spread(as_before(as_batch_judge(judge), folder), (folder / RESPONSES).stat().st_size)
    store = VerdictStore(folder, judge)
    _ask_missing(folder, judge, store, expected_of(protocol), progress)
    judged, failed, usage = _write_whole(folder, judge, store, price)
    return finish(folder, protocol, judge, judged, failed, usage.record("judge"))


def _ask_missing(
    folder: Path, judge: BatchJudge, store: VerdictStore, expected: Any, progress: Progress | None
) -> None:
    """Asks the judge what the store does not know yet."""
    done = len(store)
    total = max(expected, done) if isinstance(expected, int) else 0

    def questions() -> Iterator[Question]:
        begun = set[bytes]()
        for response in first_of_each(read_responses(folder / RESPONSES), attrgetter("key")):
            exchange = exchange_of(response)
            asked = store.asked(exchange)
            if asked not in store and asked not in begun:
                begun.add(asked)
                yield asked, exchange

    def take(asked: bytes, verdict: Verdict) -> None:
        nonlocal done
        add(asked, verdict)
        done += 1
        if progress and (judge.kept or done % _TOLD == 0):
            progress(done, max(total, done))

    if progress is not None and total:
        progress(done, total)
    with store.adding() as add:
        ask_all(judge, questions(), take)


def _write_whole(
    folder: Path, judge: BatchJudge, store: VerdictStore, price: Price | None
) -> tuple[list[Judged], list[str], Usage]:
    """Writes the verdicts in the responses' order.

    Returns:
        Responses and verdicts without their texts, which are on disk; what went wrong, of each that failed; and what
        the verdicts took.
    """
    judged: list[Judged] = []
    failed: list[str] = []
    usage, seen = Usage(price), set[bytes]()
    with (  # what is read is closed before the file is replaced
        written_whole(verdicts_path(folder, judge.name)) as aside,
        open(aside, "w", encoding="utf-8", newline="") as file,
        store.reading() as read,
    ):
        for response in stored_responses(folder / RESPONSES):
            asked = store.asked(exchange_of(response))
            verdict = read(asked)
            if asked in seen:  # asked once, and paid once
                verdict = replace(verdict, input_tokens=0, output_tokens=0)
            seen.add(asked)
            usage.add(verdict.input_tokens, verdict.output_tokens)
            file.write(verdict_line(response, verdict, asked.hex() if judge.kept else ""))
            judged.append((without_text(response), verdict.bare()))
            if verdict.outcome is None:
                failed.append(verdict.error)
    store.done()
    return judged, failed, usage


def finish(
    folder: Path,
    protocol: Mapping[str, Any],
    judge: Named,
    judged: list[Judged],
    failed: list[str],
    more: Mapping[str, Any],
) -> Evaluation:
    """Writes a judge's numbers and what they were made with; warns of responses that are not there, or not judged.

    They become the folder's, unless the judge has given no verdict at all and the folder's are another's, which has.

    Args:
        folder: of the evaluation.
        protocol: what the responses were made with; of an earlier judge it says nothing from now on.
        judge: whose verdicts.
        judged: responses with their verdicts.
        failed: what went wrong, of each that the judge failed on.
        more: what else the protocol says of the judge, under names that begin with ``judge``.
    """
    answered, expected = len(judged), expected_of(protocol)
    if isinstance(expected, int) and answered < expected:
        rest = "ask for the rest by the same isoglot evaluate or, of a log, by inspect eval-retry"
        step = f"They are no random sample: {rest}"
        warnings.warn(problem(str(folder), f"an answer to each of {expected} prompts", answered, step), stacklevel=4)
    if failed:
        got = f"none on {len(failed)} of {answered}; the first: {failed[0].removesuffix('.')}"
        step = "These are in no rate: judge again when the judge is mended"
        warnings.warn(problem(f"judge {judge.name}", "a verdict on each response", got, step), stacklevel=4)
    asked = {name: value for name, value in protocol.items() if not name.startswith("judge")}
    by = {"judge": judge.name, "judge_version": judge.version, **about(judge), **more, "isoglot": __version__}
    kinds = summarise(judged)
    full = judged_protocol(folder, {**asked, "answered": answered, **by}, judged, kinds, judge)
    metrics = {"protocol": {key: value for key, value in full.items() if key not in OWN}, "kinds": kinds}
    write_json(metrics_path(folder, judge.name), metrics)
    if not (is_silent(metrics) and _another_speaks(folder, judge.name)):
        rewrite_protocol(folder, full)
        write_json(folder / METRICS, metrics)
    (folder / AGREEMENT).unlink(missing_ok=True)  # it was of other verdicts
    return Evaluation(metrics, folder)


def _another_speaks(folder: Path, judge: str) -> bool:
    """Whether a folder's numbers are another judge's, which has given verdicts."""
    numbers = readable_object(folder / METRICS)
    protocol = numbers.get("protocol")
    return isinstance(protocol, Mapping) and protocol.get("judge") != judge and not is_silent(numbers)


def exchange_of(response: Response) -> Exchange:
    """What a judge is asked about a response."""
    return Exchange(
        response.prompt, response.response, response.language, response.kind, response.category, response.history
    )


def without_text(response: Response) -> Response:
    """The response for numbers: its texts stay on disk."""
    group, language = sys.intern(response.group), sys.intern(response.language)
    return replace(response, group=group, language=language, prompt="", response="", history=())
