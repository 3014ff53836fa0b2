"""``isoglot groups convert``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from ....amounts import counted
from ....errors import ConfigError, problem
from ....files import suffix_of
from ...options.prompts import columns_of, read_prompts
from ...output.console import print_json, put, quoted, reported, say
from ...output.progress import steps
from .options import COLUMNS, FORCE, KIND, OUTPUT, SHAPE, SKIP, check_output, stem_of

EXAMPLES = (
    "Examples: [bold]isoglot groups convert MultiJail.csv -o groups.jsonl[/bold]\n\n"
    "[bold]isoglot groups convert mine.xlsx --columns en=prompt,zh=prompt_zh --kind harmful -o groups.jsonl[/bold]\n\n"
    "[bold]isoglot groups convert 'prompts.{lang}.txt' --kind harmless -o groups.jsonl[/bold]\n\n"
    "[bold]isoglot groups convert groups.jsonl --to xlsx[/bold]"
)
OURS = (".jsonl", ".parquet")  # what holds weights and provenance, too
Form = Literal["jsonl", "parquet", "csv", "tsv", "xlsx"]


@reported()
def command(
    file: Annotated[Path, typer.Argument(help="A file or folder of prompts, prompts.{lang}.txt, or hf:ORG/NAME.")],
    output: Annotated[Path | None, OUTPUT] = None,
    to: Annotated[
        Form | None, typer.Option(help="The form, where -o is not given: a file of this name in this folder.")
    ] = None,
    shape: Annotated[str | None, SHAPE] = None,
    kind: Annotated[str | None, KIND] = None,
    columns: Annotated[str | None, COLUMNS] = None,
    pivot: Annotated[str | None, typer.Option(help="The pivot of all groups, as in en.")] = None,
    source: Annotated[str | None, typer.Option(help="The source of groups that say none.")] = None,
    licence: Annotated[str | None, typer.Option("--license", help="The licence of groups that say none.")] = None,
    skip_bad_rows: Annotated[bool, SKIP] = False,
    force: Annotated[bool, FORCE] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Bring prompts into our form, or into a sheet for translators with a column for each language, and back."""
    from ....groups.counts import counts
    from ....groups.stated import stated

    output = _output(file, output, to)
    check_output(output, [file], force=force)
    named = columns_of(columns)
    with steps() as shown:
        shown.begin("Reading the prompts")
        groups = read_prompts(file, shown, shape=shape, kind=kind, columns=named, skip_bad_rows=skip_bad_rows)
        groups = stated(groups, pivot=pivot, source=source, licence=licence)
        shown.begin("Writing")
        groups.write(output)
    found = counts(groups)
    if json:
        print_json({"output": str(output), **found})
        return
    languages = counted(len(found["languages"]), "language")
    put(f"{output}: {counted(found['groups'], 'group')}, {counted(found['prompts'], 'prompt')} in {languages}")
    if output.suffix in OURS:
        say(f"Next: isoglot groups show {quoted(output)}")
        return
    then = f"merge {quoted(file)} {quoted(output)}" if suffix_of(file) in OURS else f"convert {quoted(output)}"
    say(f"A new language is a new column, as in prompts.sw. When it is filled: isoglot groups {then} -o FILE")


def _output(file: Path, output: Path | None, to: str | None) -> Path:
    """The file to write.

    Raises:
        ConfigError: where neither it nor its form is said, or they differ.
    """
    if output is None:
        if to is None:
            raise ConfigError(
                problem("--output", "a file to write", "nothing", "Say it with -o, or its form with --to")
            )
        return Path(f"{stem_of(file)}.{to}")
    if to is not None and output.suffix.lower() != f".{to}":
        raise ConfigError(problem("--output", f"a file that ends in .{to}, as --to says", repr(str(output))))
    return output
