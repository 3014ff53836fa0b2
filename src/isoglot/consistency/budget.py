"""How many groups and languages a step draws, so that the term stays within its share of the step's tokens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from ..errors import problem
from ..groups import PromptGroup
from .draw import GROUPS_PER_STEP
from .memory import Cell
from .settings import Consistency

LANGUAGES = 4  # of a group compared, its pivot included, where not all can be drawn
GUARD = 1 / 3  # of the term's tokens that the guard has, where not all can be drawn
SLACK = 1.1  # over the budget by less than that is no matter: prompts differ as much from draw to draw
LOOKED_AT = 64  # groups of each part whose prompts are counted


class Part(NamedTuple):
    """What is drawn for one part of the term in a step on which it is applied.

    Attributes:
        groups: how many; None: as many as without a budget.
        languages: of each group; None: all.
        pivots: whether the pivot is among them in any case. A guarded prompt needs none next to it.
    """

    groups: int | None
    languages: int | None
    pivots: bool = True


class Limits(NamedTuple):
    """What is drawn in a step on which the term is applied, and what that costs.

    Attributes:
        compared: of the objective.
        guarded: of the retention guard.
        tokens: that this comes to on average.
        training: tokens of the training itself in an optimizer step; None: not known.
    """

    compared: Part
    guarded: Part
    tokens: float
    training: float | None = None

    @property
    def share(self) -> float | None:
        """The term's share of the tokens of a step with the term; None where the training's own are not known."""
        return None if self.training is None else self.tokens / (self.tokens + self.training)


class _Cost:
    """Tokens of drawing from some groups, on average. A group may be in fewer languages than others are."""

    def __init__(self, groups: Sequence[PromptGroup], length: Callable[[Cell], int]) -> None:
        self.size, self.languages = len(groups), max((len(group.prompts) for group in groups), default=0)
        count = min(LOOKED_AT, self.size)
        chosen = [groups[self.size * place // count] for place in range(count)]  # from the first to the last part
        self._pivots = [[length((group, tag)) for tag in group.prompts if tag == group.pivot] for group in chosen]
        self._others = [[length((group, tag)) for tag in group.prompts if tag != group.pivot] for group in chosen]

    def of(self, part: Part, free: int) -> float:
        """Tokens of a part; ``free`` groups where it does not say."""
        languages = part.languages or self.languages
        both = zip(self._pivots, self._others, strict=True)
        if part.pivots:
            each = [sum(pivot) + min(languages - 1, len(others)) * _mean(others) for pivot, others in both]
        else:
            each = [min(languages, len(pivot + others)) * _mean(pivot + others) for pivot, others in both]
        return min(part.groups or free, self.size) * _mean(each)


def limits(
    settings: Consistency,
    compared: Sequence[PromptGroup],
    guarded: Sequence[PromptGroup],
    length: Callable[[Cell], int],
    training: float | None,
    *,
    least: int = 1,
) -> Limits:
    """The largest draw within ``settings.budget``; what the settings say themselves is left as it is.

    Args:
        settings: of the term.
        compared: groups of the objective.
        guarded: groups of the retention guard; may be none.
        length: cell -> tokens.
        training: tokens of the training itself in an optimizer step, over all micro-steps and processes; None: not
            known, and there is no limit then.
        least: groups that a step must have.

    Returns:
        What to draw; more than the budget where the smallest draw that there is costs more.
    """
    free = max(GROUPS_PER_STEP, least)
    costs = _Cost(compared, length), _Cost(guarded, length)
    whole = Part(settings.groups_per_step, settings.languages_per_step)

    def made(one: Part, other: Part) -> Limits:
        return Limits(one, other, costs[0].of(one, free) + costs[1].of(other, free), training)

    as_given = made(whole, whole)
    said = settings.groups_per_step and settings.languages_per_step
    if settings.budget is None or training is None or said:
        return as_given
    allowed = training * settings.budget / (1 - settings.budget)
    if as_given.tokens <= allowed:
        return as_given
    alone = whole == Part(None, None) and not settings.separation  # separation compares whole prompts
    guard = _cells(costs[1], GUARD * allowed, free, least) if alone and guarded else None

    def draw(groups: int, languages: int) -> Limits:
        part = Part(groups, languages)
        return made(part, guard or part)

    groups, most = settings.groups_per_step or free, costs[0].languages
    languages = settings.languages_per_step or min(LANGUAGES, most)
    if not settings.groups_per_step:
        while groups > least and draw(groups, languages).tokens > allowed:
            groups -= 1
    if not settings.languages_per_step:
        while languages > 2 and draw(groups, languages).tokens > allowed:
            languages -= 1
        while languages < most and draw(groups, languages + 1).tokens <= allowed:
            languages += 1
    return draw(groups, languages)


def excess(settings: Consistency, found: Limits) -> str:
    """A sentence where even the smallest draw is more than the budget; empty where it is within, or was said so."""
    said = settings.groups_per_step or settings.languages_per_step
    if said or settings.budget is None or found.share is None or found.share <= SLACK * settings.budget:
        return ""
    got = f"{found.share:.2f} with the smallest draw (about {found.tokens:.0f} tokens beside {found.training:.0f})"
    step = (
        "Give a step more rows (larger batches, more accumulation), or set the budget to null if the cost is no matter"
    )
    return problem("consistency.budget", f"at most {settings.budget:g} of a step's tokens", got, step)


def unlimited(settings: Consistency, found: Limits) -> str:
    """A sentence where no budget can be kept, as the training's own tokens are not known; empty where none is set."""
    said = settings.groups_per_step or settings.languages_per_step
    if said or settings.budget is None or found.training is not None:
        return ""
    got = f"none: no limit is kept, and a step draws about {found.tokens:.0f} tokens of prompts"
    step = "Say groups_per_step and languages_per_step, or set the budget to null if the cost is no matter"
    return problem("consistency.budget", "training data whose tokens can be counted before training", got, step)


def _cells(cost: _Cost, allowed: float, free: int, least: int) -> Part:
    """As many guarded prompts as fit, each of another group as far as there are: the more different, the better."""
    count = int(allowed / max(cost.of(Part(1, 1, pivots=False), free), 1e-9))
    groups = max(least, min(count, cost.size, free * cost.languages))
    return Part(groups, max(1, min(count // groups, cost.languages)), pivots=False)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / max(1, len(values))
