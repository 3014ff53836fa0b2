"""``isoglot judge``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from ...errors import ConfigError, IsoglotError, all_at_once, raise_all
from ..again import INFO, STRICT
from ..judge_probes import PROBE, TRANSLATOR, probe_run, translator_of
from ..options import judge_calls as calls
from ..options.ignored import only_with, only_without
from ..output.agreement import show_agreement
from ..output.console import WITH, print_json, put, reported, say
from ..output.corrected import CALIBRATION, check_calibration, corrected
from ..output.progress import steps
from ..output.results import results_in, show
from ..output.silent_judges import say_of_silent

if TYPE_CHECKING:
    from ...evaluate.judging.one_judge import Evaluation

T = TypeVar("T")
EXAMPLES = (
    "Examples: [bold]isoglot judge runs/dpo[/bold]\n\n"
    "[bold]isoglot judge runs/dpo --with rules --with guard:qwen3guard-strict@vllm/Qwen/Qwen3Guard-Gen-8B[/bold]\n\n"
    "[bold]isoglot judge runs/dpo --with rubric:strongreject@openai/gpt-4o --price 2.50/10[/bold]\n\n"
    "[bold]isoglot judge runs/dpo --panel majority[/bold]  (of the judges whose verdicts are there)\n\n"
    "[bold]isoglot judge runs/dpo --probe[/bold]  (which changes of a response change its verdict)"
)
RULES = (
    only_without("probe", "panel", "price", "calibration", "strict", "info"),
    only_with(("judges", "probe"), "price"),  # the rules cost nothing; beside --probe that has been said
    only_with("probe", "translator"),
    *calls.OF_CALLS,
)


@reported("The same command continues: verdicts that cost something are on disk, and not asked for again.")
def command(
    run: Annotated[
        Path, typer.Argument(help="A run directory with evaluations, the folder of one, or a log of inspect_ai.")
    ],
    judges: Annotated[list[str] | None, WITH] = None,
    panel: Annotated[
        str | None,
        typer.Option(help="majority or worst: one more judge, made of the verdicts of these, or of those there are."),
    ] = None,
    price: Annotated[
        list[str] | None,
        typer.Option(metavar="IN/OUT", help="Of a million tokens, as in 0.15/0.60: once, or once for each --with."),
    ] = None,
    calibration: Annotated[Path | None, CALIBRATION] = None,
    probe: Annotated[bool, PROBE] = False,
    translator: Annotated[str | None, TRANSLATOR] = None,
    max_connections: Annotated[int, calls.CONNECTIONS] = calls.MOST_CALLS,
    timeout: Annotated[float, calls.TIMEOUT] = calls.LONGEST_CALL,
    max_retries: Annotated[int, calls.RETRIES] = calls.MOST_RETRIES,
    max_tokens: Annotated[int | None, calls.MAX_TOKENS] = None,
    strict: Annotated[bool, STRICT] = False,
    info: Annotated[list[str] | None, INFO] = None,
    json: Annotated[bool, typer.Option("--json", help="Print what metrics.json holds, by judge.")] = False,
) -> None:
    """Judge responses again, without generating: of one evaluation, or of all of a run, by one judge or several."""
    from ...collect.files import refuse_no_runs
    from ...evaluate import judge_with
    from ...evaluate.judging.several_judges import judges_of_specs
    from ...evaluate.protocol.card import fields_of
    from ...evaluate.protocol.protocol_files import look_again
    from ...providers.usage import Price
    from ...runs.evaluations import evaluations
    from ...tasks.logs import folder_of

    check_calibration(calibration)
    run = folder_of(run)
    refuse_no_runs([run])
    bounds = calls.bounds_of(max_connections, timeout, max_retries)
    wanted, translates = all_at_once(
        lambda: judges_of_specs(judges or [], panel, calls.options_of(bounds, max_tokens)),
        lambda: translator_of(translator, bounds),
    )
    if probe:
        probe_run(run, wanted, translates, json=json)
        return
    prices = [Price.parse(text) for text in price or []]

    with steps() as shown:

        def judged(folder: Path) -> dict[str, Evaluation]:
            if strict or info:
                look_again(folder, wanted, info=fields_of(info or []), strict=strict, calibration=calibration)
            by_judge = judge_with(folder, wanted, panel=panel, prices=prices, show=shown)
            return {name: corrected(one, calibration) for name, one in by_judge.items()}

        found, problems = _of_each(evaluations(run) or [run], judged)
    if json:
        print_json(_alone_or_all({str(folder): _plain(by_judge) for folder, by_judge in found.items()}))
    else:
        for folder, by_judge in found.items():
            if len(found) > 1:
                put(str(folder))
            _show(folder, by_judge)
    if found:
        say(results_in(next(reversed(found))))
    if problems:
        raise_all([str(error) for error in problems], type(problems[0]))
    if say_of_silent(one.metrics for by_judge in found.values() for one in by_judge.values()):
        raise typer.Exit(1)


def _of_each(folders: Sequence[Path], judged: Callable[[Path], T]) -> tuple[dict[Path, T], list[IsoglotError]]:
    """What each evaluation gives, and what is wrong with those that give nothing, which costs the others nothing.

    Raises:
        ConfigError: of the command, which would be wrong for all of them.
    """
    found: dict[Path, T] = {}
    problems: list[IsoglotError] = []
    for folder in folders:
        try:
            found[folder] = judged(folder)
        except ConfigError:
            raise
        except IsoglotError as error:
            problems.append(error)
    return found, problems


def _plain(by_judge: Mapping[str, Evaluation]) -> Any:
    """The numbers; by judge, if there are several."""
    return _alone_or_all({name: one.metrics for name, one in by_judge.items()})


def _alone_or_all(found: Mapping[str, Any]) -> Any:
    """The one value, or all by name."""
    return next(iter(found.values())) if len(found) == 1 else found


def _show(folder: Path, by_judge: Mapping[str, Evaluation]) -> None:
    """Each judge's table, what it took, and how well they agree."""
    from ...providers.usage import usage_words

    for name, one in by_judge.items():
        if len(by_judge) > 1:
            put(f"Judge {name}")
        show(one.metrics, json=False)
        if words := usage_words(one.metrics["protocol"], "judge"):
            put(f"Judge {name}: {words}\n")
    show_agreement(folder)
