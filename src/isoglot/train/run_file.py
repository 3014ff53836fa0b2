"""The run file: read, checked as a whole, every problem reported with its dotted path."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import Field, ValidationInfo, field_validator
from typing_extensions import Self

from ..consistency import Consistency
from ..errors import ConfigError, problem, raise_all
from ..extras import need
from ..groups.files import GroupsFile, groups_files
from ..settings import Settings, read_yaml
from ..settings.dotted import changed
from ..settings.options import check_options, is_pattern
from ..settings.values import (
    AnyPath,
    ExistingFile,
    FolderToBe,
    Switch,
    one_of,
)
from ..validation import Expected, refused
from .bounds import BOUNDS
from .code_setting import names_code, with_code_folder
from .inputs import wrong_inputs
from .losses import unknown_losses
from .methods import METHODS
from .model_section import Model
from .template_file import template_text
from .trackers import missing_trackers

_OPTIONAL = ("consistency", "peft", "trainer")  # sections
_RESERVED_TRAINER = {
    "output_dir": "Set `output` at the top of the run file",
    "resume_from_checkpoint": "Run the same command again: it continues by itself",
    "push_to_hub": "Upload the finished run directory yourself",
    "hub_token": "A run file is no place for a secret: log in with `hf auth login`",
    "disable_tqdm": "Progress is isoglot's own",
    "eval_strategy": "Run `isoglot evaluate` after training",
    "load_best_model_at_end": "Run `isoglot evaluate` after training",
    "model_init_kwargs": "Set `model` at the top of the run file",
    "trust_remote_code": "Set `model.trust_remote_code`",
}
_RESERVED_PEFT = {"task_type": "It follows from the method", "peft_type": "This section is LoRA's"}


class Data(Settings):
    """What it learns from.

    Attributes:
        preferences: file of the alignment data.
        groups: files or folders of prompt groups, or None; each a path, or a mapping where more is said of it.
        skip_bad_rows: whether rows that cannot be used are left out of all of them; a warning counts and names them.
    """

    preferences: Annotated[ExistingFile, Expected("an existing file", inside=True)]
    groups: tuple[GroupsFile, ...] | None = None
    skip_bad_rows: Switch = False

    @property
    def group_paths(self) -> tuple[Path, ...]:
        """Where the prompt groups are."""
        return tuple(file.path for file in self.groups or ())

    @field_validator("groups", mode="before")
    @classmethod
    def _several(cls, value: Any) -> Any:
        return groups_files(value, "data.groups")


class RunFile(Settings):
    """What ``isoglot train`` does.

    Attributes:
        model: which one, and what of it is trained.
        method: a key of ``METHODS``.
        data: alignment data and prompt groups.
        consistency: the term's settings, or None for none.
        peft: options of ``peft.LoraConfig``, or None for full training.
        trainer: options of TRL's configuration.
        spectrum: whether representations of the groups are measured at every layer, before and after.
        code: folder of the modules that ``consistency.objective`` names, where Python finds none of the name by itself;
            nothing else is imported from there. None: no other place.
        output: the run directory.
    """

    noun: ClassVar[str] = "section"

    model: Annotated[Model, Expected("a mapping with `path`", inside=True)]
    method: Annotated[str, one_of(tuple(METHODS))] = "dpo"
    data: Annotated[Data, Expected("a mapping with `preferences`", inside=True)]
    consistency: Consistency | None = None
    peft: Annotated[dict[str, Any] | None, Expected("a mapping", inside=True)] = None
    trainer: Annotated[dict[str, Any], Expected("a mapping", inside=True)] = Field(default_factory=dict)
    spectrum: Switch = True
    code: AnyPath | None = None
    output: Annotated[FolderToBe, Expected("text", inside=True)]

    @classmethod
    def read(cls, path: str | os.PathLike[str], changes: Mapping[str, Any] | None = None) -> Self:
        """Reads a run file; paths in it are relative to the current directory. ``code`` is its own folder by default.

        Args:
            path: of the file.
            changes: dotted path -> value in its place, as :func:`isoglot.settings.dotted.changed` makes them.

        Raises:
            MissingFileError: if it is not there.
            ConfigError: if it is not YAML, or with all that is wrong with it, with rows of its files, and with layers.
        """
        values = with_code_folder(changed(read_yaml(Path(path), "a run file"), changes or {}), Path(path).parent)
        try:
            return cls.from_dict(values)
        except ConfigError as error:
            raise_all([str(error), *wrong_inputs(values)], ConfigError)
            raise

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], context: Mapping[str, Any] | None = None) -> Self:
        """From the plain values of a run file.

        Raises:
            MissingLibraryError: without the libraries that train.
            ConfigError: with everything that is wrong, one a line.
        """
        need("train", "train")  # whose options are checked here
        return super().from_dict(values, context)

    @field_validator("trainer")
    @classmethod
    def _of_trl(cls, options: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        if not options:
            return {}
        method = info.data.get("method", "dpo")
        fixed = dict.fromkeys(METHODS[method].fixed, f"The method {method} sets it")
        target = METHODS[method].config_class()
        good, problems = check_options("trainer", options, target, reserved=_RESERVED_TRAINER | fixed, bounds=BOUNDS)
        problems += missing_trackers(good.get("report_to"))
        problems += unknown_losses(METHODS[method], good.get("loss_type"))
        try:
            template_text(good)
        except ConfigError as error:
            problems.append(str(error))
        if problems:
            raise refused(problems)
        return good

    @field_validator("peft")
    @classmethod
    def _of_lora(cls, options: dict[str, Any] | None) -> dict[str, Any] | None:
        if options is None:
            return None
        from peft import LoraConfig

        good, problems = check_options("peft", options, LoraConfig, reserved=_RESERVED_PEFT)
        for name in ("target_modules", "exclude_modules"):
            if isinstance(good.get(name), str) and not is_pattern(good[name]):
                problems.append(problem(f"peft.{name}", "a pattern, or a list of names", repr(good[name])))
        if good.get("layers_to_transform") is not None and isinstance(good.get("target_modules"), str):
            step = "Set model.trained_layers instead, which goes with any target_modules"
            expected = "target_modules as a list of names next to it"
            problems.append(problem("peft.layers_to_transform", expected, repr(good["target_modules"]), step))
        if problems:
            raise refused(problems)
        return good

    @classmethod
    def contradictions(cls, values: Mapping[str, Any]) -> list[str]:
        """Sections that are empty or go without another, and layers chosen twice."""
        empty = "Write {} for the defaults, or leave the section out"
        found = [
            problem(name, "a mapping", "nothing", empty)
            for name in _OPTIONAL
            if name in values and values[name] is None
        ]
        sections = {name: values[name] for name in ("model", "data", "peft") if isinstance(values.get(name), dict)}
        lacks_groups = "data" in sections and sections["data"].get("groups") is None
        if values.get("consistency") is not None and lacks_groups:
            expected = "a file of prompt groups, since there is a consistency section"
            found.append(problem("data.groups", expected, "nothing"))
        found += _beyond_adapters(sections.get("model", {}).get("quantization"), values.get("peft"))
        layers = sections.get("model", {}).get("trained_layers")
        if layers is not None and sections.get("peft", {}).get("layers_to_transform") is not None:
            expected = "nothing next to peft.layers_to_transform"
            found.append(problem("model.trained_layers", expected, repr(layers), "Keep one of the two"))
        return found

    def on(self, day: date | None) -> Self:
        """The same run, whose chat template takes this day for today."""
        return self.model_copy(update={"model": self.model.model_copy(update={"date": day})})

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as in a run file."""
        data: dict[str, Any] = {"preferences": str(self.data.preferences)}
        if self.data.groups is not None:
            groups = [file.to_plain() for file in self.data.groups]
            data["groups"] = groups[0] if len(groups) == 1 else groups
        if self.data.skip_bad_rows:
            data["skip_bad_rows"] = True
        settings: dict[str, Any] = {"model": self.model.to_plain(), "method": self.method, "data": data}
        if self.consistency is not None:
            settings["consistency"] = self.consistency.to_dict()
        if self.peft is not None:
            settings["peft"] = dict(self.peft)
        if not self.spectrum:
            settings["spectrum"] = False
        if self.code is not None and names_code(settings):
            settings["code"] = str(self.code)
        return settings | {"trainer": dict(self.trainer), "output": str(self.output)}


def _beyond_adapters(quantization: Any, peft: Any) -> list[str]:
    """Quantized weights cannot be trained themselves, and not every kind carries adapters."""
    if quantization is None:
        return []
    found = []
    if peft is None:
        expected = "a section, since quantized weights cannot be trained, only adapters on them"
        found.append(
            problem("peft", expected, "nothing", "Add it ({} for the defaults), or leave model.quantization out")
        )
    if isinstance(quantization, dict) and quantization.get("library") == "torchao" and quantization.get("bits", 4) == 4:
        expected, step = "8 with torchao, on whose 4 bits PEFT trains no adapters", "Set it to 8, or take bitsandbytes"
        found.append(problem("model.quantization.bits", expected, "4", step))
    return found
