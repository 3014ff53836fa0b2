"""Samples to numbers: by task and language, over languages, and against a base model on the same samples."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..languages import UNDETERMINED
from ..metrics import Estimate, cluster_bootstrap, macro, paired_difference, wilson
from .families import Chosen
from .samples import Sample

NOT_SAID = "not said"  # why an answer ended, where nobody says
Samples = Mapping[Chosen, Sequence[Sample]]


def summarise(
    samples: Samples, base: Samples | None = None, missing: Mapping[str, Sequence[str]] | None = None
) -> dict[str, Any]:
    """What ``utility.json`` holds under ``tasks``.

    Args:
        samples: of each task in each language.
        base: those of another model; languages that it lacks have no difference.
        missing: family -> languages that it does not have.

    Returns:
        Family -> ``languages``, ``mean``, ``missing``, and ``difference`` where there is a base. A score of right and
        wrong has a Wilson interval, any other a bootstrap over samples; over languages one sample in all of them is one
        cluster.
    """
    families = dict.fromkeys(one.family for one in samples)
    return {name: _family(name, samples, base, (missing or {}).get(name, ())) for name in families}


def _family(name: str, samples: Samples, base: Samples | None, missing: Sequence[str]) -> dict[str, Any]:
    tasks = [one for one in samples if one.family == name]
    keys = list(dict.fromkeys(sample.key for one in tasks for sample in samples[one]))
    table = _table(samples, tasks, keys)
    found: dict[str, Any] = {
        "languages": {one.language: _language(one, samples[one]) for one in tasks},
        "missing": list(missing),
        "mean": macro(table).as_dict(),
    }
    if base is not None:
        other = _table(base, tasks, keys)
        found["difference"] = paired_difference(table, other).as_dict()
        for place, one in enumerate(tasks):
            if one in base:
                change = paired_difference(table[:, [place]], other[:, [place]])
                found["languages"][one.language]["difference"] = change.as_dict()
    return found


def _table(samples: Samples, tasks: Sequence[Chosen], keys: Sequence[str]) -> np.ndarray:
    """(samples, languages): scores; NaN where a language has no such sample."""
    rows = {key: place for place, key in enumerate(keys)}
    table = np.full((len(keys), len(tasks)), math.nan)
    for column, task in enumerate(tasks):
        for sample in samples.get(task, ()):
            if sample.key in rows:
                table[rows[sample.key], column] = sample.score
    return table


def _language(task: Chosen, samples: Sequence[Sample]) -> dict[str, Any]:
    kinds = {(one.metric, one.filter) for one in samples}
    metric, used = next(iter(kinds)) if len(kinds) == 1 else ("several", "several")
    found = {
        "task": task.task,
        "metric": metric,
        "filter": used,
        "score": _score([one.score for one in samples]).as_dict(),
    }
    spoken = Counter(one.language for one in samples if one.language is not None)
    return found | _of_answers(task, samples, spoken) if spoken else found


def _of_answers(task: Chosen, samples: Sequence[Sample], spoken: Counter[str]) -> dict[str, Any]:
    """Of a task in which the model writes: in which languages, and what of it is no answer."""
    told = spoken.total() - spoken[UNDETERMINED]
    empty = [one for one in samples if one.is_empty]
    return {
        "own": wilson(spoken[task.language], told).as_dict(),
        "answers": dict(spoken.most_common()),
        "empty": wilson(len(empty), len(samples)).as_dict(),
        "empty_finish": dict(Counter(one.finish or NOT_SAID for one in empty).most_common()),
        "score_of_answered": _score([one.score for one in samples if not one.is_empty]).as_dict(),
    }


def _score(scores: Sequence[float]) -> Estimate:
    if all(score in (0.0, 1.0) for score in scores):
        return wilson(int(sum(scores)), len(scores))
    return cluster_bootstrap(scores, lambda drawn: float(np.mean(drawn)))
