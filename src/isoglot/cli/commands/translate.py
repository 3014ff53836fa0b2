"""``isoglot translate``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ...errors import ConfigError, problem, raise_all
from ..options.backend_rules import taken_by
from ..options.calls import CONCURRENCY, RETRIES, TIMEOUT
from ..options.prompts import columns_of, read_prompts
from ..output.console import DRY_RUN, reported, say
from ..output.dry_run import of_translation, show_plan
from ..output.progress import steps
from ..output.translated import show_report
from .groups.options import COLUMNS, FORCE, KIND, SHAPE, SKIP, check_output

EXAMPLES = (
    "Examples: [bold]isoglot translate prompts.jsonl --to zh,sw,ckb --backend openai:MODEL@http://localhost:8000/v1 "
    "-o groups.jsonl[/bold]\n\n"
    "[bold]isoglot translate prompts.txt --kind harmful --to sw,ckb --backend hf:facebook/nllb-200-distilled-600M "
    "-o groups.jsonl[/bold]\n\n"
    "[bold]isoglot translate prompts.jsonl --to es --backend file:mine.tsv --backend 'command:apertium -u eng-spa' "
    "-o groups.jsonl[/bold]"
)
RULES = taken_by("backend")


@reported("What was translated is kept: the same command goes on.")
def command(
    prompts: Annotated[Path, typer.Argument(help="A file or folder of prompts; of text files, one prompt a line.")],
    to: Annotated[str, typer.Option(metavar="TAGS", help="Languages to translate to, as in zh,ar,sw,ckb.")],
    backend: Annotated[
        list[str],
        typer.Option(
            metavar="SPEC",
            help="What translates: openai:MODEL@URL, openai-batch:MODEL@URL, hf:MODEL, ct2:FOLDER, libretranslate:URL, "
            "command:LINE or file:PATH. Repeatable: the next one gets what this one declines or does badly.",
        ),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write: .jsonl.")],
    best_of: Annotated[
        bool, typer.Option("--best-of", help="Ask on until a translation has no fault; take the best.")
    ] = False,
    source: Annotated[
        str | None,
        typer.Option("--from", metavar="TAG", help="Language to translate from. Default: each group's pivot."),
    ] = None,
    cache: Annotated[
        Path | None,
        typer.Option(help="Where translations are kept, for a next time. Default: beside the output."),
    ] = None,
    concurrency: Annotated[int, CONCURRENCY] = 8,
    temperature: Annotated[
        list[float] | None,
        typer.Option(
            min=0, help="Of chat models. Default: 0. Repeatable: what fails the checks at one is asked for at the next."
        ),
    ] = None,
    timeout: Annotated[float, TIMEOUT] = 120.0,
    max_retries: Annotated[int, RETRIES] = 4,
    price: Annotated[
        list[str] | None,
        typer.Option(
            metavar="IN/OUT",
            help="Of a million tokens, input and output, as in 0.15/0.60: once, or once for each --backend.",
        ),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only this many groups of each kind, to try it out.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Translate what has a translation, too.")] = False,
    retry_failed: Annotated[
        bool,
        typer.Option(
            "--retry-failed", help="Ask again for what was declined or failed the checks, whose answers are kept."
        ),
    ] = False,
    keep_failed: Annotated[
        bool, typer.Option("--keep-failed", help="Keep what fails the checks, with its low score as its weight.")
    ] = False,
    shape: Annotated[str | None, SHAPE] = None,
    kind: Annotated[str | None, KIND] = None,
    columns: Annotated[str | None, COLUMNS] = None,
    skip_bad_rows: Annotated[bool, SKIP] = False,
    force: Annotated[bool, FORCE] = False,
    dry_run: Annotated[bool, DRY_RUN] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Translate prompts into the languages that they lack, check each translation, and keep how it was made.

    Translations that are there stay. What no backend translates well enough is left out, and listed beside the output.
    """
    from ...providers.usage import Price
    from ...translate import Plan, links, translate_groups
    from ...translate.preview import preview
    from ...translate.translating import cache_path
    from ...translators.cache import opened

    named, kept = columns_of(columns), cache or cache_path(output)
    read = [prompts, *(Path(spec.removeprefix("file:")) for spec in backend if spec.startswith("file:"))]
    check_output(output, read, force=force or dry_run, forms=("jsonl",))  # a dry run writes over nothing
    _check_beside(output, kept, read)
    plan = Plan(
        _targets(to), _source(source), best_of=best_of, again=again, retry_failed=retry_failed, keep_failed=keep_failed
    )
    prices = [Price.parse(text) for text in price or []]
    with steps() as shown, opened(kept, read_only=dry_run) as store:
        chain = links(
            backend,
            store,
            prices=prices,
            temperatures=temperature or [0.0],
            concurrency=concurrency,
            timeout=timeout,
            attempts=max_retries + 1,
        )
        shown.begin("Reading the prompts")
        groups = read_prompts(prompts, shown, shape=shape, kind=kind, columns=named, skip_bad_rows=skip_bad_rows)
        groups = groups.select(limit=limit)
        if dry_run:
            shown.begin("Counting what would be asked")
            found = preview(groups, plan, chain, output, store)
        else:
            report = translate_groups(groups, plan, chain, output, store, show=shown)
    if dry_run:
        show_plan(found, of_translation(found), json=json, then="the same command without --dry-run")
    else:
        show_report(report, plan, json=json)


def _check_beside(output: Path, cache: Path, read: Sequence[Path]) -> None:
    """Refuses an output whose list of what is left out is read, and a cache that would be written over.

    Raises:
        ConfigError: for one of them.
    """
    from ...translate.translating import failed_path

    failed = failed_path(output)
    if any(failed.resolve() == one.resolve() for one in read):
        step = "Name another output, or rename what is read"
        raise ConfigError(problem("--output", "a name beside which nothing is read", f"{failed}, which is", step))
    if cache.resolve() in (output.resolve(), failed.resolve(), *(one.resolve() for one in read)):
        raise ConfigError(problem("--cache", "a file of its own", f"{str(cache)!r}, which is read or written too"))


def _targets(text: str) -> list[str]:
    """The tags of ``--to``, each once; what was decided about them is said.

    Raises:
        ConfigError: with everything that is wrong.
    """
    from ...languages import Target, meant, target_language

    found, problems = dict[str, Target](), []
    for part in filter(None, (part.strip() for part in text.split(","))):
        try:
            target = target_language(part)
            if (same := meant(target.tag, found)) is None:
                found[target.tag] = target
            elif same != target.tag:
                say(f"--to {part} is the same as {same}, which is named too: it is translated to once.")
        except ConfigError as error:
            problems.append(f"--to: {error}")
    raise_all(problems, ConfigError)
    if not found:
        raise ConfigError(problem("--to", "languages, as in zh,ar,sw,ckb", repr(text)))
    for target in found.values():
        if target.said:
            say(target.said)
    say(f"To: {', '.join(f'{tag} ({target.language.name})' for tag, target in found.items())}")
    return list(found)


def _source(text: str | None) -> str | None:
    from ...languages import base_tag, canonical_tag, instead

    if text is not None and base_tag(text) is None:
        raise ConfigError(problem("--from", "the tag of a known language", repr(text), instead(text)))
    return text if text is None else canonical_tag(text)
