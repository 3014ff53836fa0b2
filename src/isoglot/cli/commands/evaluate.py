"""``isoglot evaluate``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from ...errors import all_at_once
from ..again import FROM, INFO, STRICT, about, needs
from ..evaluated import Evaluated, Judging, refuse_unfinished, run_directory
from ..model import Model
from ..options import evaluate_rules
from ..options import judge_calls as calls
from ..options import prompts as prompt_options
from ..options.prompts import Source, columns_of, names_of
from ..options.template import ARGUMENTS, DATE, SYSTEM, Asked, named_values
from ..output.console import DRY_RUN, WITH, quiet, reported
from ..output.corrected import CALIBRATION
from ..output.dry_run import of_evaluation, show_plan
from ..output.plan import AIMS, PLAN, PLAN_RATE, show_differences
from ..output.progress import steps
from ..utility import BASE, INCLUDE, LIMIT, TEMPLATE, UTILITY, Template, Wanted, run_alone

Dtype = Literal["auto", "float32", "bfloat16", "float16"]
# Titles in --help, below the options that most need, which have none.
ANSWERS, PROVIDER = "Answers", "Models of a provider"
EXTRA = typer.Option(
    metavar="NAME=VALUE",
    help="A further field of each request, as in repeat_penalty=1.0. Repeatable.",
    rich_help_panel=PROVIDER,
)
EXAMPLES = (
    "Examples: [bold]isoglot evaluate runs/dpo --prompts test.jsonl --dry-run[/bold]\n\n"
    "[bold]isoglot evaluate runs/dpo --suite multijail,polyrefuse --data data --samples 4 --temperature 0.8[/bold]\n\n"
    "[bold]isoglot evaluate Qwen/Qwen2.5-0.5B-Instruct --prompts MultiJail.csv --limit 50 --output runs/base[/bold]\n\n"
    "[bold]isoglot evaluate openai-api/local/NAME --base-url http://localhost:8000/v1 --prompts test.jsonl[/bold]"
)
RULES = evaluate_rules.RULES


@reported("The same command continues: answers that were written are not generated again.")
def command(
    ctx: typer.Context,
    model: Annotated[
        str | None,
        typer.Argument(
            help="A run directory, a folder of a model or adapter, a GGUF file, a name on the hub, "
            "or a provider's model as inspect_ai names it: openai-api/local/NAME, vllm/NAME."
        ),
    ] = None,
    prompts: Annotated[list[Path] | None, prompt_options.FILES] = None,
    suite: Annotated[str | None, prompt_options.SUITE] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Where results go. Default: a folder of its own in the run.")
    ] = None,
    languages: Annotated[str | None, prompt_options.LANGUAGES] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many groups of each kind.")] = None,
    judges: Annotated[list[str] | None, WITH] = None,
    calibration: Annotated[Path | None, CALIBRATION] = None,
    dry: Annotated[bool, DRY_RUN] = False,
    json: Annotated[bool, typer.Option("--json", help="Print what metrics.json holds.")] = False,
    data: Annotated[Path | None, prompt_options.DATA] = None,
    kind: Annotated[str | None, prompt_options.KIND] = None,
    shape: Annotated[str | None, prompt_options.SHAPE] = None,
    columns: Annotated[str | None, prompt_options.COLUMNS] = None,
    skip_bad_rows: Annotated[bool, prompt_options.SKIP_BAD_ROWS] = False,
    max_new_tokens: Annotated[int, typer.Option(min=1, help="Longest answer.", rich_help_panel=ANSWERS)] = 256,
    samples: Annotated[int, typer.Option(min=1, help="Answers to each prompt.", rich_help_panel=ANSWERS)] = 1,
    temperature: Annotated[
        float, typer.Option(min=0, help="Of the draws; 0: the likeliest token always.", rich_help_panel=ANSWERS)
    ] = 0.0,
    seed: Annotated[int, typer.Option(help="Of the draws.", rich_help_panel=ANSWERS)] = 0,
    batch_size: Annotated[int, typer.Option(min=1, help="Prompts at a time.", rich_help_panel=ANSWERS)] = 16,
    dtype: Annotated[Dtype, typer.Option(help="Of the weights.", rich_help_panel=ANSWERS)] = "auto",
    shard: Annotated[
        str | None,
        typer.Option(
            help="As 2/4: only this part; the last one to finish puts the parts together.", rich_help_panel=ANSWERS
        ),
    ] = None,
    trust_remote_code: Annotated[
        bool, typer.Option("--trust-remote-code", help="Run code the model brings.", rich_help_panel=ANSWERS)
    ] = False,
    base_url: Annotated[str | None, typer.Option(help="Of the server.", rich_help_panel=PROVIDER)] = None,
    max_connections: Annotated[
        int | None,
        typer.Option(min=1, help="Requests at a time. Default: as inspect_ai has it.", rich_help_panel=PROVIDER),
    ] = None,
    timeout: Annotated[int, typer.Option(min=1, help="Seconds of one attempt.", rich_help_panel=PROVIDER)] = 300,
    max_retries: Annotated[
        int, typer.Option(min=0, help="Further attempts of a request.", rich_help_panel=PROVIDER)
    ] = 5,
    extra_body: Annotated[list[str] | None, EXTRA] = None,
    judge_max_connections: Annotated[int, calls.CONNECTIONS] = calls.MOST_CALLS,
    judge_timeout: Annotated[float, calls.TIMEOUT] = calls.LONGEST_CALL,
    judge_max_retries: Annotated[int, calls.RETRIES] = calls.MOST_RETRIES,
    judge_max_tokens: Annotated[int | None, calls.MAX_TOKENS] = None,
    chat_template_kwargs: Annotated[list[str] | None, ARGUMENTS] = None,
    system_prompt: Annotated[str | None, SYSTEM] = None,
    date: Annotated[str | None, DATE] = None,
    plan: Annotated[bool, PLAN] = False,
    plan_rate: Annotated[list[float] | None, PLAN_RATE] = None,
    fail_under: Annotated[
        list[str] | None,
        typer.Option(
            help="As harmful_refused=0.9: end with status 1 if the mean of languages is lower. Repeatable.",
            rich_help_panel=AIMS,
        ),
    ] = None,
    fail_over: Annotated[
        list[str] | None,
        typer.Option(
            help="As harmless_refused=0.05: end with status 1 if the mean of languages is higher. Repeatable.",
            rich_help_panel=AIMS,
        ),
    ] = None,
    utility: Annotated[str | None, UTILITY] = None,
    utility_limit: Annotated[int | None, LIMIT] = None,
    include_path: Annotated[Path | None, INCLUDE] = None,
    base: Annotated[str | None, BASE] = None,
    utility_template: Annotated[Template, TEMPLATE] = "auto",
    again: Annotated[Path | None, FROM] = None,
    strict: Annotated[bool, STRICT] = False,
    info: Annotated[list[str] | None, INFO] = None,
) -> None:
    """Generate answers in every language, judge them, and count: safe, refused, answered, in which language."""
    from ...evaluate.answering.decoding import Decoding
    from ...evaluate.numbers.bar import bars
    from ...runs.shards import Shard

    model, files = needs(model, prompts, suite, utility)
    quiet()
    wanted_bars, part = bars(fail_under or [], fail_over or []), Shard.parse(shard) if shard else None
    fields = named_values(extra_body or [], "--extra-body", "repeat_penalty=1.0")
    decoding = Decoding(max_new_tokens, temperature, samples, seed, fields)
    bounds = calls.bounds_of(judge_max_connections, judge_timeout, judge_max_retries)
    chat = Asked(chat_template_kwargs, system_prompt, date).of(model)
    besides = Wanted(utility, utility_limit, include_path, base, utility_template)
    tags = names_of(languages) or None
    connection = dict(base_url=base_url, max_connections=max_connections, timeout=timeout, max_retries=max_retries)
    answering = Model(model, batch_size, dtype, trust_remote_code, connection, chat, fields)
    answering.check()
    judging, _ = all_at_once(
        lambda: Judging(judges or [], calibration, calls.options_of(bounds, judge_max_tokens)),
        lambda: None if dry or plan else answering.refuse_unreachable(),
    )
    refuse_unfinished(Path(model))
    if not files and not suite:
        run_alone(besides, answering, run_directory(answering), output, tags, json=json)
        return
    source = Source(files, names_of(suite), data, shape, kind, columns_of(columns), skip_bad_rows)
    evaluated = Evaluated(answering, source, judging, besides, again, output)
    with steps() as shown:
        shown.begin("Reading the prompts")
        assignment = source.read(tags, limit, decoding, part, shown)
        if plan:
            show_differences(assignment.groups, plan_rate, samples=decoding.samples, json=json)
            return
        folder = evaluated.folder(assignment)
        known = about(
            ctx,
            folder,
            info=info,
            strict=strict,
            name=source.name_of_files,
            judges=judging.judges,
            calibration=calibration,
        )
        if dry:
            found = answering.preview(assignment, folder, shown, known)
        else:
            numbers = evaluated.run(assignment, folder, shown, known)
    if dry:
        show_plan(found, of_evaluation(found), json=json, then="the same command without --dry-run")
    else:
        evaluated.say(numbers, assignment, folder, bars=wanted_bars, json=json)
