"""How likely it is that a cell fits its source by chance alone, as the fits of wrong pairs tell."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

LEAST = 40  # cells of a language; from fewer no share can be told
MOST = 0.6  # share of cells that look random; above it the checker does not know the language
_APART = 1.0  # deviations of wrong pairs; right ones that are no better are not known to be right
_SUPPOSED = 0.1  # share of wrong cells for which the power is told
_ROUNDS, _ENOUGH = 200, 1e-5
_POINTS = 400  # wrong pairs that stand for all of them in a density


class Chances(NamedTuple):
    """What is known of the cells of a language.

    Attributes:
        wrong: the probability that each is no translation of its source, (cells,) in [0, 1].
        share: of wrong cells. Above ``MOST`` the probabilities say nothing.
        power: the share of wrong cells that would be more probably wrong than right if one cell in ten were wrong.
            Near 0 the checker cannot tell, and finds nothing whatever is there.
    """

    wrong: np.ndarray
    share: float
    power: float


def chances(own: np.ndarray, wrong: np.ndarray) -> Chances:
    r"""The probability, cell by cell, that it is another prompt's translation: the local false discovery rate.

    .. math:: P(\text{wrong} \mid t) = \frac{\pi f_0(t)}{\pi f_0(t) + (1 - \pi) f_1(t)}

    f0 is the density of the fits of wrong pairs, which are known; f1 a normal one, whose mean and deviation are
    estimated with the share of wrong cells by expectation and maximization (two groups: Efron 2010, *Large-Scale
    Inference*, chapter 5). A better fit never has the higher probability. No threshold is set: a checker that tells
    all pairs apart gives 0 and 1, one that tells few gives values between.

    Args:
        own: how well each cell fits its own source, (cells,), more is better; ``LEAST`` at least.
        wrong: how well cells fit sources that are not theirs, (pairs,).

    Example:
        >>> found = chances(np.r_[np.linspace(4, 8, 60), np.linspace(-2, 2, 20)], np.linspace(-2, 2, 200))
        >>> bool(found.wrong[:60].max() < 0.1 and found.wrong[60:].min() > 0.9)
        True
    """
    points = np.quantile(wrong, (np.arange(_POINTS) + 0.5) / _POINTS)
    right, mean, deviation = _fitted(own, wrong, _density(own, points))
    if mean < wrong.mean() + _APART * wrong.std():
        return Chances(np.ones(len(own)), 1.0, 0.0)
    order = np.argsort(-own, kind="stable")
    found = np.empty(len(own))
    found[order] = np.maximum.accumulate(1.0 - right[order])
    wrongly, rightly = _SUPPOSED * _density(points, points), (1 - _SUPPOSED) * _normal(points, mean, deviation)
    return Chances(found, 1.0 - float(right.mean()), float((wrongly > rightly).mean()))


def _fitted(own: np.ndarray, wrong: np.ndarray, random: np.ndarray) -> tuple[np.ndarray, float, float]:
    """The probability that each cell is right, and mean and deviation of the fits of right ones."""
    least = float(wrong.std()) or 1e-12  # of right pairs, whose fits vary no less
    right = np.where(own > np.quantile(wrong, 0.9), 0.9, 0.1)
    share = 1.0
    for _ in range(_ROUNDS):
        total = max(float(right.sum()), 1e-12)
        mean = float((right * own).sum() / total)
        deviation = max(least, float(np.sqrt((right * (own - mean) ** 2).sum() / total)))
        before, share = share, 1.0 - total / len(own)
        wrongly, rightly = share * random, (1.0 - share) * _normal(own, mean, deviation)
        right = rightly / np.maximum(wrongly + rightly, np.finfo(float).tiny)
        if abs(before - share) < _ENOUGH:
            break
    return right, mean, deviation


def p_values(own: np.ndarray, wrong: np.ndarray) -> np.ndarray:
    """Share of wrong pairs that fit at least as well as each cell does, never 0."""
    worse = np.searchsorted(np.sort(wrong), own, side="left")
    made: np.ndarray = (1 + len(wrong) - worse) / (1 + len(wrong))
    return made


def _normal(at: np.ndarray, mean: float | np.ndarray, deviation: float) -> np.ndarray:
    """A normal density, times the square root of two pi."""
    made: np.ndarray = np.exp(-0.5 * ((at - mean) / deviation) ** 2) / deviation
    return made


def _density(at: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The density that some points stand for, times the same: a normal kernel on each (Silverman 1986, section 3.4)."""
    width = max(0.9 * float(points.std()) * len(points) ** -0.2, 1e-12)
    made: np.ndarray = _normal(at[:, None], points, width).mean(1)
    return made
