"""``isoglot groups show``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from ....amounts import counted
from ....errors import some
from ...options.prompts import columns_of
from ...output.console import print_json, print_table, put, quoted, reported, say
from ...output.shares import percent
from .options import COLUMNS, KIND, NEAR_SHARE, SHAPE

EXAMPLES = (
    "Examples: [bold]isoglot groups show MultiJail.csv[/bold]\n\n"
    "[bold]isoglot groups show mine.csv --columns en=prompt,zh=prompt_zh --json[/bold]"
)


@reported()
def command(
    files: Annotated[list[Path], typer.Argument(help="Files or folders of prompts.")],
    shape: Annotated[str | None, SHAPE] = None,
    kind: Annotated[str | None, KIND] = None,
    columns: Annotated[str | None, COLUMNS] = None,
    near: Annotated[float, NEAR_SHARE] = 0.6,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say what was read, and what to look at before using it: languages, duplicates, empty cells, oddities."""
    from ....groups.shown import across, shown

    named = columns_of(columns)
    found = [shown(path, shape=shape, kind=kind, columns=named, least=near) for path in files]
    both = across([(str(path), groups) for path, (_, groups) in zip(files, found, strict=True)])
    if json:
        print_json({"files": [about for about, _ in found], "across": both})
        return
    for about, _ in found:
        _show(about)
    if both is not None:
        put(
            f"In several files: {both['same_id']:,} ids, {both['same_pivot']:,} prompts with the same text in the pivot"
        )
    unusable = [about for about, _ in found if not about["groups"]]
    for about in unusable:
        say(_to_correct(about))
    if not unusable:
        say(f"Next: {_next(files[0], found)}")


def _to_correct(about: Mapping[str, Any]) -> str:
    """What to do about a file of which nothing can be used."""
    file = quoted(about["file"])
    if not about["rows"]:
        return f"{file} has no rows: name another file, or write prompts into it."
    return f"No row of {file} can be used. Correct what is named above, then: isoglot groups show {file}"


def _next(file: Path, found: Sequence[tuple[dict[str, Any], Any]]) -> str:
    """What comes after looking: our form, then translations, then whether these are right."""
    about = found[0][0]
    options = " --skip-bad-rows" if about["bad_rows"]["count"] else ""
    if about["shape"] in ("table", "parallel") and "unknown" in about["kinds"]:
        options = f" --kind KIND{options}"
    if not all(about["shape"] == "groups" for about, _ in found):
        return f"isoglot groups convert {quoted(file)} -o groups.jsonl{options}"
    if all(len(about["languages"]) < 2 for about, _ in found):
        return f"isoglot translate {quoted(file)} --to TAGS --backend SPEC -o FILE{options}"
    return f"isoglot check {quoted(file)}{options}"


def _show(about: dict[str, Any]) -> None:
    bad, empty, twice = about["bad_rows"], about["empty_cells"], about["duplicates"]
    counts = f"{counted(about['rows'], 'row')}, {counted(about['groups'], 'group')}"
    put(f"{about['file']}: read as {about['shape']}, {counts}")
    if about["columns"]:
        put(f"  columns: {_columns(about['columns'])}")
    if bad["count"]:
        put(f"  {counted(bad['count'], 'bad row')}, which other commands refuse. The first:")
        for text in bad["first"]:
            put(f"    {text}")
    if not about["groups"]:
        return
    put(f"  kinds: {_counts(about['kinds'])}; pivot: {_counts(about['pivots'])}{_without(about['without_pivot'])}")
    for name in ("categories", "sources"):
        if about[name]:
            put(f"  {name}: {_counts(about[name])}")
    if empty["count"]:
        put(f"  empty cells: {_counts(empty['languages'])}")
    put(f"  groups whose pivot comes again: {twice['exact']:,} exactly, {twice['near']:,} exactly or nearly")
    for ids in [*twice["exact_first"], *twice["near_first"]]:
        put(f"    {', '.join(ids)}")
    if weights := about["weights"]:
        span = f"{weights['lowest']:g} to {weights['highest']:g}"
        put(f"  weights: {weights['cells']:,} cells, {span}, {weights['zero']:,} of them 0")
    longest = "; ".join(f"{one['id']} ({one['language']}, {one['characters']:,})" for one in about["longest"][:3])
    put(f"  longest, in characters: {longest or 'none'}")
    for text in about["oddities"]:
        put(f"  odd: {text}")
    _show_cells(about)


def _show_cells(about: Mapping[str, Any]) -> None:
    from ....pages.words import language_name

    rows = [
        [
            tag,
            language_name(tag),
            f"{one['cells']:,}",
            percent(one["share_of_groups"]),
            f"{one['mean_characters']:.0f}",
            f"{one['repeated']:,}",
            f"{one['same_as_pivot']:,}",
            f"{one['same_as_another']:,}",
        ]
        for tag, one in about["languages"].items()
    ]
    heads = ["language", "name", "cells", "of groups", "characters", "repeated", "same as pivot", "same as another"]
    print_table("Cells", heads, rows)


def _columns(columns: dict[str, Any]) -> str:
    prompts = [tag if tag == name else f"{tag} = {name}" for tag, name in columns["prompts"].items()]
    roles = [f"{role} = {name}" for role, name in columns.items() if role not in ("prompts", "kept")]
    kept = [f"kept: {', '.join(columns['kept'][:20])}"] if columns["kept"] else []
    parts = [f"prompts in {', '.join(prompts[:20])}{' ...' if len(prompts) > 20 else ''}"] if prompts else []
    return "; ".join([*parts, *roles, *kept])


def _counts(counts: dict[str, int]) -> str:
    return some((f"{name} {count:,}" for name, count in counts.items()), 8) or "none"


def _without(count: int) -> str:
    return f"; {counted(count, 'group')} {'lacks its own' if count == 1 else 'lack theirs'}" if count else ""
