"""``isoglot evaluate --plan``: what differences the prompts will show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer

from ...errors import ConfigError, problem, raise_all
from .console import print_json, print_table, put, say
from .shares import percent

if TYPE_CHECKING:
    from ...groups import PromptGroups

AIMS = "Planning and builds"
PLAN = typer.Option(
    "--plan", help="Say which differences these prompts can show between two runs, and end.", rich_help_panel=AIMS
)
PLAN_RATE = typer.Option(
    "--plan-rate",
    help="With --plan, the rate of the run to compare with, a share. Repeatable. Default: 0.5, 0.8, 0.95.",
    rich_help_panel=AIMS,
)


def show_differences(groups: PromptGroups, rates: Sequence[float] | None, *, samples: int = 1, json: bool) -> None:
    """Prints the smallest difference that the prompts can show, by kind and language.

    Args:
        groups: the prompts.
        rates: of the run to compare with; None: three of them.
        samples: answers to each prompt. More than one narrow the differences by what only the answers will show.
        json: whether plain values are printed.

    Raises:
        ConfigError: for a rate that is no share.
    """
    from ...compare.plan import RATES, detectable

    wrong = [problem("--plan-rate", "a share from 0 to 1", rate) for rate in rates or () if not 0 <= rate <= 1]
    raise_all(wrong, ConfigError)
    found = detectable(groups, rates or RATES)
    if json:
        print_json(found)
    else:
        for kind, part in found["kinds"].items():
            _table(kind, part, found["rates"])
        assumed = found["assumed"]
        put(
            "Differences in points that a paired comparison shows four times in five, at 95 % confidence: by language "
            "with the exact McNemar test (Holm over languages), and of the mean of languages. Assumed are correlations "
            f"of {assumed['between_runs']} between the runs and {assumed['between_languages']} between languages."
        )
    if samples > 1:
        say(
            f"Of one answer to each prompt: {samples} make the differences smaller, by how much their likeness decides."
        )
    say("Nothing was generated. Next: the same command without --plan, then isoglot compare")


def _table(kind: str, part: dict[str, Any], rates: Sequence[float]) -> None:
    mean = part["mean"]
    rows = [[tag, str(one["prompts"]), *map(_points, one["detectable"])] for tag, one in part["languages"].items()]
    of_mean = f"mean of {mean['languages']}"
    rows.append([of_mean, str(mean["prompts"]), *map(_points, mean["detectable"])])
    print_table(f"{kind} prompts", ["language", "prompts", *(f"from {percent(rate)}" for rate in rates)], rows)


def _points(value: float) -> str:
    return "none" if value != value else f"{100 * value:.1f}"
