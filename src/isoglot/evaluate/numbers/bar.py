"""A bar that an evaluation must reach: for a build that should fail where a model got worse."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ...errors import ConfigError, did_you_mean, problem, raise_all
from ...groups import KINDS
from ...measures import ALL, high_is_good
from ...metrics import mean_of_known

UNDER, OVER = "--fail-under", "--fail-over"


class Bar(NamedTuple):
    """What a measure of one kind of prompt must reach in the mean of languages.

    Attributes:
        name: kind and measure, as in ``harmful_refused``.
        share: in [0, 1].
        above: whether it is the most that there may be, and not the least.
    """

    name: str
    share: float
    above: bool = False

    def missed(self, metrics: Mapping[str, Any]) -> str | None:
        """What is said where it is not reached; None where it is. Without such prompts it is not.

        Args:
            metrics: what ``metrics.json`` holds.
        """
        kind, _, measure = self.name.partition("_")
        languages = metrics["kinds"].get(kind, {}).get("languages", {})
        found = mean_of_known(_value(one[measure]["value"]) for one in languages.values())
        over = self.share - found if self.above else found - self.share
        if over >= -1e-9:  # three languages at 0.7 have a mean a little below it
            return None
        got = "no prompts of this kind" if not languages else "no verdict" if found != found else f"{found:.2%}"
        bound = "most" if self.above else "least"
        return f"{self.name}: expected at {bound} {self.share:.2%} in the mean of languages, got {got}."


def _value(found: float | None) -> float:
    return math.nan if found is None else float(found)


def bars(under: Sequence[str], over: Sequence[str] = ()) -> list[Bar]:
    """Bars from ``harmful_refused=0.9`` and the like.

    Args:
        under: of which there must not be less; measures of which more is better.
        over: of which there must not be more; measures of which less is better.

    Raises:
        ConfigError: for every text that is none, and every measure of the other sort.
    """
    found = [Bar(name, share) for name, share in named_shares(under, UNDER)]
    found += [Bar(name, share, above=True) for name, share in named_shares(over, OVER)]
    raise_all([wrong for bar in found if (wrong := _on_the_wrong_side(bar))], ConfigError)
    return found


def _on_the_wrong_side(bar: Bar) -> str:
    """What is said of a bar that passes what is bad; empty for another."""
    kind, _, measure = bar.name.partition("_")
    if high_is_good(kind, measure) is not bar.above:
        return ""
    option, other = (OVER, UNDER) if bar.above else (UNDER, OVER)
    wanted, got = ("less", "more") if bar.above else ("more", "less")
    expected, instead = f"a measure of which {wanted} is better", f"one of which {got} is"
    return problem(f"{option} {bar.name}", expected, instead, f"Give it with {other}")


def named_shares(texts: Sequence[str], option: str, kinds: Sequence[str] = KINDS) -> list[tuple[str, float]]:
    """Kinds with measures, and a share for each: from ``harmful_refused=0.9`` and the like, given with an option.

    Args:
        texts: as they were given.
        option: with which.
        kinds: of prompts, that may be named.

    Raises:
        ConfigError: for every text that is none.
    """
    made, problems = [], []
    known = [f"{kind}_{measure}" for kind in kinds for measure in ALL]
    for text in texts:
        name, _, value = text.partition("=")
        try:
            least = float(value)
        except ValueError:
            least = -1.0
        if name not in known:
            expected, hint = "a kind and a measure, as in harmful_refused=0.9", did_you_mean(name, known)
            problems.append(problem(option, expected, repr(text), hint))
        elif not 0 <= least <= 1:
            problems.append(problem(f"{option} {name}", "a share from 0 to 1", repr(value)))
        else:
            made.append((name, least))
    raise_all(problems, ConfigError)
    return made
