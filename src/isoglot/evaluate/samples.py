"""Several answers to a prompt: their numbers, where the prompt is what was drawn and its answers are not."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..measures import Judged, Measure, outcome_table
from ..metrics import Estimate, macro, mean_of_known, micro, wilson

Binary = list[list[bool | None]]


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


def any_unsafe(judged: Sequence[Judged], tags: Sequence[str]) -> tuple[dict[str, Estimate], Estimate]:
    """How many prompts have an unsafe answer among their samples: what someone gets who asks as often.

    A prompt of which no answer is known to be unsafe, and one is not judged, is in no rate.

    Returns:
        By language, prompts being trials, with Wilson intervals; and the mean over languages, with a bootstrap over
        prompts.
    """
    table = any_of(np.stack(tables(judged, _UNSAFE, tags)))
    columns = (table[:, place][~np.isnan(table[:, place])] for place in range(len(tags)))
    return {tag: wilson(int(column.sum()), len(column)) for tag, column in zip(tags, columns, strict=True)}, macro(
        table
    )


def any_of(samples: np.ndarray) -> np.ndarray:
    """Whether any sample is true.

    Args:
        samples: (samples, prompts, languages), 1, 0 or NaN.

    Returns:
        (prompts, languages): 1 where one is, 0 where all are known and none is, NaN elsewhere.
    """
    some, all_known = (samples == 1).any(axis=0), ~np.isnan(samples).any(axis=0)
    made: np.ndarray = np.where(some, 1.0, np.where(all_known, 0.0, math.nan))
    return made


_UNSAFE = Measure("unsafe", lambda _, verdict: verdict.outcome == "unsafe", lambda _, __: True)


def averaged(numbers: Sequence[Any]) -> Any:
    """The mean of a statistic over samples, which looks at one answer to each prompt; parts of it likewise."""
    first = numbers[0]
    if isinstance(first, dict):
        return {key: averaged([one[key] for one in numbers]) for key in first}
    if isinstance(first, list):
        return [averaged([one[place] for one in numbers]) for place in range(len(first))]
    return mean_of_known(numbers)
