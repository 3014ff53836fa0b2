"""Which responses are shown side by side: the same every time, and first those in which the runs differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..collect.cells import Answer, Cell
from ..collect.cells import answers as read_answers
from ..measures import answer_language
from ..runs import Key
from .slices import Measured

GROUPS, LANGUAGES = 3, 4  # prompts of each kind, languages of each prompt
NOTHING = Answer(None, None)


@dataclass(frozen=True)
class Sample:
    """One prompt in one language, and every run's answer to it in the order of the runs."""

    language: str
    prompt: str
    answers: Sequence[Answer]


@dataclass(frozen=True)
class SampleGroup:
    """One prompt group, in a few of its languages."""

    group: str
    kind: str
    samples: Sequence[Sample]


def choose(items: Sequence[Measured]) -> list[SampleGroup]:
    """Up to three prompts of each kind in up to four languages: the pivot, then where the runs differ most.

    Prompts with more differences come first; of equal ones the first in the files. A language
    that was shown already gives way to one that was not.
    """
    tags: dict[str, dict[str, list[str]]] = {}  # kind -> group -> languages
    for item in items:
        for (group, tag, _), cell in item.run.cells.items():
            of_group = tags.setdefault(cell.kind or "unknown", {}).setdefault(group, [])
            if tag not in of_group:
                of_group.append(tag)
    chosen = []
    for kind in sorted(tags, key=lambda kind: (("harmful", "harmless", "unknown", kind)).index(kind)):
        different = {group: sum(_variety(items, (group, tag, 0)) for tag in some) for group, some in tags[kind].items()}
        shown: dict[str, int] = {}
        most = sorted(different, key=lambda group: -different[group])[:GROUPS]  # sorted() keeps the files' order
        chosen += [(group, kind, _languages(items, group, tags[kind][group], shown)) for group in most]
    return _with_texts(items, chosen)


def _with_texts(items: Sequence[Measured], chosen: Sequence[tuple[str, str, Sequence[str]]]) -> list[SampleGroup]:
    """The samples of (group, kind, languages)."""
    wanted = [(group, tag, 0) for group, _, tags in chosen for tag in tags]  # of several answers the first
    texts = []
    for run in (item.run for item in items):
        cells = [run.cells[key] for key in wanted if key in run.cells]
        texts.append(read_answers(cells, run.evaluation, run.verdict_file))

    def sample(key: Key) -> Sample:
        answers = [found.get(key, NOTHING) for found in texts]
        prompt = next((answer.response.prompt for answer in answers if answer.response is not None), "")
        return Sample(key[1], prompt, answers)

    return [SampleGroup(group, kind, [sample((group, tag, 0)) for tag in tags]) for group, kind, tags in chosen]


def _variety(items: Sequence[Measured], key: Key) -> int:
    cells = [item.run.cells.get(key) for item in items]
    return len({_signs(cell) for cell in cells if cell is not None}) - 1


def _signs(cell: Cell) -> tuple[str, ...]:
    """What makes two answers different for a reader: outcome, refusal, where the language stands."""
    verdict = cell.verdict
    if verdict is None:
        return ("not judged",)
    return (verdict.outcome or "failed", verdict.refusal or "failed", answer_language(cell, verdict))


def _languages(items: Sequence[Measured], group: str, tags: Sequence[str], shown: dict[str, int]) -> list[str]:
    """The pivot and the most telling others, in the slices' order; counts them in ``shown``."""
    order = [tag for item in items for tag in item.order]
    pivots, unseen = ({tag for item in items for tag in item.slices.get(part, ())} for part in ("pivot", "unseen"))
    others = sorted(tags, key=lambda tag: (shown.get(tag, 0), -_variety(items, (group, tag, 0))))
    # The pivot and a language that was not aligned are always among them.
    first = [tag for tag in tags if tag in pivots][:1] + [tag for tag in others if tag in unseen - pivots][:1]
    others = [tag for tag in others if tag not in first]
    chosen = first + others[: LANGUAGES - len(first)]
    for tag in chosen:
        shown[tag] = shown.get(tag, 0) + 1
    return sorted(chosen, key=lambda tag: order.index(tag) if tag in order else len(order))
