"""The run file: read, checked as a whole, every problem told with its dotted path."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError, did_you_mean, problem, raise_all, unknown
from ..yaml_file import read_yaml
from .methods import METHODS
from .options import check_options

if TYPE_CHECKING:
    from ..consistency import Consistency

DTYPES = ("auto", "float32", "bfloat16", "float16")
_HUB_ID = re.compile(r"[\w-][\w.-]*(/[\w-][\w.-]*)?")
_SECTIONS = ("model", "method", "data", "consistency", "peft", "trainer", "spectrum", "output")
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


@dataclass(frozen=True)
class RunFile:
    """What ``isoglot train`` is told.

    Attributes:
        model_path: a folder or a name on the hub.
        preferences: file of the alignment data.
        output: the run directory.
        method: a key of ``METHODS``.
        groups: file or folder of prompt groups, or None.
        consistency: the term's settings, or None for none.
        dtype: of the weights.
        trained_layers: how far up decoder layers are trained, or adapted, as ``Consistency.layer`` counts; None: all.
        trust_remote_code: whether the model may bring code of its own; never unless asked.
        peft: options of ``peft.LoraConfig``, or None for full training.
        trainer: options of TRL's configuration.
        spectrum: whether representations of the groups are measured at every layer, before and after.
    """

    model_path: str
    preferences: Path
    output: Path
    method: str = "dpo"
    groups: Path | None = None
    consistency: Consistency | None = None
    dtype: str = "auto"
    trained_layers: int | float | None = None
    trust_remote_code: bool = False
    peft: Mapping[str, Any] | None = None
    trainer: Mapping[str, Any] = field(default_factory=dict)
    spectrum: bool = True

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> RunFile:
        """Reads a run file; paths in it are relative to the current directory.

        Raises:
            MissingFileError: if it is not there.
            ConfigError: if it is not YAML, or with everything that is wrong with it.
        """
        settings = read_yaml(Path(path), "a run file")
        return cls.from_dict(settings)

    @classmethod
    def from_dict(cls, settings: Mapping[str, Any]) -> RunFile:
        """From the plain values of a run file.

        Raises:
            ConfigError: with every unknown key, wrong type and missing file, one a line.
        """
        check = _Checker(settings)
        method = check.method()
        made: dict[str, Any] = dict(
            model_path=check.model_path(),
            dtype=check.value("model.dtype", str, "auto", among=DTYPES),
            trained_layers=check.trained_layers(),
            trust_remote_code=check.value("model.trust_remote_code", bool, False),
            method=method,
            preferences=check.path("data.preferences", required=True),
            groups=check.path("data.groups"),
            consistency=check.consistency(),
            peft=check.peft(),
            trainer=check.trainer(method),
            spectrum=check.value("spectrum", bool, True),
            output=Path(check.value("output", str, None, required=True) or "."),
        )
        check.unknown()
        if settings.get("consistency") is not None and not check.section("data").get("groups"):
            check.add("data.groups", "a file of prompt groups, since there is a consistency section", "nothing")
        raise_all(check.problems, ConfigError)
        return cls(**made)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as in a run file."""
        data = {"preferences": str(self.preferences)} | ({"groups": str(self.groups)} if self.groups else {})
        model: dict[str, Any] = {"path": self.model_path, "dtype": self.dtype}
        if self.trained_layers is not None:
            model["trained_layers"] = self.trained_layers
        settings: dict[str, Any] = {
            "model": model | {"trust_remote_code": self.trust_remote_code},
            "method": self.method,
            "data": data,
        }
        if self.consistency is not None:
            settings["consistency"] = self.consistency.to_dict()
        if self.peft is not None:
            settings["peft"] = dict(self.peft)
        if not self.spectrum:
            settings["spectrum"] = False
        return settings | {"trainer": dict(self.trainer), "output": str(self.output)}


