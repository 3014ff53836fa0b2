"""``--utility`` of ``isoglot evaluate``: options, and what is run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import typer

from ..progress import Of
from .output.console import print_json, say
from .output.progress import steps
from .output.results import results_in
from .output.utility import show_utility

if TYPE_CHECKING:
    from ..progress import Show
    from ..utility import Subject
    from .model import Model

_PANEL = "Utility"
UTILITY = typer.Option(
    metavar="TASKS", help="Tasks of lm-eval, by language, as in belebele,mgsm.", rich_help_panel=_PANEL
)
LIMIT = typer.Option(min=1, help="Samples of each task.", rich_help_panel=_PANEL)
INCLUDE = typer.Option(help="A folder with tasks of your own, in lm-eval's YAML.", rich_help_panel=_PANEL)
BASE = typer.Option(
    help="What it is compared with: a model, or a folder with its utility.json.", rich_help_panel=_PANEL
)
TEMPLATE = typer.Option(
    help="Whether tasks are asked through the chat template; auto: where the model has one.", rich_help_panel=_PANEL
)
Template = Literal["auto", "on", "off"]
_USED: dict[str, bool | None] = {"auto": None, "on": True, "off": False}


class Wanted(NamedTuple):
    """What the command line says of utility.

    Attributes:
        tasks: names, separated by commas; None for no utility.
        limit, include_path, base, template: see the options.
    """

    tasks: str | None
    limit: int | None
    include_path: Path | None
    base: str | None
    template: Template

    @property
    def names(self) -> list[str]:
        """Of the tasks."""
        return [text.strip() for text in (self.tasks or "").split(",") if text.strip()]

    def check(self, model: Model, languages: Sequence[str] | None) -> None:
        """Sees that there are such tasks, and that the model can do them, before anything is loaded or generated.

        Args:
            model: whose utility it is.
            languages: tags; None: all that the tasks have.
        """
        if self.tasks is not None:
            from ..utility import find_tasks, refuse_comparing

            index, tasks, _ = find_tasks(self.names, self.include_path, languages)
            if model.is_elsewhere:
                refuse_comparing(tasks, index, model.given)

    def subject(self, model: Model, show: Show, *, weights: bool = True) -> Subject:
        """The model as it is measured; one that is here is loaded, if need be without its weights."""
        from ..utility import LoadedModel, ServedModel

        used = _USED[self.template]
        if model.is_elsewhere:
            return ServedModel(model.given, template=used, **model.for_calls())
        loaded = model.loaded(show, weights=weights)
        return LoadedModel(*loaded, name=model.name, batch_size=model.batch_size, template=used)


def run(wanted: Wanted, model: Model, folder: Path, languages: Sequence[str] | None, show: Show) -> dict[str, Any]:
    """Runs what is wanted; what ``--json`` shows besides the metrics: nothing where nothing is wanted.

    Args:
        wanted: what the command line says.
        model: whose utility it is.
        folder: where results go.
        languages: tags; None: all that the tasks have.
        show: told the progress.
    """
    if wanted.tasks is None:
        return {}
    from ..runs.utility import UTILITY
    from ..utility import run_utility

    options: dict[str, Any] = {
        "languages": languages,
        "limit": wanted.limit,
        "include_path": wanted.include_path,
    }
    base = None if wanted.base is None else Path(wanted.base)
    if base is not None and not (base / UTILITY).is_file():
        base = folder / "base"
        _run_base(wanted, model, model.another(str(wanted.base)), base, show, options)
    subject = wanted.subject(model, show)
    return {"utility": run_utility(subject, wanted.names, folder, base=base, show=show, **options)}


def _run_base(wanted: Wanted, model: Model, other: Model, folder: Path, show: Show, options: Mapping[str, Any]) -> None:
    """Runs the tasks on the model to compare with; its weights are gone before those of the other are loaded."""
    from ..utility import refuse_otherwise_asked, run_utility

    shown = Of("base", show)
    refuse_otherwise_asked(wanted.subject(model, show, weights=False), wanted.subject(other, shown, weights=False))
    run_utility(wanted.subject(other, shown), wanted.names, folder, show=shown, **options)


def run_alone(
    wanted: Wanted,
    model: Model,
    run_folder: Path,
    output: Path | None,
    languages: Sequence[str] | None,
    *,
    json: bool,
) -> None:
    """Utility without prompts.

    Args:
        wanted: what the command line says.
        model: whose utility it is.
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
        wanted.check(model, languages)
        found = run(wanted, model, folder, languages, shown)
    if json:
        print_json(found)
    else:
        show_utility(found)
    say(results_in(folder))
