"""What ``isoglot translate`` says in the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import typer

from ...amounts import counted
from ...errors import some
from ..options.calls import asked_words
from .console import print_json, print_table, put, quoted, say

if TYPE_CHECKING:
    from ...translate import Plan, Report

_OUTCOMES = {
    "taken": "taken",
    "kept": "kept all the same",
    "surpassed": "usable, but another was better",
    "unfit": "failed the checks",
    "declined": "declined",
    "failed": "failed for now",
}

_AGAIN = "The same command with --force asks for these again, and pays nothing twice."
_AGAIN_ANEW = (
    "Give the command with --force, but without --retry-failed: it asks only for what has no answer yet, and pays "
    "nothing twice."
)


def show_report(report: Report, plan: Plan, *, json: bool) -> None:
    """Prints what came of it.

    Raises:
        Exit: with 1, if something is missing that asking again may bring, or a language has no cell at all.
    """
    found = report.record()
    if json:
        print_json(found)
    else:
        _put(found, plan)
    for tag, other in report.called.items():
        say(f"{tag} is written as {other}, as the groups have it.")
    for count, what in ((report.left_out, "left out"), (report.kept, "kept all the same")):
        if count:
            one = count == 1
            cells = f"{count:,} {'cell has' if one else 'cells have'} no usable translation"
            say(f"{cells} and {'is' if one else 'are'} {what}; {report.failed} says why")
    for broken in report.broken:
        why = next(iter(broken.lacks.values())).removeprefix(f"{broken.translator.spec}: ").rstrip(".")
        say(f"{broken.name} has translated nothing at all: {why}. Mend it, and give the same command with --force.")
    for name, faults in report.useless.items():
        why = some((f"{reason} {count:,}" for reason, count in faults.most_common()), 4)
        say(
            f"No answer of {name} passed the checks ({why}). They are kept: once it is mended, the same command with "
            "--force --retry-failed asks it again."
        )
    if report.for_now:
        say(
            f"For {report.for_now:,} of the cells a backend failed for now. The first: "
            f"{report.said.rstrip('.')}. {_AGAIN_ANEW if plan.retry_failed else _AGAIN}"
        )
    if report.without:
        say(_without(report))
    next_step = f"isoglot check {quoted(report.output)}"
    if report.without or not report.complete:
        if set(plan.targets) - set(report.without):
            say(f"Or go on without: {next_step}")
        raise typer.Exit(1)
    say(f"Next: {next_step}")


def _without(report: Report) -> str:
    """That languages have no cell; where something came for some of them, where to read it."""
    said = f"Nothing usable for {some(report.without, 20)}: look at the backend"
    gave = [tag for tag in report.without if tag in report.answered]
    if not gave:
        return f"{said}."
    of = "" if len(gave) == len(report.without) else f" for {some(gave, 20)}"
    return f"{said}; {report.failed} has what it gave{of}."


def _put(found: Mapping[str, Any], plan: Plan) -> None:
    """The table of languages, and a line for each backend."""
    put(f"{found['output']}: {counted(found['groups'], 'group')}")
    heads = {
        "there": "there before",
        "translated": "translated",
        "with_faults": "of these with faults",
        **({"kept": "kept all the same"} if plan.keep_failed else {}),
        **({"stayed": "stay as they were"} if plan.again else {}),
        "left_out": "left out",
    }
    rows = []
    for tag, cells in found["languages"].items():
        reasons = ", ".join(f"{name} {count:,}" for name, count in cells["reasons"].items())
        rows.append([tag, *(f"{cells[name]:,}" for name in heads), reasons])
    print_table("Cells", ["language", *heads.values(), "why not usable"], rows)
    for one in found["backends"]:
        outcomes = ", ".join(f"{one[name]:,} {words}" for name, words in _OUTCOMES.items() if one[name])
        put(f"{one['backend']}: {outcomes or 'nothing came to it'} ({asked_words(one)})")
        for pair in one["lacks"]:
            put(f"  nothing from {pair['from']} to {pair['to']}: {pair['why']}")
