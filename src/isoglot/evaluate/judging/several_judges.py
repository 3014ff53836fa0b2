"""One evaluation judged by several judges, one after the other, and by a panel of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...errors import ConfigError, DataError, IsoglotError, problem, raise_all, unknown
from ...extras import need
from ...judges import BatchJudge, Judge, as_batch_judge
from ...judges.named import asks, named
from ...judges.panel import RULES, Panel
from ...progress import Show, Silent
from ...providers.usage import Price, price_of_each
from ...runs import RESPONSES
from ...runs.evaluations import expected_of
from ...runs.folder import held
from ...runs.shards import shards_in
from ..answering.shards import merge, warn_of_missing
from ..protocol.made_with import protocol_of
from .agreement import settle
from .one_judge import Evaluation, judge_folder
from .panel import judge_by_panel
from .side_by_side import members_on_disk


def run_judges(
    output: str | Path,
    judges: Sequence[str | Judge | BatchJudge],
    *,
    panel: str | None,
    prices: Sequence[Price],
    show: Show | None,
) -> dict[str, Evaluation]:
    """What :func:`isoglot.evaluate.judge_with` does, once it is called."""
    need("eval", "judge")  # said before anything is asked
    if isinstance(judges, str):
        raise ConfigError(problem("judges", "a list of judges", repr(judges), f"Write [{judges!r}]"))
    folder, show = Path(output), show or Silent()
    if not (folder / RESPONSES).exists() and not shards_in(folder):
        raise DataError(problem(str(folder / RESPONSES), "responses", "nothing", "Run isoglot evaluate first"))
    wanted = judges_of_specs(judges if judges or panel else ["rules"], panel)
    costs = price_of_each(prices, len(wanted), "judges")
    found: dict[str, Evaluation] = {}
    with held(folder):
        protocol = protocol_of(folder)
        _put_together(folder, protocol)
        for judge, price in zip(wanted, costs, strict=True):
            show.begin(f"Judging by {judge.name}")
            found[judge.name] = judge_folder(folder, protocol, judge, show.advance, price=price)
        if panel is not None:
            members = {judge.name: judge.version for judge in wanted} or members_on_disk(folder)
            _refuse_small(members, str(folder), DataError)  # other evaluations of the run may have more judges
            of_all = Panel(panel, dict(sorted(members.items())))  # the same panel, whoever was named first
            show.begin(f"Judging by {of_all.name}")
            found[of_all.name] = judge_by_panel(folder, protocol, of_all)
        settle(folder)
    return found


def _put_together(folder: Path, protocol: Mapping[str, Any]) -> None:
    """Makes one file of an evaluation's shards, if there are some; says which are missing."""
    if shards_in(folder):
        expected = expected_of(protocol)
        wanted = expected if isinstance(expected, int) else None
        if merge(folder, wanted) != wanted:
            warn_of_missing(folder)


def judges_of_specs(
    judges: Sequence[str | Judge | BatchJudge], panel: str | None, options: Mapping[str, Any] | None = None
) -> list[BatchJudge]:
    """The judges, ready to be asked.

    Args:
        judges: as ``--with`` names them, or judges.
        panel: the rule of a panel that will be made of them.
        options: of those that are named here and ask a model, as :func:`isoglot.judges.guards.guard` takes them.

    Raises:
        ConfigError: with all that is wrong with them.
    """
    found: list[BatchJudge] = []
    problems: list[str] = []
    for one in judges:
        try:
            found.append(_named(one, options or {}) if isinstance(one, str) else as_batch_judge(one))
        except ConfigError as error:
            problems.append(str(error))
    names = [judge.name for judge in found]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    problems += [problem("judges", "each judge once", f"{name} {names.count(name)} times") for name in twice]
    if panel is not None and panel not in RULES:
        problems.append(unknown("panel", "rule", panel, RULES))
    raise_all(problems, ConfigError)
    if panel is not None and found:
        _refuse_small({judge.name: judge.version for judge in found}, "panel", ConfigError)
    return found


def _named(spec: str, options: Mapping[str, Any]) -> BatchJudge:
    return named(spec, **options) if asks(spec) else named(spec)


def _refuse_small(members: dict[str, str], where: str, error: type[IsoglotError]) -> None:
    if len(members) < 2:
        got = ", ".join(members) or "none"
        raise error(problem(where, "a panel of two judges or more", got, "Name them: --with rules --with guard:..."))
