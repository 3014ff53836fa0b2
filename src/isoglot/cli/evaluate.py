"""``isoglot evaluate``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ..errors import ConfigError, RunError, problem, short
from .again import FROM, INFO, STRICT, about, check_card, check_prompts, needs, own_folder_again, show_again
from .console import DRY_RUN, WITH, percent, print_json, print_table, put, quiet, quoted, reported, say
from .corrected import CALIBRATION, corrected, mean_line, show_corrected
from .dry_run import of_evaluation, show_plan
from .over_refusal import over_refusal_columns, show_over_refusal
from .plan import PLAN, PLAN_RATE, show_differences
from .progress import steps
from .template import ARGUMENTS, DATE, SYSTEM, Asked
from .utility import BASE, INCLUDE, LIMIT, UTILITY, Wanted, run_alone, show_utility
from .utility import run as run_utility

if TYPE_CHECKING:
    from ..evaluate.bar import Bar

Dtype = Literal["auto", "float32", "bfloat16", "float16"]
EXAMPLES = (
    "Examples: [bold]isoglot evaluate runs/dpo --prompts groups.jsonl --dry-run[/bold]\n\n"
    "[bold]isoglot evaluate runs/dpo --prompts groups.jsonl[/bold]\n\n"
    "[bold]isoglot evaluate Qwen/Qwen2.5-0.5B-Instruct --prompts MultiJail.csv --limit 50 --output runs/base[/bold]"
)


@reported("The same command continues: answers that were written are not generated again.")
def command(
    ctx: typer.Context,
    model: Annotated[str | None, typer.Argument(help="A run directory, a model folder, or a name on the hub.")] = None,
    prompts: Annotated[
        list[Path] | None, typer.Option(help="Prompt groups: JSONL, Parquet, CSV, text, folder. Repeatable.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Where results go. Default: a folder of its own in the run.")
    ] = None,
    languages: Annotated[str | None, typer.Option(help="Only these, as in en,sw,ckb.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many groups of each kind.")] = None,
    max_new_tokens: Annotated[int, typer.Option(min=1, help="Longest answer.")] = 256,
    batch_size: Annotated[int, typer.Option(min=1, help="Prompts at a time.")] = 16,
    shape: Annotated[str | None, typer.Option(help="Format of the prompts' file. Default: detected.")] = None,
    kind: Annotated[str | None, typer.Option(help="harmful or harmless, of prompts whose file does not say.")] = None,
    columns: Annotated[str | None, typer.Option(help="Of a table: en=prompt,zh=prompt_zh,kind=label.")] = None,
    skip_bad_rows: Annotated[
        bool, typer.Option("--skip-bad-rows", help="Leave out rows that cannot be used; they are counted and named.")
    ] = False,
    dtype: Annotated[Dtype, typer.Option(help="Of the weights.")] = "auto",
    trust_remote_code: Annotated[bool, typer.Option("--trust-remote-code", help="Run code the model brings.")] = False,
    chat_template_kwargs: Annotated[list[str] | None, ARGUMENTS] = None,
    system_prompt: Annotated[str | None, SYSTEM] = None,
    date: Annotated[str | None, DATE] = None,
    calibration: Annotated[Path | None, CALIBRATION] = None,
    judges: Annotated[list[str] | None, WITH] = None,
    fail_under: Annotated[
        list[str] | None,
        typer.Option(help="As harmful_refused=0.9: end with status 1 if the mean of languages is lower. Repeatable."),
    ] = None,
    plan: Annotated[bool, PLAN] = False,
    plan_rate: Annotated[list[float] | None, PLAN_RATE] = None,
    utility: Annotated[str | None, UTILITY] = None,
    utility_limit: Annotated[int | None, LIMIT] = None,
    include_path: Annotated[Path | None, INCLUDE] = None,
    base: Annotated[str | None, BASE] = None,
    again: Annotated[Path | None, FROM] = None,
    strict: Annotated[bool, STRICT] = False,
    info: Annotated[list[str] | None, INFO] = None,
    dry: Annotated[bool, DRY_RUN] = False,
    json: Annotated[bool, typer.Option("--json", help="Print what metrics.json holds.")] = False,
) -> None:
    """Generate answers in every language, judge them, and count: safe, refused, answered, in which language."""
    from ..evaluate import evaluate, judge_with
    from ..evaluate.bar import bars
    from ..evaluate.preview import preview
    from ..evaluate.protocol import asked
    from ..evaluate.several import judges_of_specs
    from ..evaluate.template import in_protocol, on_its_day, quantization_of_run
    from ..groups import PromptGroups
    from ..models.load import load
    from ..runs.evaluations import own_folder
    from ..runs.folder import refuse_file

    model, prompts = needs(model, prompts, utility)
    quiet()
    tags = [tag.strip() for tag in languages.split(",")] if languages else None
    wanted_bars, named = bars(fail_under or []), columns_of(columns)
    judges_of_specs(judges or [], None)  # a misspelt one is said before anything is generated
    refuse_unfinished(Path(model))
    chat = Asked(chat_template_kwargs, system_prompt, date).of(model)
    besides = Wanted(utility, utility_limit, include_path, base, batch_size, dtype, trust_remote_code, chat)
    if not prompts:
        run_alone(besides, model, run_directory(model), output, tags, json=json)
        return
    with steps() as shown:
        shown.begin("Reading the prompts")
        groups = PromptGroups.read(
            prompts,
            shape=shape,
            kind=kind,
            columns=named,
            skip_bad_rows=skip_bad_rows,
            tell=say,
            progress=shown.advance,
        )
        groups = groups.select(languages=tags, limit=limit)
        if plan:
            show_differences(groups, plan_rate, json=json)
            return
        besides.check(groups.languages)
        name = "+".join(path.resolve().stem for path in prompts)
        wanted = asked(groups, max_new_tokens=max_new_tokens) | in_protocol(chat)
        check_prompts(again, wanted, prompts)
        folder = output or own_folder_again(again, own_folder(run_directory(model), name, wanted))
        refuse_file(folder)
        options: dict[str, Any] = {"max_new_tokens": max_new_tokens, "batch_size": batch_size}
        chat = on_its_day(chat, folder)
        shown.begin("Loading the model")
        few_bits = quantization_of_run(Path(model))
        how: dict[str, Any] = {"dtype": dtype, "trust_remote_code": trust_remote_code, "chat": chat}
        loaded, tokenizer = load(model, weights=not dry, quantization=few_bits, **how)
        if not dry:
            known = about(ctx, info=info, strict=strict, name=name)
            evaluated = evaluate(loaded, tokenizer, groups, folder, name=model, show=shown, about=known, **options)
            if judges:
                evaluated = list(judge_with(folder, judges, show=shown).values())[-1]
            done = run_utility(besides, (loaded, tokenizer), folder, groups.languages, model, shown)
    if dry:
        check_card(about(ctx, info=info, strict=strict, name=name), model, wanted, groups, loaded, tokenizer)
        found = preview(loaded, tokenizer, groups, folder, **options)
        show_plan(found, of_evaluation(found), json=json, then="the same command without --dry-run")
        return
    metrics = corrected(evaluated, calibration).metrics | done
    show(metrics | show_again(again, folder, json=json), json=json)
    say(results_in(folder))
    hold(wanted_bars, metrics)


def hold(wanted: Sequence[Bar], metrics: Mapping[str, Any]) -> None:
    """Ends with status 1 if a bar is missed, and says which."""
    missed = [text for bar in wanted if (text := bar.missed(metrics))]
    for text in missed:
        say(text)
    if missed:
        raise typer.Exit(1)


def columns_of(text: str | None) -> dict[str, str] | None:
    """What ``--columns`` says: language, ``id``, ``kind`` ... -> name of the column; None if it was not given.

    Raises:
        ConfigError: for what is not of the form ``en=prompt,zh=prompt_zh``, or says one thing twice.
    """
    if text is None:
        return None
    pairs = [part.partition("=") for part in text.split(",")]
    found = {what.strip(): name.strip() for what, _, name in pairs}
    if len(found) < len(pairs) or not all(what.strip() and name.strip() for what, _, name in pairs):
        raise ConfigError(problem("--columns", "pairs such as en=prompt,zh=prompt_zh, each once", short(text)))
    return found


def results_in(folder: Path) -> str:
    """What a command ends with: where the results are, and what comes next."""
    from ..runs.evaluations import evaluations, run_of

    run = run_of(folder)
    which = f" --evaluation {quoted(folder.name)}" if folder != run and len(evaluations(run)) > 1 else ""
    return f"Results are in {folder}. Next: isoglot report {quoted(run)}{which}"


def run_directory(model: str) -> Path:
    """The model's own, or a folder for evaluations of any other model."""
    path = Path(model)
    return path if (path / "run.yaml").exists() else Path("runs") / f"evaluate-{path.resolve().name}"


