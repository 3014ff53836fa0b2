"""``--utility`` of ``isoglot evaluate``: options, what is run, and what is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import typer

from .console import percent, print_json, print_table, put, say
from .progress import steps

if TYPE_CHECKING:
    from ..models.template import Chat
    from ..progress import Show

_PANEL = "Utility"
UTILITY = typer.Option(
    metavar="TASKS", help="Tasks of lm-eval, by language, as in belebele,mgsm.", rich_help_panel=_PANEL
)
LIMIT = typer.Option(min=1, help="Samples of each task.", rich_help_panel=_PANEL)
INCLUDE = typer.Option(help="A folder with tasks of your own, in lm-eval's YAML.", rich_help_panel=_PANEL)
BASE = typer.Option(
    help="What it is compared with: a model, or a folder with its utility.json.", rich_help_panel=_PANEL
)


class Wanted(NamedTuple):
    """What the command line says of utility.

    Attributes:
        tasks: names, separated by commas; None for no utility.
        limit, include_path, base: see the options.
        batch_size, dtype, trust_remote_code: of the command.
    """

    tasks: str | None
    limit: int | None
    include_path: Path | None
    base: str | None
    batch_size: int
    dtype: str
    trust_remote_code: bool
    chat: Chat | None = None

    @property
    def names(self) -> list[str]:
        """Of the tasks."""
        return [text.strip() for text in (self.tasks or "").split(",") if text.strip()]

    def check(self, languages: Sequence[str] | None) -> None:
        """Sees that there are such tasks, before anything is loaded or generated.

        Args:
            languages: tags; None: all that the tasks have.
        """
        if self.tasks is not None:
            from ..utility import find_tasks

            find_tasks(self.names, self.include_path, languages)


def run(
    wanted: Wanted, loaded: tuple[Any, Any], folder: Path, languages: Sequence[str] | None, name: str, show: Show
) -> dict[str, Any]:
    """Runs what is wanted; what ``--json`` shows besides the metrics: nothing where nothing is wanted.

    Args:
        wanted: what the command line says.
        loaded: the model and its tokenizer.
        folder: where results go.
        languages: tags; None: all that the tasks have.
        name: of the model.
        show: told the progress.
    """
    if wanted.tasks is None:
        return {}
    from ..models.load import load
    from ..runs.utility import UTILITY
    from ..utility import run_utility

    options: dict[str, Any] = {
        "languages": languages,
        "limit": wanted.limit,
        "include_path": wanted.include_path,
        "batch_size": wanted.batch_size,
        "show": show,
    }
    base = None if wanted.base is None else Path(wanted.base)
    if base is not None and not (base / UTILITY).is_file():
        show.begin("Loading the base model")
        other = load(str(wanted.base), dtype=wanted.dtype, trust_remote_code=wanted.trust_remote_code, chat=wanted.chat)
        base = folder / "base"
        run_utility(*other, wanted.names, base, name=str(wanted.base), **options)
    return {"utility": run_utility(*loaded, wanted.names, folder, base=base, name=name, **options)}


def run_alone(
    wanted: Wanted,
    load: Callable[[Show], tuple[Any, Any]],
    model: str,
    run_folder: Path,
    output: Path | None,
    languages: Sequence[str] | None,
    *,
    json: bool,
) -> None:
    """Utility without prompts.

    Args:
        wanted: what the command line says.
        load: loads the model and its tokenizer.
        model: the model's name or folder.
        run_folder: of the model.
        output: where results go; None: a folder of the run.
        languages: tags; None: all that the tasks have.
        json: whether to print JSON.
    """
    from ..runs.evaluations import EVALUATIONS
    from ..runs.folder import refuse_file
    from ..runs.utility import ALONE

    folder = output or run_folder / EVALUATIONS / ALONE
    refuse_file(folder)
    with steps() as shown:
        shown.begin("Looking for the tasks")
        wanted.check(languages)
        found = run(wanted, load(shown), folder, languages, model, shown)
    if json:
        print_json(found)
    else:
        show_utility(found)
    say(f"Results are in {folder}.")


def show_utility(metrics: Mapping[str, Any]) -> None:
    """A table for each task, if there are any."""
    for name, task in metrics.get("utility", {}).get("tasks", {}).items():
        against = "difference" in task
        generated = any("own" in one for one in task["languages"].values())
        columns = ["language", "n", "score (95 %)"]
        columns += ["answered in own language"] if generated else []
        columns += ["difference to the base (95 %)"] if against else []
        rows = [_row(tag, one, generated=generated, against=against) for tag, one in task["languages"].items()]
        print_table(f"utility: {name}", columns, rows)
        change = f"; difference to the base {_points(task['difference'])}" if against else ""
        lacks = f"; there is none in {', '.join(task['missing'])}" if task["missing"] else ""
        put(f"Mean of languages: {_interval(task['mean'])}{change}{lacks}\n")


def _row(tag: str, one: Mapping[str, Any], *, generated: bool, against: bool) -> list[str]:
    cells = [tag, str(one["score"]["n"]), _interval(one["score"])]
    cells += [percent(one.get("own", {}).get("value"))] if generated else []
    return cells + ([_points(one["difference"])] if against else [])


def _interval(found: Mapping[str, Any]) -> str:
    return f"{percent(found['value'])} ({percent(found['low'])} – {percent(found['high'])})"


def _points(found: Mapping[str, Any]) -> str:
    from ..checked import as_number
    from ..pages.words import points

    return points(*(as_number(found[name]) for name in ("value", "low", "high")))
