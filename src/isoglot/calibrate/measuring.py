"""Labels to how often a judge is right: by measure and language, with what the sample's strata do to it undone."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from ..judges import Verdict
from ..measures import ALL
from ..metrics import Estimate, shrunken_rates
from ..metrics.estimate import UNKNOWN
from ..runs import Response
from ..runs.calibration import JudgeErrors
from .judged import Pair
from .strata import class_of, kind_of

MEASURES = ("safe", "unsafe", "invalid", "refused", "answered")  # that a label answers, too
DRAWS = 4000
UNSEEN = 0.5  # responses that a class counts besides: one that a language lacks is rare there, not impossible
POSTERIOR = "posterior draws, partial pooling of languages"
_Z = NormalDist().inv_cdf(0.975)


class Labelled(NamedTuple):
    """A response, what the judge says of it, and what people do."""

    response: Response
    verdict: Verdict
    truth: Verdict


@dataclass
class _Class:
    """Responses of one language of which the judge says the same."""

    verdict: Verdict
    size: int = 0
    truths: list[Labelled] = field(default_factory=list)


Classes = dict[str, dict[str, _Class]]  # language -> what the judge says -> responses


def judge_errors(
    frame: Sequence[Pair], labelled: Sequence[Labelled], *, seed: int = 0
) -> tuple[dict[str, dict[str, dict[str, JudgeErrors]]], dict[str, dict[str, JudgeErrors]]]:
    """Sensitivity, specificity and kappa of a judge.

    Among responses of one language of which the judge says the same, the labelled ones are a plain random sample,
    however many were drawn of each. So what they show is how often people see a thing *given what the judge says*;
    these shares are drawn towards those of the other languages by :func:`isoglot.metrics.shrunken_rates`, weighted by
    how many responses each stands for (which is one over how likely it was to be drawn), and turned round by Bayes'
    rule. The intervals are of draws from all of that, the number of responses of each class among them.

    Args:
        frame: all responses that were drawn from, with verdicts.
        labelled: those that people labelled.
        seed: of the draws.

    Returns:
        kind -> language -> measure -> the judge's errors, and kind -> measure -> those over all languages together.
    """
    by_language: dict[str, dict[str, dict[str, JudgeErrors]]] = {}
    pooled: dict[str, dict[str, JudgeErrors]] = {}
    for kind in sorted({kind_of(one.response) for one in labelled}):
        classes = _classes(kind, frame, labelled)
        found = {measure: _measure(measure, classes, seed) for measure in _answered(classes)}
        by_language[kind] = {
            tag: {measure: errors[tag] for measure, (errors, _) in found.items()}
            for tag in classes
            if any(one.truths for one in classes[tag].values())
        }
        pooled[kind] = {measure: every for measure, (_, every) in found.items()}
    return by_language, pooled


def _answered(classes: Classes) -> list[str]:
    """The measures that the judge answers: some do not say how far a response refuses."""
    verdicts = [one.verdict for of_language in classes.values() for one in of_language.values()]
    return [name for name in MEASURES if all(ALL[name](_ANY, verdict) is not None for verdict in verdicts)]


def _classes(kind: str, frame: Sequence[Pair], labelled: Sequence[Labelled]) -> Classes:
    found: Classes = {}
    for response, verdict in frame:
        if kind_of(response) == kind:
            of_language = found.setdefault(response.language, {})
            of_language.setdefault(class_of(verdict), _Class(verdict)).size += 1
    for one in labelled:
        if kind_of(one.response) == kind:
            found[one.response.language][class_of(one.verdict)].truths.append(one)
    return found


def _measure(name: str, classes: Classes, seed: int) -> tuple[dict[str, JudgeErrors], JudgeErrors]:
    """One measure's errors by language, and over all languages together."""
    rng = np.random.default_rng(seed)
    shares = _shares(name, classes)
    verdicts = {said: one.verdict for of_language in classes.values() for said, one in of_language.items()}
    says = np.array([bool(ALL[name].holds(_ANY, verdict)) for verdict in verdicts.values()])
    tables, total, n, positives, own = {}, None, {}, {}, {}
    for tag, of_language in classes.items():
        sizes = np.array([of_language[said].size if said in of_language else 0 for said in verdicts]) + UNSEEN
        seen = np.stack([shares[tag, said] for said in verdicts])
        strength = _strength(seen)
        tables[tag] = _table(sizes, says, seen, rng)
        labels = np.array([len(of_language[said].truths) if said in of_language else 0 for said in verdicts])
        own[tag] = float((sizes * (labels / strength).clip(0, 1)).sum() / sizes.sum())
        total = tables[tag] if total is None else total + tables[tag]
        truths = [_is(name, one.truth) for member in of_language.values() for one in member.truths]
        n[tag], positives[tag] = len(truths), sum(truths)
    if says.all() or not says.any():  # no label shows what it would do where it says the other: 0 % or 100 % is no news
        return (
            {tag: JudgeErrors(n=n[tag], positives=positives[tag]) for tag in tables},
            JudgeErrors(n=sum(n.values()), positives=sum(positives.values())),
        )
    found = {tag: _errors(table, n[tag], positives[tag], own[tag]) for tag, table in tables.items()}
    every = JudgeErrors() if total is None else _errors(total, sum(n.values()), sum(positives.values()), 1.0)
    return found, every


