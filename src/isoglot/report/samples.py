"""Which responses are shown side by side: the same every time, and first those in which the runs differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..judges import Verdict
from ..measures import answer_language
from ..runs import Response
from .slices import Measured

Cell = tuple[str, str]
GROUPS, LANGUAGES = 3, 4  # prompts of each kind, languages of each prompt


@dataclass(frozen=True)
class Answer:
    """One run's response; None for what is not there."""

    response: Response | None
    verdict: Verdict | None

    @property
    def signs(self) -> tuple[str, ...]:
        """What makes two answers different for a reader: outcome, refusal, where the language stands."""
        if self.response is None:
            return ("none",)
        if self.verdict is None:
            return ("not judged",)
        language = answer_language(self.response, self.verdict)
        return (self.verdict.outcome or "failed", self.verdict.refusal or "failed", language)


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

    Prompts with more differences come first; of those with as many, the one that comes first in the files. A language
    that was shown already gives way to one that was not.
    """
    cells: dict[str, dict[str, dict[str, str]]] = {}  # kind -> group -> language -> prompt
    for item in items:
        for (group, tag), response in item.run.responses.items():
            cells.setdefault(response.kind or "unknown", {}).setdefault(group, {}).setdefault(tag, response.prompt)
    found = []
    order = sorted(cells, key=lambda kind: (("harmful", "harmless", "unknown", kind)).index(kind))
    for kind in order:
        different = {group: sum(_variety(items, (group, tag)) for tag in tags) for group, tags in cells[kind].items()}
        chosen = sorted(different, key=lambda group: -different[group])[:GROUPS]  # sorted() keeps the files' order
        shown: dict[str, int] = {}
        for group in chosen:
            tags = _languages(items, group, list(cells[kind][group]), shown)
            samples = [Sample(tag, cells[kind][group][tag], answers(items, (group, tag))) for tag in tags]
            found.append(SampleGroup(group, kind, samples))
    return found


def answers(items: Sequence[Measured], key: Cell) -> list[Answer]:
    """Each run's answer to one cell."""
    return [Answer(item.run.responses.get(key), item.run.verdicts.get(key)) for item in items]


def _variety(items: Sequence[Measured], key: Cell) -> int:
    return len({answer.signs for answer in answers(items, key) if answer.response is not None}) - 1


def _languages(items: Sequence[Measured], group: str, tags: Sequence[str], shown: dict[str, int]) -> list[str]:
    """The pivot and the most telling others, in the slices' order; counts them in ``shown``."""
    order = [tag for item in items for tag in item.order]
    pivots, unseen = ({tag for item in items for tag in item.slices.get(part, ())} for part in ("pivot", "unseen"))
    others = sorted(tags, key=lambda tag: (shown.get(tag, 0), -_variety(items, (group, tag))))
    # The pivot and a language that was not aligned are always among them.
    first = [tag for tag in tags if tag in pivots][:1] + [tag for tag in others if tag in unseen - pivots][:1]
    others = [tag for tag in others if tag not in first]
    chosen = first + others[: LANGUAGES - len(first)]
    for tag in chosen:
        shown[tag] = shown.get(tag, 0) + 1
    return sorted(chosen, key=lambda tag: order.index(tag) if tag in order else len(order))
