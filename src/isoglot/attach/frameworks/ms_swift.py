"""ms-swift: a callback that its ``--external_plugins`` registers and its ``--callbacks isoglot`` switches on.

The plug-in file that a user writes::

    from isoglot.attach.frameworks.ms_swift import register

    register({"groups": "groups.jsonl", "consistency": {"layer": 0.5}})
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from .section import NAME, Section


def register(section: Mapping[str, Any] | str | Path) -> None:
    """Makes ``isoglot`` one of ms-swift's callbacks.

    Args:
        section: ``groups``, ``consistency`` and ``reference``, or a YAML file with these in a section ``isoglot``.

    Raises:
        IsoglotError: for settings, or a file of groups, that cannot be used.
    """
    from swift.callbacks import callbacks_map

    found = Section.from_dict(section) if isinstance(section, Mapping) else Section.read(section)
    len(found.prompts)  # what is wrong with the file is reported before a model is loaded

    def callback(args: Any, trainer: Any) -> IsoglotCallback:  # noqa: ARG001 - ms-swift gives both
        return IsoglotCallback(found, trainer)

    callbacks_map[NAME] = callback


class IsoglotCallback(TrainerCallback):
    """Attaches the term when training is called for.

    ms-swift makes callbacks before the trainer is complete, and calls them in training after its optimizer is made; so
    the call of ``train`` of the one trainer is waited for.
    """

    def __init__(self, section: Section, trainer: Any) -> None:
        train = trainer.train

        def attached(*args: Any, **kwargs: Any) -> Any:
            del trainer.train  # it is the class's again
            section.attach(trainer)
            return train(*args, **kwargs)

        trainer.train = attached
