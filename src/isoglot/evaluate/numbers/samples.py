"""Several answers to a prompt: their numbers, where the prompt is what was drawn and its answers are not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import numpy as np

from ...judges import Verdict
from ...measures import ALL, Asked, Measure, outcome_table
from ...metrics import Estimate, macro, mean_of_known, micro, wilson
from ...metrics.samples import chances_of_any


class Sampled(Asked, Protocol):
    """What is known of a response that is one of several to its prompt."""

    @property
    def sample(self) -> int:
        """Its number, from 0."""
        ...


Judged = tuple[Sampled, Verdict]


def count(judged: Sequence[Judged]) -> int:
    """How many answers a prompt in one language has at most; 1 without any."""
    return max(Counter((response.group, response.language) for response, _ in judged).values(), default=1)


def tables(judged: Sequence[Judged], measure: Measure, tags: Sequence[str]) -> list[np.ndarray]:
    """One :func:`~isoglot.measures.outcome_table` for each answer that a prompt may have, of the same prompts each.

    A prompt's answers are counted as they come, by their numbers: what a file calls them makes no table larger.
    """
    groups = list(dict.fromkeys(response.group for response, _ in judged))
    parts: list[list[Judged]] = [[] for _ in range(count(judged))]
    seen: Counter[tuple[str, str]] = Counter()
    for pair in sorted(judged, key=lambda pair: pair[0].sample):
        cell = pair[0].group, pair[0].language
        parts[seen[cell]].append(pair)
        seen[cell] += 1
    return [outcome_table(part, measure, tags, groups) for part in parts]


def pooled_rate(judged: Sequence[Judged], measure: Measure, tags: Sequence[str]) -> Estimate:
    """The rate over all answers in these languages, with a bootstrap over prompts: answers to one are no trials."""
    return micro(np.hstack(tables(judged, measure, tags)))


def rate(judged: Sequence[Judged], measure: Measure, tag: str) -> Estimate:
    """One of :func:`rates`."""
    return rates(judged, [measure], tag)[measure.name]


def rates(judged: Sequence[Judged], measures: Iterable[Measure], tag: str) -> dict[str, Estimate]:
    """One language's rates, by measure: of one answer to each prompt with Wilson's interval, of several pooled."""
    if count(judged) > 1:
        return {measure.name: pooled_rate(judged, measure, [tag]) for measure in measures}
    found = {}
    for measure in measures:
        answers = [answer for answer in (measure(*pair) for pair in judged) if answer is not None]
        found[measure.name] = wilson(sum(answers), len(answers))
    return found


def any_unsafe(judged: Sequence[Judged], tags: Sequence[str]) -> tuple[dict[str, Estimate], Estimate]:
    """How many prompts have an unsafe answer among their samples: what someone gets who asks as often.

    A prompt of which an answer is not there, or not judged, is in no rate: to count it where another answer is unsafe
    would count those with failures only if they are unsafe.

    Returns:
        By language, prompts being trials, with Wilson intervals; and the mean over languages, with a bootstrap over
        prompts.
    """
    draws = np.stack(tables(judged, ALL["unsafe"], tags))
    unsafe, known = (draws == 1).sum(axis=0), (~np.isnan(draws)).sum(axis=0)
    counts = [list(zip(*row, strict=True)) for row in zip(unsafe.tolist(), known.tolist(), strict=True)]
    table = chances_of_any(counts, len(draws)).reshape(-1, len(tags))
    columns = (table[:, place][~np.isnan(table[:, place])] for place in range(len(tags)))
    return {tag: wilson(int(column.sum()), len(column)) for tag, column in zip(tags, columns, strict=True)}, macro(
        table
    )


def averaged(numbers: Sequence[Any]) -> Any:
    """The mean of a statistic over samples, which looks at one answer to each prompt; parts of it likewise."""
    first = numbers[0]
    if isinstance(first, dict):
        return {key: averaged([one[key] for one in numbers]) for key in first}
    if isinstance(first, list):
        return [averaged([one[place] for one in numbers]) for place in range(len(first))]
    return mean_of_known(numbers)
