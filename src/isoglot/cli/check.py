"""``isoglot check``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import ConfigError, RunError, problem
from ..files import folder_made
from .console import percent, print_json, print_table, put, quiet, quoted, reported, say
from .evaluating import columns_of, names_of
from .groups.options import COLUMNS, KIND, SHAPE, SKIP, stem_of
from .progress import steps

if TYPE_CHECKING:
    from ..check.meaning.embeddings import Embeddings
    from ..check.meaning.quality import Quality
    from ..check.meaning.served import Served
    from ..check.measure import Measure

EXAMPLES = (
    "Examples: [bold]isoglot check groups.jsonl[/bold]\n\n"
    "[bold]isoglot check MultiJail.csv --languages sw,bn -o checks/multijail --json[/bold]\n\n"
    "[bold]isoglot check groups.jsonl --marks marks.jsonl --fail-over 0.01[/bold]"
)
ROUND_TRIPS = "round-trips.sqlite"
_REASONS = 3  # of a language, that the table names


@reported()
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
    fail_over: Annotated[
        float | None, typer.Option(min=0, max=1, help="Exit with 1 if more than this share of the cells is flagged.")
    ] = None,
    shape: Annotated[str | None, SHAPE] = None,
    kind: Annotated[str | None, KIND] = None,
    columns: Annotated[str | None, COLUMNS] = None,
    skip_bad_rows: Annotated[bool, SKIP] = False,
    json: Annotated[bool, typer.Option("--json", help="Print what check.json holds.")] = False,
) -> None:
    """Check every translation of a file: its language, refusals, echoes, loops, lost parts, duplicates.

    check.html shows the worst translations beside their pivots, to mark. cells.jsonl has each fault, check.json counts.

    groups.jsonl has the groups to train on: without what scores under 0.5, and with weights for smaller faults.
    """
    from ..check.file import GROUPS, PAGE, check_files
    from ..check.marks import read_marks
    from ..check.reading import Reading

    folder = output or _beside(files[0])
    _refuse_own_input(folder / GROUPS, files)
    reading = Reading(files, shape, kind, columns_of(columns), _tag(pivot), skip_bad_rows, say)
    looked_at = read_marks(marks or [])
    with _measures(folder, round_trip, embeddings, quality, model) as measures, steps() as show:
        found = check_files(
            reading,
            folder,
            languages=names_of(languages) or None,
            measures=measures,
            marks=looked_at,
            keep_all=keep_all,
            shown=shown,
            show=show,
        )
    if json:
        print_json(found)
    else:
        _show(found)
        put(str(folder / PAGE))
        put(str(folder / GROUPS))
    say(_next(found, files[0], folder / GROUPS))
    if fail_over is not None:
        _refuse_flagged(found, fail_over)


def _refuse_flagged(found: dict[str, Any], most: float) -> None:
    """Ends with 1 where more cells are flagged than a share, or where there are none to say it of."""
    if not found["cells"]:
        raise RunError(problem("--fail-over", "translations", "none", "Look for the pivot: --pivot names it"))
    if found["flagged"] / found["cells"] > most:
        share = f"{found['flagged']:,} of {found['cells']:,}"
        raise RunError(problem("--fail-over", f"at most {most:g} of the cells flagged", share))


def _next(found: dict[str, Any], file: Path, groups: Path) -> str:
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


def _beside(file: Path) -> Path:
    """The folder of a file's check; of a data set of the hub, or of files by language, in this folder."""
    return (file.parent if file.exists() else Path()) / f"{stem_of(file) or file.resolve().name}.check"


def _refuse_own_input(path: Path, files: Sequence[Path]) -> None:
    if any(path.resolve() == one.resolve() for one in files):
        raise ConfigError(problem("--output", "another folder than the one that is read from", repr(str(path.parent))))


def _tag(pivot: str | None) -> str | None:
    from ..languages import canonical_tag, is_tag

    if pivot is not None and not is_tag(pivot.strip().replace("_", "-")):
        raise ConfigError(problem("--pivot", "a BCP-47 tag, as in en", repr(pivot)))
    return None if pivot is None else canonical_tag(pivot)


@contextmanager
def _measures(
    folder: Path, round_trip: str | None, embeddings: str | None, quality: str | None, model: str | None
) -> Iterator[list[Measure]]:
    """The checks by models that were asked for, cheapest first."""
    with ExitStack() as stack:
        made: list[Measure] = list(_models(embeddings, model, quality))
        if round_trip is not None:
            from ..check.meaning.round_trip import RoundTrip
            from ..translators.cache import TranslationCache
            from ..translators.named import named

            translator = named(round_trip)
            stack.enter_context(folder_made(folder))
            cache = stack.enter_context(closing(TranslationCache(folder / ROUND_TRIPS)))
            made.append(stack.enter_context(closing(RoundTrip(translator, cache))))
        yield made


def _models(embeddings: str | None, model: str | None, quality: str | None) -> Iterator[Measure]:
    """Those that are models, loaded: what is wrong with one is said before files are read."""
    if embeddings or model or quality:
        quiet()
    if embeddings is not None:
        from ..check.meaning.embeddings import Embeddings

        yield _loaded(Embeddings(embeddings))
    if model is not None:
        from ..check.meaning.served import Served

        yield _loaded(Served(model))
    if quality is not None:
        from ..check.meaning.quality import Quality

        yield _loaded(Quality(quality))


def _loaded(measure: Embeddings | Served | Quality) -> Measure:
    measure.load()
    return measure


def _show(found: dict[str, Any]) -> None:
    from ..check.page import REASON_WORDS, sentences, title
    from ..pages.words import NBSP

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
    for text in sentences(found):
        put(text.replace(NBSP, " "))
