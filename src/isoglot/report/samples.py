"""Which responses to show side by side: always the same ones, and those first that tell the runs apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .collect import Answer, Run


class Sample(NamedTuple):
    """One prompt and what each run says to it (None where a run has no answer)."""

    prompt: Answer
    answers: list[Answer | None]


def choose_samples(runs: Sequence[Run], *, per_kind: int = 5) -> list[Sample]:
    """For each kind of prompt, one prompt in each of some languages.

    Args:
        runs: with their answers.
        per_kind: languages for each kind: the pivot, an unseen one, and others spread over the rest.
    """
    by_run = [{(a.group, a.language): a for a in run.answers} for run in runs]
    everything = {key: answer for answers in by_run for key, answer in answers.items()}
    samples = []
    for kind in dict.fromkeys(answer.kind for answer in everything.values()):
        for tag in _languages(runs, per_kind):
            keys = [key for key, answer in everything.items() if answer.kind == kind and key[1] == tag]
            if keys:
                best = max(
                    keys, key=lambda key: _variety([answers.get(key) for answers in by_run])
                )  # first of the best
                samples.append(Sample(everything[best], [answers.get(best) for answers in by_run]))
    return samples


def _languages(runs: Sequence[Run], count: int) -> list[str]:
    run = max(runs, key=lambda run: len(run.languages))
    slices = run.slices
    middle = slices["aligned"]
    wanted = max(1, count - 1 - bool(slices["unseen"]))
    step = max(1, len(middle) // wanted)
    return [*slices["pivot"], *middle[step - 1 :: step][:wanted], *slices["unseen"][:1]]


def _variety(answers: Sequence[Answer | None]) -> int:
    return len({(a.outcome, a.refusal, a.found) for a in answers if a is not None})