class _Checker:
    """Takes values out of the settings, and gathers what is wrong."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.settings = settings
        self.problems: list[str] = []
        self._known: dict[str, set[str]] = {"model": set(), "data": set()}

    def add(self, where: str, expected: str, got: object, step: str = "") -> None:
        self.problems.append(problem(where, expected, got, step))

    def section(self, name: str) -> Mapping[str, Any]:
        found = self.settings.get(name)
        return found if isinstance(found, dict) else {}

    def value(self, path: str, kind: type, default: Any, *, required: bool = False, among: tuple[str, ...] = ()) -> Any:
        section, _, key = path.rpartition(".")
        if section:
            self._known[section].add(key)
        found = (self.section(section) if section else self.settings).get(key)
        expected = " or ".join(among) or {str: "text", bool: "true or false"}[kind]
        if found is None:
            if required:
                self.add(path, expected, "nothing")
        elif not isinstance(found, kind) or (among and found not in among):
            self.add(path, expected, repr(found), did_you_mean(str(found), among))
        else:
            return found
        return default

    def method(self) -> str:
        return self.value("method", str, "dpo", among=tuple(METHODS))

    def model_path(self) -> str:
        path = self.value("model.path", str, None, required=True)
        if path is None:
            return ""
        folder = Path(path)
        if folder.is_dir():
            if (folder / "adapter_config.json").exists():
                self.add("model.path", "a whole model", f"an adapter ({path!r})", "Merge it into its base model first")
            elif not (folder / "config.json").exists():
                self.add("model.path", "a model's folder", f"one without config.json ({path!r})", "Check the path")
        elif folder.exists() or not _HUB_ID.fullmatch(path):
            self.add("model.path", "a folder, or a name on the hub", repr(path), "Check the path")
        return path

    def trained_layers(self) -> int | float | None:
        self._known["model"].add("trained_layers")
        found = self.section("model").get("trained_layers")
        number = isinstance(found, (int, float)) and not isinstance(found, bool) and found != 0
        if found is not None and not number:
            self.add("model.trained_layers", "a layer number other than 0, or a share of the depth", repr(found))
        elif found is not None and self.section("peft").get("layers_to_transform") is not None:
            step = "Keep one of the two"
            self.add("model.trained_layers", "nothing beside peft.layers_to_transform", repr(found), step)
        return found if number else None

    def path(self, path: str, *, required: bool = False) -> Path | None:
        found = self.value(path, str, None, required=required)
        if found is not None and not Path(found).exists():
            self.add(path, "an existing file", repr(found), "Check the path")
        return None if found is None else Path(found)

    def consistency(self) -> Consistency | None:
        section = self.settings.get("consistency")
        if not isinstance(section, dict):
            return None
        from ..consistency import Consistency

        try:
            return Consistency.from_dict(section)
        except ConfigError as error:
            self.problems += str(error).split("\n")
            return None

    def trainer(self, method: str) -> dict[str, Any]:
        section = self.section("trainer")
        if not section:
            return {}
        target = METHODS[method].config_class()
        fixed = dict.fromkeys(METHODS[method].fixed, f"The method {method} sets it")
        good, problems = check_options("trainer", section, target, reserved=_RESERVED_TRAINER | fixed)
        self.problems += problems
        return good

    def peft(self) -> dict[str, Any] | None:
        section = self.settings.get("peft")
        if not isinstance(section, dict):
            return None
        from peft import LoraConfig

        good, problems = check_options("peft", section, LoraConfig, reserved=_RESERVED_PEFT)
        self.problems += problems
        if good.get("layers_to_transform") is not None and isinstance(good.get("target_modules"), str):
            step = "Set model.trained_layers instead, which goes with any target_modules"
            expected = "target_modules as a list of names beside it"
            self.add("peft.layers_to_transform", expected, repr(good["target_modules"]), step)
        return good

    def unknown(self) -> None:
        """Keys that mean nothing, and sections that are no mappings."""
        for key in self.settings:
            if key not in _SECTIONS:
                self.problems.append(unknown(str(key), "section", key, _SECTIONS))
        for name in ("model", "data", "consistency", "peft", "trainer"):
            found = self.settings.get(name)
            if name in self.settings and not isinstance(found, dict):
                empty = "Write {} for the defaults, or leave the section out" if found is None else ""
                self.add(name, "a mapping", "nothing" if found is None else repr(found), empty)
            for key in self.section(name) if name in self._known else ():
                if key not in self._known[name]:
                    self.problems.append(unknown(f"{name}.{key}", "key", key, self._known[name]))
