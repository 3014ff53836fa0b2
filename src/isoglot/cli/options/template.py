"""How ``isoglot evaluate`` writes prompts: arguments of the chat template, the system prompt, and the day."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import typer

from ...errors import ConfigError, problem, short

if TYPE_CHECKING:
    from ...models.template import Chat

PANEL = "Chat template"
ARGUMENTS = typer.Option(
    "--chat-template-kwargs",
    metavar="NAME=VALUE",
    help="What the chat template is given, as in enable_thinking=false. Default: the run's. Repeatable.",
    rich_help_panel=PANEL,
)
SYSTEM = typer.Option(
    "--system-prompt", help="Of prompts that bring none. Default: the run's.", rich_help_panel=PANEL, metavar="TEXT"
)
DATE = typer.Option(
    "--date",
    help="What a template is told that asks for the date. Default: the run's, or the day on which it is begun.",
    rich_help_panel=PANEL,
    metavar="YYYY-MM-DD",
)


class Asked(NamedTuple):
    """What the command line says of the chat template; None for what it leaves to the run."""

    arguments: Sequence[str] | None
    system: str | None
    date: str | None

    def of(self, model: str) -> Chat:
        """With what the run says, if the model is one's directory; its day may be open still.

        Raises:
            ConfigError: for arguments of another form, and what is no day.
        """
        from ...evaluate.answering.template import chat_of_run

        run = chat_of_run(Path(model))
        changes: dict[str, Any] = {}
        if self.arguments:
            changes["arguments"] = named_values(self.arguments, "--chat-template-kwargs", "enable_thinking=false")
        if self.system is not None:
            changes["system"] = self.system
        if self.date is not None:
            changes["day"] = _day(self.date)
        return run._replace(**changes)


def named_values(texts: Sequence[str], where: str, example: str) -> dict[str, Any]:
    """As ``--set`` reads them: a value as it stands in a run file.

    Args:
        texts: as ``NAME=VALUE``.
        where: the option.
        example: one of them.

    Raises:
        ConfigError: for other forms.
    """
    from ...settings.dotted import assignments

    form = f"NAME=VALUE, as in {example}"
    found = assignments(texts, where, form)
    if nested := [name for name in found if "." in name]:
        raise ConfigError(problem(where, form, short(nested[0])))
    return found


def _day(text: str) -> Any:
    from datetime import date

    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError(problem("--date", "a day, as in 2026-11-27", short(text))) from None