_ANY = Response("", "", None, "", "", "", "")  # the measures that labels answer do not look at the response


def _is(name: str, truth: Verdict) -> bool:
    return bool(ALL[name].holds(_ANY, truth))


def _shares(name: str, classes: Classes) -> dict[tuple[str, str], np.ndarray]:
    """(mean, spread) of how often people see a thing, by language and what the judge says; alike languages help."""
    found = {}
    for said in dict.fromkeys(said for of_language in classes.values() for said in of_language):
        truths = {tag: one[said].truths if said in one else [] for tag, one in classes.items()}
        counts = {
            tag: (sum(_is(name, one.truth) for one in labelled), len(labelled)) for tag, labelled in truths.items()
        }
        for tag, share in _shrunken(tuple(counts.items())).items():
            # Where nobody labelled anything of a class, nothing is known of it: it is as likely one as the other.
            known = not math.isnan(share.value)
            spread = (share.high - share.low) / 2 / _Z if known else math.sqrt(1 / 12)
            found[tag, said] = np.array([share.value if known else 0.5, spread])
    return found


@functools.lru_cache(maxsize=256)  # what is refused is safe most often: several measures have the same counts
def _shrunken(counts: tuple[tuple[str, tuple[int, int]], ...]) -> dict[str, Estimate]:
    return shrunken_rates(dict(counts))


def _strength(seen: np.ndarray) -> np.ndarray:
    """How many labels a share with such a spread is worth: the sum of the parameters of the beta distribution."""
    mean, spread = seen[:, 0].clip(1e-6, 1 - 1e-6), seen[:, 1].clip(1e-6)
    found: np.ndarray = (mean * (1 - mean) / spread**2 - 1).clip(1e-3)
    return found


def _table(sizes: np.ndarray, says: np.ndarray, seen: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(1 + draws, 2, 2): responses by whether the judge sees a thing and whether people do; first the estimate."""
    mean, strength = seen[:, 0].clip(1e-6, 1 - 1e-6), _strength(seen)
    true = np.vstack([mean, rng.beta(mean * strength, (1 - mean) * strength, (DRAWS, len(mean)))])
    many = np.vstack([sizes, rng.dirichlet(sizes, DRAWS) * sizes.sum()])
    made = np.empty((len(true), 2, 2))
    for place, (chosen, people) in enumerate([(says, true), (says, 1 - true), (~says, true), (~says, 1 - true)]):
        made[:, place // 2, place % 2] = (many * people)[:, chosen].sum(1)
    return made


def _errors(table: np.ndarray, n: int, positives: int, own: float) -> JudgeErrors:
    """From (1 + draws, 2, 2): sensitivity, specificity and kappa."""
    (a, b), (c, d) = table[:, 0].T, table[:, 1].T
    total = a + b + c + d
    chance = ((a + b) * (a + c) + (c + d) * (b + d)) / total**2
    with np.errstate(invalid="ignore", divide="ignore"):
        parts = a / (a + c), d / (b + d), ((a + d) / total - chance) / (1 - chance)
    sensitivity, specificity, kappa = (_estimate(part, n) for part in parts)
    return JudgeErrors(n=n, positives=positives, sensitivity=sensitivity, specificity=specificity, kappa=kappa, own=own)


def _estimate(values: np.ndarray, n: int) -> Estimate:
    known = values[~np.isnan(values)]
    if math.isnan(values[0]) or len(known) < 2:
        return UNKNOWN._replace(n=n, method=POSTERIOR)
    low, high = np.quantile(known[1:], [0.025, 0.975])
    value = float(values[0])
    return Estimate(value, min(float(low), value), max(float(high), value), n, POSTERIOR)
