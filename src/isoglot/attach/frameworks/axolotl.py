"""Axolotl: ``plugins: [isoglot.attach.frameworks.axolotl.IsoglotPlugin]`` and a section ``isoglot:`` in its YAML."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, field_validator

from ...errors import ModelError, problem
from ..attachment import Attachment
from .section import NAME, Section

try:
    from axolotl.integrations.base import BasePlugin
except ModuleNotFoundError as error:  # its absence is for whoever starts Axolotl to notice
    if (error.name or "").partition(".")[0] != "axolotl":
        raise
    BasePlugin = object


class IsoglotArgs(BaseModel):
    """What the plugin adds to Axolotl's own schema; its settings are checked with Axolotl's, before anything runs."""

    isoglot: dict[str, Any] | None = None

    @field_validator(NAME)
    @classmethod
    def _can_work(cls, section: dict[str, Any] | None) -> dict[str, Any] | None:
        if section is not None:
            Section.from_dict(section)
        return section


class IsoglotPlugin(BasePlugin):  # type: ignore[misc] # untyped where Axolotl is not installed
    """Attaches the term to the trainer that Axolotl has made.

    Works with the trainers of Axolotl that are Hugging Face's; those without a tokenizer are refused.
    """

    def __init__(self) -> None:
        super().__init__()
        self.attachment: Attachment | None = None
        self._saves = False
        self._section: Section | None = None

    def get_input_args(self) -> str:
        """Where Axolotl finds the schema of the section."""
        return "isoglot.attach.frameworks.axolotl.IsoglotArgs"

    def load_datasets(self, cfg: Any, preprocess: bool = False) -> None:
        """Reads the prompt groups, so that what is wrong with them is reported before a model is loaded.

        Raises:
            IsoglotError: for a section or groups that cannot be used.
        """
        if not preprocess:
            len(self._of(cfg).prompts)

    def post_trainer_create(self, cfg: Any, trainer: Any) -> None:
        """Attaches; errors are those of ``attach``."""
        if not hasattr(trainer, "training_step"):
            got = type(trainer).__name__
            raise ModelError(problem("trainer", "one of transformers or TRL", got, "Train it without the plugin"))
        self.attachment = self._of(cfg).attach(trainer)
        self._saves = bool(trainer.args.should_save)

    def post_train(self, cfg: Any, model: Any) -> None:  # noqa: ARG002
        """Writes ``consistency.safetensors`` next to the model, which Axolotl saves without its trainer."""
        if self.attachment is not None and self._saves:
            self.attachment.save(cfg.output_dir)
        self.attachment = None  # it holds the model, which Axolotl is about to let go

    def _of(self, cfg: Any) -> Section:
        if self._section is None:
            section = cfg.get(NAME)
            self._section = Section.from_dict(section.to_dict() if hasattr(section, "to_dict") else section)
        return self._section
