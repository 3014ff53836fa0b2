"""An evaluation as one judge sees it: responses, its verdicts on them, and which version of it gave them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any

from ..errors import DataError, problem, some
from ..judges import Verdict
from ..runs import RESPONSES, Key, Response, first_of_each, read_responses, read_verdicts
from ..runs.evaluations import read_protocol
from ..runs.json_file import readable_object
from ..runs.judged import judges_of, metrics_path, verdicts_path

Pair = tuple[Response, Verdict]


@dataclass(frozen=True)
class JudgedFolder:
    """An evaluation's folder and the verdicts of one judge.

    Attributes:
        folder: the evaluation's.
        judge: name.
        version: of the judge; empty if no file says it.
        protocol: what the responses were made with.
        pairs: responses with verdicts, in the file's order; without those that have no verdict.
    """

    folder: Path
    judge: str
    version: str
    protocol: Mapping[str, Any]
    pairs: list[Pair]

    @property
    def failed(self) -> int:
        """How many responses the judge failed on."""
        return sum(verdict.outcome is None for _, verdict in self.pairs)

    @property
    def known(self) -> list[Pair]:
        """The pairs that have an outcome."""
        return [pair for pair in self.pairs if pair[1].outcome is not None]


def read_judged(folder: Path, judge: str | None = None) -> JudgedFolder:
    """Reads an evaluation.

    Args:
        folder: the evaluation's.
        judge: whose verdicts, or how its name begins; None: of the judge that the folder's numbers are of.

    Raises:
        DataError: without responses, or without verdicts of that judge, or where several judges may be meant.
        RunError: for a file that is broken.
    """
    if not (folder / RESPONSES).is_file():
        raise DataError(problem(str(folder), "an evaluation", f"no {RESPONSES}", "Run isoglot evaluate first"))
    protocol = read_protocol(folder)
    name = _meant(folder, judge or str(protocol.get("judge") or "rules"))
    path = verdicts_path(folder, name)
    verdicts: dict[Key, Verdict] = {}
    for key, verdict in read_verdicts(path):
        verdicts.setdefault(key, verdict)
    responses = first_of_each(read_responses(folder / RESPONSES), attrgetter("key"))
    pairs = [(response, verdicts[response.key]) for response in responses if response.key in verdicts]
    return JudgedFolder(folder, name, version_of(folder, name), protocol, pairs)


def _meant(folder: Path, name: str) -> str:
    """The judge of that name, or the only one whose name begins so."""
    if verdicts_path(folder, name).is_file():
        return name
    there = list(judges_of(folder))
    meant = [one for one in there if one.startswith(name)]
    if len(meant) == 1:
        return meant[0]
    step = "Write more of the name" if meant else f"Judge with it: isoglot judge {folder}"
    raise DataError(problem(str(folder), f"verdicts of one judge {name!r}", some(meant or there, 8) or "none", step))


def version_of(folder: Path, judge: str) -> str:
    """The version of a judge that gave a folder's verdicts, as its numbers say; empty where none do."""
    own = readable_object(metrics_path(folder, judge)).get("protocol")
    for said in (own, read_protocol(folder)):
        if isinstance(said, Mapping) and said.get("judge") == judge:
            return str(said.get("judge_version") or "")
    return ""
