"""``isoglot check``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ...errors import ConfigError, problem
from ..options.backend_rules import taken_by
from ..options.calls import CONCURRENCY, RETRIES, TIMEOUT
from ..options.ignored import only_with
from ..options.prompts import columns_of, names_of
from ..options.round_trips import Calls, counting, round_trips
from ..output.checked import refuse_flagged, show_result
from ..output.console import DRY_RUN, quiet, reported, say
from ..output.dry_run import of_check, show_plan
from ..output.progress import steps
from .groups.options import COLUMNS, KIND, SHAPE, SKIP, stem_of

if TYPE_CHECKING:
    from ...check.checker import Checker
    from ...check.meaning.embeddings import Embeddings
    from ...check.meaning.quality import Quality
    from ...check.meaning.served import Served
    from ...progress import Show

EXAMPLES = (
    "Examples: [bold]isoglot check groups.jsonl[/bold]\n\n"
    "[bold]isoglot check MultiJail.csv --languages sw,bn -o checks/multijail --json[/bold]\n\n"
    "[bold]isoglot check groups.jsonl --marks marks.jsonl --fail-over 0.01[/bold]"
)
_CALLS = ("concurrency", "timeout", "max_retries", "price")
RULES = (only_with("round_trip", *_CALLS), *taken_by("round_trip", _CALLS))


@reported("Give the same command again; what --round-trip has translated back is kept.")
def command(
    files: Annotated[list[Path], typer.Argument(help="Files or folders of prompts, prompts.{lang}.txt, hf:ORG/NAME.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="A folder. Default: NAME.check beside the first file.")
    ] = None,
    languages: Annotated[str | None, typer.Option(help="Check only these languages, as in sw,ckb.")] = None,
    pivot: Annotated[
        str | None, typer.Option(help="The pivot of all groups, as in en. Default: what each says.")
    ] = None,
    round_trip: Annotated[
        str | None, typer.Option(metavar="BACKEND", help="Translate back, as in openai:MODEL@URL, and compare.")
    ] = None,
    embeddings: Annotated[
        str | None, typer.Option(metavar="MODEL", help="Compare meanings by a sentence-embedding model, such as LaBSE.")
    ] = None,
    quality: Annotated[
        str | None, typer.Option(metavar="MODEL", help="Compare meanings by a model that reads both texts.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(metavar="MODEL_OR_RUN", help="Compare meanings by the hidden states of the model to be trained."),
    ] = None,
    marks: Annotated[
        list[Path] | None, typer.Option(help="Marks saved from the page. Repeatable; the last mark of a cell counts.")
    ] = None,
    keep_all: Annotated[
        bool, typer.Option("--keep-all", help="Keep what scores under 0.5, with a low weight.")
    ] = False,
    shown: Annotated[
        int, typer.Option(min=0, help="How many of each language, the worst first, the page shows.")
    ] = 100,
    sample: Annotated[
        int, typer.Option(min=0, help="How many passed cells of each language the page shows too, drawn at random.")
    ] = 10,
    seed: Annotated[int, typer.Option(help="Of that draw.")] = 0,
    fail_over: Annotated[
        float | None, typer.Option(min=0, max=1, help="Exit with 1 if more than this share of the cells is flagged.")
    ] = None,
    shape: Annotated[str | None, SHAPE] = None,
    kind: Annotated[str | None, KIND] = None,
    columns: Annotated[str | None, COLUMNS] = None,
    skip_bad_rows: Annotated[bool, SKIP] = False,
    concurrency: Annotated[int, CONCURRENCY] = 8,
    timeout: Annotated[float, TIMEOUT] = 120.0,
    max_retries: Annotated[int, RETRIES] = 4,
    price: Annotated[
        str | None, typer.Option(metavar="IN/OUT", help="Of a million tokens of --round-trip, as in 0.15/0.60.")
    ] = None,
    dry_run: Annotated[bool, DRY_RUN] = False,
    json: Annotated[bool, typer.Option("--json", help="Print what check.json holds.")] = False,
) -> None:
    """Check every translation of a file: its language, refusals, echoes, loops, lost parts, duplicates.

    check.html shows the worst translations beside their pivots, to mark. cells.jsonl has each fault, check.json counts.

    groups.jsonl has the groups to train on: without what scores under 0.5, with weights for smaller faults, and with
    what has checked each translation, for the protocol card of an evaluation.
    """
    from ...check.file import GROUPS, MARKS, check_files
    from ...check.marks import read_marks
    from ...check.preview import preview
    from ...check.reading import Reading
    from ...runs.folder import refuse_file

    folder = output or _beside(files[0])
    refuse_file(folder)
    _refuse_own_input(folder / GROUPS, files)
    reading = Reading(files, shape, kind, columns_of(columns), _tag(pivot), skip_bad_rows, say)
    before = [path] if (path := folder / MARKS).exists() else []
    looked_at = read_marks([*before, *(marks or [])])
    only = names_of(languages) or None
    calls = None if round_trip is None else Calls(round_trip, concurrency, timeout, max_retries, price)
    if dry_run:
        with steps() as show, counting(folder, calls) as back:
            plan = preview(reading, folder, show, languages=only, back=back)
        show_plan(plan, of_check(plan), json=json, then="the same command without --dry-run")
        return
    with steps() as show, _checkers(folder, calls, show, embeddings, quality, model) as checkers:
        found = check_files(
            reading,
            folder,
            languages=only,
            checkers=checkers,
            marks=looked_at,
            keep_all=keep_all,
            shown=shown,
            sample=sample,
            seed=seed,
            show=show,
        )
    show_result(found, files[0], folder, json=json)
    if fail_over is not None:
        refuse_flagged(found, fail_over)
    if found["gave_up"]:
        raise typer.Exit(1)


def _beside(file: Path) -> Path:
    """The folder of a file's check; of a data set of the hub, or of files by language, in this folder."""
    return (file.parent if file.exists() else Path()) / f"{stem_of(file) or file.resolve().name}.check"


def _refuse_own_input(path: Path, files: Sequence[Path]) -> None:
    if any(path.resolve() == one.resolve() for one in files):
        got, step = repr(str(path.parent)), "Name another"
        raise ConfigError(problem("--output", "another folder than the one that is read from", got, step))


def _tag(pivot: str | None) -> str | None:
    from ...languages import canonical_tag, is_tag

    if pivot is not None and not is_tag(pivot.strip().replace("_", "-")):
        raise ConfigError(problem("--pivot", "a BCP-47 tag, as in en", repr(pivot)))
    return None if pivot is None else canonical_tag(pivot)


@contextmanager
def _checkers(
    folder: Path, calls: Calls | None, show: Show, embeddings: str | None, quality: str | None, model: str | None
) -> Iterator[list[Checker]]:
    """The checks by models that were asked for, cheapest first."""
    with ExitStack() as stack:
        made: list[Checker] = list(_models(embeddings, model, quality))
        if calls is not None:
            made.append(stack.enter_context(round_trips(folder, calls, show)))
        yield made


def _models(embeddings: str | None, model: str | None, quality: str | None) -> Iterator[Checker]:
    """Those that are models, loaded: what is wrong with one is said before files are read."""
    if embeddings or model or quality:
        quiet()
    if embeddings is not None:
        from ...check.meaning.embeddings import Embeddings

        yield _loaded(Embeddings(embeddings))
    if model is not None:
        from ...check.meaning.served import Served

        yield _loaded(Served(model))
    if quality is not None:
        from ...check.meaning.quality import Quality

        yield _loaded(Quality(quality))


def _loaded(checker: Embeddings | Served | Quality) -> Checker:
    checker.load()
    return checker
