"""Attaching a consistency term to training: onto a Hugging Face trainer, or into one's own loop.

The package itself imports nothing heavy: it is imported with ``isoglot``, so that ``isoglot.attach`` is the function.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..consistency import Consistency
    from ..groups import PromptGroups
    from ..progress import Show
    from .attachment import Attachment

__all__ = ["REFERENCE", "attach"]
REFERENCE = "reference"  # folder of the states from before training


def attach(
    trainer: Any,
    consistency: Consistency,
    groups: PromptGroups,
    *,
    reference: str | Path | None = None,
    chat_template_kwargs: Mapping[str, Any] | None = None,
    system_prompt: str = "",
    show: Show | None = None,
) -> Attachment:
    """Adds a consistency term to a Hugging Face trainer's training.

    Works on the instance: any ``transformers.Trainer``, TRL's included, trains as before and, once in each due
    optimizer step, also back-propagates the consistency term through the layers up to the chosen one. The groups are
    drawn by the step's number and dealt out over the processes, so a resumed run ends as one never stopped. Metrics
    appear in the trainer's log under ``consistency/``; checkpoints gain ``consistency.safetensors``.

    Call it before ``trainer.train()``.

    Args:
        trainer: the trainer, with its model and tokenizer (``processing_class``).
        consistency: the settings.
        groups: prompts in many languages.
        reference: folder for the guarded prompts' states from before training, which are computed once; None:
            ``_reference`` in the trainer's output folder.
        chat_template_kwargs: what the tokenizer's chat template is given, such as ``{"enable_thinking": False}``: give
            what your training data are written with. None: those that the trainer itself has (GRPO and others that
            answer meanwhile take them in their configuration); an empty mapping: none.
        system_prompt: of prompts that bring none: the one that your training data have.
        show: called with progress: an object with ``begin(what)``, ``advance(done, total)`` and ``note(text)``.

    Returns:
        The attachment, whose ``detach()`` restores the trainer.

    Raises:
        ModelError: for a trainer without a tokenizer, one that has an attachment already, or an engine that is not
            supported.
        ConfigError: for arguments of another kind, all at once; for settings that do not fit the model, and arguments
            that the chat template does not read.
        DataError: for groups that cannot be used.
    """
    from ..models.template import Chat
    from .trainer import attach_to

    if chat_template_kwargs is None:
        chat_template_kwargs = getattr(getattr(trainer, "args", None), "chat_template_kwargs", None) or {}
    chat = Chat(chat_template_kwargs, system=system_prompt)
    return attach_to(trainer, consistency, groups, reference=reference, chat=chat, show=show)
