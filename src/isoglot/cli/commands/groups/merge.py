"""``isoglot groups merge``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from ....amounts import counted
from ....errors import some
from ....files import stem_of
from ...output.console import print_json, put, quoted, reported, say
from .options import FORCE, KIND, OUTPUT, SKIP, check_output

EXAMPLES = (
    "Examples: [bold]isoglot groups merge groups.jsonl groups.sw.xlsx -o all.jsonl[/bold]\n\n"
    "[bold]isoglot groups merge MultiJail.csv pku.jsonl -o harmful.jsonl --prefer first[/bold]"
)
_TOLD = 5


@reported()
def command(
    files: Annotated[list[Path], typer.Argument(help="Files or folders of prompts, two or more.")],
    output: Annotated[Path, OUTPUT],
    prefer: Annotated[
        Literal["first"] | None,
        typer.Option(help="first: what the first file says counts. Default: what two say differently is an error."),
    ] = None,
    kind: Annotated[str | None, KIND] = None,
    skip_bad_rows: Annotated[bool, SKIP] = False,
    force: Annotated[bool, FORCE] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Join files: a group that several have (same id, same text in the pivot) gets the languages of all.

    Of one id and another text the later group is another one: its id gets the name of its file in front. Tags that mean
    one language (zh, zh-CN) become the one that comes first.
    """
    from ....groups import PromptGroups
    from ....groups.merging import merged

    check_output(output, files, force=force)
    sets = [
        (stem_of(path), PromptGroups.read(path, kind=kind, skip_bad_rows=skip_bad_rows, tell=say)) for path in files
    ]
    found = merged(sets, prefer=prefer)
    found.groups.write(output)
    if json:
        print_json(found._asdict() | {"groups": len(found.groups), "output": str(output)})
        return
    count = len(found.groups.languages)
    put(f"{output}: {counted(len(found.groups), 'group')} in {counted(count, 'language')}")
    put(f"  {counted(found.joined, 'group')} in several files, with {counted(found.added, 'cell')} of later ones")
    if found.renamed:
        named = some((f"{new} (was {old})" for new, old in found.renamed.items()), _TOLD)
        put(f"  {len(found.renamed):,} ids that stood for another prompt in an earlier file: {named}")
    if found.called:
        named = some((f"{tag} as {there}" for tag, there in found.called.items()), _TOLD)
        put(f"  languages under the tag of an earlier file: {named}")
    for text in found.conflicts[:_TOLD]:
        put(f"  kept the first: {text}")
    if len(found.conflicts) > _TOLD:
        put(f"  ... and {len(found.conflicts) - _TOLD:,} more such")
    if found.repeated:
        named = some((f"{other} as {one}" for one, other in found.repeated), _TOLD)
        put(f"  {len(found.repeated):,} groups with the pivot of another: {named}")
    if found.near > len(found.repeated):
        put(f"  {found.near:,} groups that are near-duplicates of another, those included")
    say(f"Next: isoglot check {quoted(output)}")
