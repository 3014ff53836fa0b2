"""Whether a text is of its own prompt: a probability, from its words and its length, learnt from the file."""

from __future__ import annotations

import functools
import math
import random
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..finding import Finding
from .associations import Fold, fold_of, learn_folds, limited
from .spreads import Spread, log_odds, normal, probability, student

_DRAWS = 3  # other sources that each text is put beside, to see what wrong pairs look like
_ROUNDS = 30  # of expectation maximization
_LEAST_SHARE, _MOST_SHARE = 0.05, 0.9  # of wrong pairs
_LIKELY = 0.5
_APART = 1.5  # spreads between right and wrong pairs, below which nothing is said
_WELL_APART = 2.2  # below which the share is not believed
_LENGTH = (-1.5, 4.0)  # the least and the most that a length adds to the log odds


class Belonging(NamedTuple):
    """What a file shows of one pair of languages.

    Attributes:
        folds: tables of words, each learnt without the cells of its fold.
        right: scores of texts beside their own source.
        wrong: scores beside another prompt's.
        share: estimated share of texts in the file that are another prompt's.
        length: deviation of the length (``Norms.off``) of right pairs, and of wrong ones.
    """

    folds: tuple[Fold, ...]
    right: Spread
    wrong: Spread
    share: float
    length: tuple[float, float]

    def another(self, source: str, text: str, off: float) -> float:
        """The probability that a text is another prompt's.

        Args:
            source: the pivot's text.
            text: the cell's.
            off: by how much it is longer than usual, as ``Norms.off``.
        """
        fold = self.folds[fold_of(source, len(self.folds))]
        score = fold.score(_tokens(source), limited(text))
        if score >= self.right.centre:
            return 0.0
        odds = log_odds(self.share) + normal(score, self.wrong) - student(score, self.right)
        right, wrong = self.length
        by_length = normal(off, Spread(0.0, wrong)) - student(off, Spread(0.0, right))
        odds += min(_LENGTH[1], max(_LENGTH[0], by_length))
        return probability(odds)

    def to_record(self) -> list[Any]:
        """As JSON, for :meth:`from_record`."""
        return [[[dict(fold.table), sorted(fold.known)] for fold in self.folds], *self[1:]]

    @classmethod
    def from_record(cls, record: Sequence[Any]) -> Belonging:
        """What :meth:`to_record` gave."""
        folds, right, wrong, share, length = record
        return cls(
            tuple(Fold(table, frozenset(known)) for table, known in folds),
            Spread(*right),
            Spread(*wrong),
            share,
            (length[0], length[1]),
        )


def another_prompt(source: str, text: str, off: float, learned: Belonging | None) -> Finding | None:
    """Whether a text is likelier another prompt's, as far as the file shows."""
    if learned is None or (chance := learned.another(source, text, off)) < _LIKELY:
        return None
    return Finding("meaning", min(0.95, chance), f"its words and its length fit another prompt: {chance:.0%}")


def learn(pairs: Sequence[tuple[str, str]], off: Callable[[int, int], float], spread: float) -> Belonging | None:
    """What cells of one pair of languages show; None where right and wrong pairs look alike.

    Args:
        pairs: (source, text) of each.
        off: how much the text of a place is longer than usual beside the source of a place.
        spread: deviation of the length of right pairs.
    """
    folds, places, read = learn_folds(pairs)
    draw = random.Random(0)
    own, other, lengths = [], [], []
    for fold, model in enumerate(folds):
        members = [place for place, where in enumerate(places) if where == fold]
        if len(members) < 2:
            continue
        for place in members:
            own.append(model.score(*read[place]))
            for another in draw.choices(members, k=_DRAWS):
                if pairs[another][0] != pairs[place][0]:
                    other.append(model.score(read[another][0], read[place][1]))
                    lengths.append(off(another, place))
    if len(other) < _DRAWS:
        return None
    wrong = Spread(float(np.mean(other)), max(0.1, float(np.std(other))))
    right, share = _mixture(np.array(own), wrong)
    apart = (right.centre - wrong.centre) / max(right.deviation, wrong.deviation)
    if apart < _APART:
        return None
    share = share if apart >= _WELL_APART else _LEAST_SHARE
    return Belonging(
        tuple(folds), right, wrong, share, (max(0.05, spread), max(0.2, 1.4826 * median(map(abs, lengths))))
    )


def _mixture(scores: NDArray[np.float64], wrong: Spread) -> tuple[Spread, float]:
    """The right pairs' part of scores of both, where the wrong ones' is known, and the share of wrong ones."""
    upper = float(np.quantile(scores, 0.6))
    right, share = Spread(upper, max(0.1, 1.4826 * float(np.median(abs(scores - upper))))), 0.1
    for _ in range(_ROUNDS):
        odds = log_odds(share) + normal(scores, wrong) - normal(scores, right)
        weights = 1 / (1 + np.exp(np.clip(odds, -50, 50)))
        centre = float(np.average(scores, weights=weights))
        deviation = math.sqrt(float(np.average((scores - centre) ** 2, weights=weights)))
        right = Spread(centre, max(0.1, deviation))
        share = min(_MOST_SHARE, max(_LEAST_SHARE, 1 - float(weights.mean())))
    return right, share


@functools.lru_cache(maxsize=64)  # one source has several texts
def _tokens(source: str) -> frozenset[str]:
    return limited(source)