def refuse_unfinished(path: Path) -> None:
    """A run directory without its model yet would otherwise fail in the loader's words.

    Raises:
        RunError: for a run that has not finished.
    """
    from ..train import RunDirectory

    if (path / "run.yaml").exists() and not RunDirectory(path).finished:
        step = f"Run isoglot train {path / 'run.yaml'} to continue it"
        raise RunError(problem(str(path), "a finished run", "one that was stopped", step))


def show(metrics: dict[str, Any], *, json: bool) -> None:
    """Metrics as a table for each kind of prompt, or as JSON."""
    if json:
        print_json(metrics)
        return
    for kind, part in metrics["kinds"].items():
        besides = over_refusal_columns(metrics["kinds"], kind)
        rows = [[*_row(tag, found), *besides.cells(tag)] for tag, found in part["languages"].items()]
        print_table(f"{kind} prompts", ["language", "n", *_COLUMNS, *besides.titles], rows)
        show_corrected(kind, part)
        put(_overall(part["overall"], part["languages"]) + mean_line(part) + "\n")
    show_over_refusal(metrics["kinds"])
    show_utility(metrics)


_COLUMNS = {
    "safe (95 %)": "safe",
    "safe of valid": "safe_of_valid",
    "refused": "refused",
    "invalid": "invalid",
    "answered in own language": "answered_own",
}


def _row(tag: str, found: dict[str, Any]) -> list[str]:
    """A language's cells; the first share with its interval."""
    shares = [found[key] for key in _COLUMNS.values()]
    first = f"{percent(shares[0]['value'])} ({percent(shares[0]['low'])} – {percent(shares[0]['high'])})"
    return [tag, str(found["n"]), first, *(percent(share["value"]) for share in shares[1:])]


def _overall(found: dict[str, Any], languages: dict[str, Any]) -> str:
    """The line over all languages."""
    from ..metrics import lowest

    mean, measure = found["mean"], found["measure"].replace("answered_own", "answered in own language")
    worst = lowest({tag: one[found["measure"]]["value"] for tag, one in languages.items()})
    where = f" ({worst[0] if len(worst) == 1 else f'in {len(worst)} of {len(languages)} languages'})" if worst else ""
    return (
        f"Mean of languages: {measure} {percent(mean['value'])} ({percent(mean['low'])} – {percent(mean['high'])}); "
        f"pooled over responses {percent(found['pooled']['value'])}; "
        f"lowest {percent(found['worst'])}{where}, gap {percent(found['gap'])}"
    )
