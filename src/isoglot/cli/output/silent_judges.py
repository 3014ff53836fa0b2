"""Judges that have failed on every response: a build must not pass on numbers that are all dashes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import typer

from .console import say


def fail_on_silent(numbers: Iterable[Mapping[str, Any]]) -> None:
    """Ends the command where a judge has given no verdict at all; what is there of it is written and shown before.

    Args:
        numbers: what ``metrics.json`` holds, for each judge.

    Raises:
        Exit: with 1, after a sentence for each such judge.
    """
    from ...runs.judged import is_silent

    silent = [str(one["protocol"].get("judge")) for one in numbers if is_silent(one)]
    for judge in silent:
        say(
            f"judge {judge}: expected verdicts, got none on any response. Mend it and give the same command again; "
            "until then another judge's numbers are the folder's, if one has verdicts (isoglot judge RUN --with rules)."
        )
    if silent:
        raise typer.Exit(1)
