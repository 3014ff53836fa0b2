"""The verdicts of several judges on one evaluation, read side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from ...errors import DataError, problem
from ...judges import Verdict
from ...runs import RESPONSES, Response, read_verdicts
from ...runs.judged import judges_of, verdicts_path
from ..answering.answers import stored_responses


def side_by_side(folder: Path, judges: Sequence[str]) -> Iterator[tuple[Response, list[Verdict]]]:
    """Each response with the verdicts of all judges on it, one at a time.

    Raises:
        DataError: for a judge whose verdicts are of other responses.
    """
    files = [read_verdicts(verdicts_path(folder, judge)) for judge in judges]
    for response in stored_responses(folder / RESPONSES):
        verdicts = []
        for judge, file in zip(judges, files, strict=True):
            key, verdict = next(file, (None, None))
            if verdict is None or key != response.key:
                where, step = str(verdicts_path(folder, judge)), "Judge with it again"
                raise DataError(problem(where, "a verdict on each response, in their order", "others", step))
            verdicts.append(verdict)
        yield response, verdicts


def members_on_disk(folder: Path) -> dict[str, str]:
    """The judges that have judged all of a folder's responses, panels aside: names -> versions."""
    answered = sum(1 for _ in stored_responses(folder / RESPONSES))
    return {
        name: str(protocol.get("judge_version", ""))
        for name, protocol in judges_of(folder).items()
        if protocol.get("answered") == answered and "judge_members" not in protocol
    }
