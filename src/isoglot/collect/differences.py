"""Two runs on the same prompts: how much one is above the other, which two intervals side by side do not say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import short, some
from ..measures import ALL, outcome_table
from ..metrics import Estimate, paired_difference
from ..metrics.estimate import UNKNOWN
from ..runs.evaluations import TEMPLATE
from .judges import settings_of
from .run import Run

_MOST = 30  # texts of a list that are named: the offline judge's own languages are fewer


def difference(run: Run, other: Run, kind: str, name: str, tags: Sequence[str]) -> Estimate:
    """How much higher a measure's mean over languages is in one run than in another.

    Args:
        run, other: whose responses are compared.
        kind: of the prompts.
        name: of the measure.
        tags: languages.

    Returns:
        The difference over the prompts that both have, with a bootstrap interval over these; NaN without the responses,
        and where the runs were not evaluated alike.
    """
    tables = [one.judged.get(kind, []) for one in (run, other)]
    groups = {cell.group for cell, _ in tables[0]} & {cell.group for cell, _ in tables[1]}
    if not groups or not tags or differing([run, other]):
        return UNKNOWN
    shared = [group for group in dict.fromkeys(cell.group for cell, _ in tables[0]) if group in groups]
    first, second = (outcome_table(judged, ALL[name], tags, shared) for judged in tables)
    return paired_difference(first, second)


def differing(runs: Sequence[Run]) -> list[str]:
    """In what runs were not evaluated alike, as far as they say.

    These are prompts, judge, its version and settings, decoding, template.
    """
    known = [run for run in runs if run.protocol]
    prompts = {str(run.protocol.get("prompts_hash")) for run in known}
    parts = [what.partition(",")[0] for run in known[1:] for what, *_ in unlike(known[0], run)]
    return ["prompts"] * (len(prompts) > 1) + list(dict.fromkeys(parts))


def unlike(first: Run, other: Run) -> list[tuple[str, str, str]]:
    """In what two runs were not judged or answered alike, as far as they say.

    Args:
        first, other: the runs, each with the verdicts of the judge that it was collected for.

    Returns:
        What, as the first has it, as the other has it: the judge, its version, each of its settings and of decoding's,
        and what was written into the chat template.
    """
    made = [_made_with(run.protocol) for run in (first, other)]
    # A run that says nothing of a part may well be alike in it.
    silent = {p for p in ("judge", "decoding") if not all(any(what.startswith(p) for what in one) for one in made)}
    if not (first.protocol and other.protocol):
        silent.add(TEMPLATE)
    return [
        (what, _said(made[0], what), _said(made[1], what))
        for what in dict.fromkeys([*made[0], *made[1]])
        if made[0].get(what) != made[1].get(what) and what.split()[0].rstrip(",") not in silent
    ]


def _said(made: Mapping[str, Any], what: str) -> str:
    """A setting as people say it: ``yes``, ``no``, ``not set``, a text as it is."""
    value = made.get(what)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return some(value, _MOST) or "none"
    said = short(value).strip("'\"") if isinstance(value, str) else short(value)
    return said if what in made else "not set"


def _made_with(protocol: Mapping[str, Any]) -> dict[str, Any]:
    """The judge of the verdicts, its version, each setting of it, of decoding and of the template, as a run says."""
    said = {"judge": protocol.get("judge"), "judge version": protocol.get("judge_version")}
    said |= {f"judge settings, {name.replace('_', ' ')}": value for name, value in settings_of(protocol).items()}
    decoding = protocol.get("decoding")
    for name, value in decoding.items() if isinstance(decoding, Mapping) else ():
        if name != "batch_size":  # how many at a time is no part of what is decoded
            said[f"decoding, {name}"] = value
    template = protocol.get(TEMPLATE)
    for name, value in template.items() if isinstance(template, Mapping) else ():
        each = value.items() if name == "arguments" and isinstance(value, Mapping) else [(str(name), value)]
        said |= {f"{TEMPLATE}, {str(key).replace('_', ' ')}": one for key, one in each}
    return {what: value for what, value in said.items() if value is not None}
