"""Options and checks that the commands on groups share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

from ....errors import ConfigError, RunError, problem
from ....files import stem_of as name_of
from ...options.prompts import of_reading

SHAPE, KIND, COLUMNS, SKIP = of_reading()
OUTPUT = typer.Option("-o", "--output", help="A file: .jsonl, .parquet, .csv, .tsv or .xlsx.")
FORCE = typer.Option("--force", help="Write over what is there.")
NEAR_SHARE = typer.Option(
    "--near", min=0.5, max=1.0, help="Share of common character 5-grams from which two pivots are near-duplicates."
)
FORMS = ("jsonl", "parquet", "csv", "tsv", "xlsx")


def stem_of(file: Path) -> str:
    """The name of a file of prompts without its form; of a data set of the hub its own, of ``p.{lang}.txt`` ``p``."""
    return name_of(Path(file.name.replace("{lang}", "").replace("..", ".").strip(".").rpartition(":")[2]))


def check_output(path: Path, inputs: Sequence[Path], *, force: bool, forms: Sequence[str] = FORMS) -> None:
    """Refuses a file of another form, one that is read, and one that is there.

    Raises:
        ConfigError: for a suffix that says no form, or the path of an input.
        RunError: where a file is that was not to be written over.
    """
    if path.suffix.lower().lstrip(".") not in forms:
        expected = f"a file that ends in {', '.join('.' + form for form in forms)}"
        raise ConfigError(problem("--output", expected, repr(str(path)), f"Name it {_of_form(path, forms[0])}"))
    if any(path.resolve() == one.resolve() for one in inputs):
        raise ConfigError(problem("--output", "another file than is read", repr(str(path)), "Name another"))
    refuse_there(path, force=force)


def _of_form(path: Path, form: str) -> Path:
    """The path with the suffix of a form, in the same folder; of one that has no name beside its suffix, ``groups``."""
    if path.name in ("", ".."):
        return path / f"groups.{form}"
    stem = "groups" if path.name.lstrip(".").lower() in FORMS else name_of(path)
    return path.with_name(f"{stem}.{form}")


def refuse_there(path: Path, *, force: bool) -> None:
    """Refuses to write over a file.

    Raises:
        RunError: where one is.
    """
    if path.exists() and not force:
        raise RunError(problem(str(path), "nothing there", "a file", "Choose another, or write over it with --force"))
