"""Judges that have failed on every response: a build must not pass on numbers that are all dashes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .console import say


def say_of_silent(numbers: Iterable[Mapping[str, Any]]) -> bool:
    """A sentence for each judge that has given no verdict at all; whether there is one, so that the command fails.

    Args:
        numbers: what ``metrics.json`` holds, for each judge.
    """
    from ...runs.judged import is_silent

    silent = [str(one["protocol"].get("judge")) for one in numbers if is_silent(one)]
    for judge in silent:
        say(
            f"judge {judge}: expected verdicts, got none on any response. Mend it and give the same command again; "
            "until then have another judge's numbers (isoglot judge RUN --with rules)."
        )
    return bool(silent)
