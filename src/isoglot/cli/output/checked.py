"""What ``isoglot check`` says in the end."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...errors import RunError, problem
from ..options.calls import asked_words
from .console import print_json, print_table, put, quoted, say
from .shares import percent

_REASONS = 3  # of a language, that the table names


def show_result(found: Mapping[str, Any], first: Path, folder: Path, *, json: bool) -> None:
    """Prints what was found, and what comes next."""
    from ...check.file import GROUPS, PAGE

    if json:
        print_json(dict(found))
    else:
        _show(found)
        put(str(folder / PAGE))
        put(str(folder / GROUPS))
    for why in found["gave_up"].values():
        say(f"{why} All else that was looked for is in {quoted(folder)}.")
    if not found["gave_up"]:
        say(_next(found, first, folder / GROUPS))


def refuse_flagged(found: Mapping[str, Any], most: float) -> None:
    """Ends with 1 where more cells are flagged than a share, or where there are none to say it of."""
    if not found["cells"]:
        raise RunError(problem("--fail-over", "translations", "none", "Look for the pivot: --pivot names it"))
    if found["flagged"] / found["cells"] > most:
        share = f"{found['flagged']:,} of {found['cells']:,}"
        raise RunError(problem("--fail-over", f"at most {most:g} of the cells flagged", share))


def _next(found: Mapping[str, Any], file: Path, groups: Path) -> str:
    """What to do with what was found."""
    if not found["cells"]:
        return (
            f"There is no translation to check. Next: isoglot translate {quoted(file)} --to TAGS --backend SPEC -o FILE"
        )
    then = f"isoglot groups split {quoted(groups)} --test 0.2 -o FOLDER"
    if not found["flagged"]:
        return f"Next: {then}"
    return (
        f"Open the page, mark cells and save marks.jsonl. Next: the same command with --marks marks.jsonl; then {then}"
    )


def _show(found: Mapping[str, Any]) -> None:
    from ...check.page import REASON_WORDS, sentences, title
    from ...pages.words import NBSP

    def reasons(counts: dict[str, int]) -> str:
        told = [f"{REASON_WORDS.get(name, name)} {count:,}" for name, count in list(counts.items())[:_REASONS]]
        return "; ".join([*told, *(["..."] if len(counts) > _REASONS else [])]) or "–"

    rows = [
        [
            tag,
            f"{one['cells']:,}",
            f"{one['flagged']:,}",
            percent(one["share"]["value"]),
            reasons(one["by_reason"]),
            ", ".join(f"{other} {count:,}" for other, count in list(one["languages_found"].items())[:4]),
        ]
        for tag, one in found["languages"].items()
    ]
    heads = ["language", "cells", "flagged", "share", "why", "found to be in"]
    print_table(title(found["flagged"], found["cells"]).replace(NBSP, " "), heads, rows)
    for text in sentences({**found, "gave_up": {}}):  # which is said at the end
        put(text.replace(NBSP, " "))
    for one in found["asked"].values():
        put(f"{one['backend']}: {asked_words(one)}")
