"""``isoglot evaluate``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from .console import percent, print_json, print_table, quiet, steps, told

EXAMPLES = (
    "Examples: [bold]isoglot evaluate runs/dpo --prompts groups.jsonl[/bold] · "
    "[bold]isoglot evaluate Qwen/Qwen2.5-0.5B-Instruct --prompts MultiJail.csv --limit 50 --output runs/base[/bold]"
)


@told("The same command continues: answers that were written are not generated again.")
def command(
    model: Annotated[str, typer.Argument(help="A run directory, a model folder, or a name on the hub.")],
    prompts: Annotated[Path, typer.Option(help="Prompt groups: JSONL, Parquet, CSV or folder.")],
    output: Annotated[Path | None, typer.Option(help="Where results go. Default: the run directory.")] = None,
    languages: Annotated[str | None, typer.Option(help="Only these, as in en,sw,ckb.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many groups of each kind.")] = None,
    max_new_tokens: Annotated[int, typer.Option(min=1, help="Longest answer.")] = 256,
    batch_size: Annotated[int, typer.Option(min=1, help="Prompts at a time.")] = 16,
    dtype: Annotated[str, typer.Option(help="auto, float32, bfloat16 or float16.")] = "auto",
    json: Annotated[bool, typer.Option("--json", help="Print what metrics.json holds.")] = False,
) -> None:
    """Generate answers in every language, judge them, and count: safe, refused, answered, in which language."""
    from ..evaluate import evaluate, load
    from ..groups import PromptGroups

    quiet()
    groups = PromptGroups.read(prompts)
    groups = groups.select(languages=languages.split(",") if languages else None, limit=limit)
    loaded, tokenizer = load(model, dtype=dtype)
    with steps() as shown:
        shown.begin("Evaluating")
        evaluation = evaluate(
            loaded,
            tokenizer,
            groups,
            output or default_output(model),
            max_new_tokens=max_new_tokens,
            batch_size=batch_size,
            name=model,
            progress=shown.advance,
        )
    show(evaluation.metrics, json=json)


def default_output(model: str) -> Path:
    """The run directory itself, or a folder of its own for any other model."""
    path = Path(model)
    return path if (path / "run.yaml").exists() else Path("runs") / f"evaluate-{path.name}"


def show(metrics: dict[str, Any], *, json: bool) -> None:
    """Metrics as a table for each kind of prompt, or as JSON."""
    if json:
        print_json(metrics)
        return
    columns = ["language", "n", "safe", "95 %", "of valid", "invalid", "refused", "answered in own language"]
    for kind, part in metrics["kinds"].items():
        rows = []
        for tag, found in part["languages"].items():
            low, high = found["safe"]["low"], found["safe"]["high"]
            shares = [found[name]["value"] for name in ("safe_of_valid", "invalid", "refused", "answered_own")]
            interval = f"{percent(low)} – {percent(high)}"
            rows.append([tag, str(found["n"]), percent(found["safe"]["value"]), interval, *map(percent, shares)])
        print_table(f"{kind} prompts", columns, rows)
