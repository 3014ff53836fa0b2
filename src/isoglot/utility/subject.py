"""What is measured: a model, as lm-eval takes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from ..progress import Show


class Subject(Protocol):
    """A model that tasks of lm-eval are run on: one that is loaded here, or one that a server runs.

    Attributes:
        name: for the record.
        compares: whether it says how likely given texts are: tasks that compare choices ask that.
        through_template: whether it is asked through its chat template.
    """

    name: str
    compares: bool
    through_template: bool

    def facts(self) -> dict[str, Any]:
        """What numbers depend on: ``model``, ``model_hash``, and ``chat_template``, False where none is used."""
        ...

    def for_task(self, kept: Path, show: Show) -> Any:
        """The model as lm-eval takes it, for one task.

        Args:
            kept: the file in which paid answers lie until the task is done.
            show: takes the number of those that are there.
        """
        ...
