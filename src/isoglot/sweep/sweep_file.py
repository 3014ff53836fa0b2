"""The sweep file: read, and checked as far as it can be without looking at any run."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import ConfigError, MissingFileError, not_allowed, problem, raise_all, short, unknown
from ..yaml_file import read_yaml

RUN_SECTIONS = ("model", "method", "data", "consistency", "peft", "trainer", "spectrum")
_SECTIONS = (
    "run", "seeds", "grid", "settings", "evaluate", "choose", "processes", "threads", "keep_models", "output",
)  # fmt: skip
_SEEDS = ("trainer.seed", "consistency.seed")
_QUOTES = "In braces, write texts with {seed} in quotes"


@dataclass(frozen=True)
class Evaluate:
    """How every cell is tested.

    Attributes:
        groups: file of test prompt groups, as written (``{seed}`` not yet filled in).
        max_new_tokens: longest answer.
        batch_size: prompts at a time.
        unseen: languages reported apart; None: those of the test that no training groups have.
    """

    groups: str
    max_new_tokens: int = 256
    batch_size: int = 16
    unseen: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Choose:
    """What a setting must keep to be chosen.

    Attributes:
        harmless: least share of harmless prompts answered in their own language, over the aligned languages.
        pivot: how far below the best setting the refusals in the pivot may be.
    """

    harmless: float = 0.95
    pivot: float = 0.05


@dataclass(frozen=True)
class Changes:
    """What one setting changes in the run.

    Attributes:
        values: dotted path -> value.
        where: place in the sweep file, for messages.
        name: as given, or None.
    """

    values: Mapping[str, Any]
    where: str
    name: str | None = None


@dataclass(frozen=True)
class SweepFile:
    """What ``isoglot sweep`` is told.

    Attributes:
        folder: the sweep file's; relative paths start there.
        run: a run file's values without ``output``, paths as written.
        output: folder for everything.
        evaluate: how cells are tested.
        seeds: of training; each setting is run with each.
        grid: mappings of dotted paths to lists of values, each to be multiplied out.
        settings: explicit settings.
        choose: what a setting must keep to be chosen.
        processes: cells at a time.
        threads: of each process.
        keep_models: whether weights stay after a cell's evaluation.
    """

    folder: Path
    run: Mapping[str, Any]
    output: Path
    evaluate: Evaluate
    seeds: tuple[int, ...] = (0,)
    grid: Sequence[Mapping[str, Sequence[Any]]] = ()
    settings: Sequence[Changes] = ()
    choose: Choose = field(default_factory=Choose)
    processes: int = 1
    threads: int = 1
    keep_models: bool = False

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> SweepFile:
        """Reads a sweep file; relative paths in it start at its own folder.

        Raises:
            MissingFileError: if it is not there.
            ConfigError: if it is not YAML, or with everything that is wrong with it.
        """
        path = Path(path)
        return cls.from_dict(read_yaml(path, "a sweep file", hint=_QUOTES), path.absolute().parent)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], folder: Path) -> SweepFile:
        """From the plain values of a sweep file.

        Raises:
            ConfigError: with every unknown key and wrong type, one a line.
        """
        check = _Checker(values)
        output = check.text("output", required=True)
        made: dict[str, Any] = dict(
            folder=folder,
            run=check.run(folder),
            output=folder / (output or "."),
            evaluate=check.evaluate(),
            seeds=check.seeds(),
            grid=check.grid(),
            settings=check.settings(),
            choose=check.choose(),
            processes=check.whole("processes", 1),
            threads=check.whole("threads", 1),
            keep_models=check.switch("keep_models", False),
        )
        check.unknown("", values, _SECTIONS)
        raise_all(check.problems, ConfigError)
        return cls(**made)


def _is_number(value: object, *types: type) -> bool:
    """Whether it is of one of these types; true and false are no numbers."""
    return isinstance(value, types) and not isinstance(value, bool)


class _Checker:
    """Takes values out of the file, and gathers what is wrong."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values
        self.problems: list[str] = []

    def add(self, where: str, expected: str, got: object, step: str = "") -> None:
        self.problems.append(problem(where, expected, got, step))

    def unknown(self, where: str, found: Mapping[Any, Any], known: Sequence[str]) -> None:
        for key in found:
            if key not in known:
                self.problems.append(unknown(f"{where}{key}", "key", key, known))

    def _get(self, path: str) -> Any:
        section, _, key = path.rpartition(".")
        found = self.values.get(section) if section else self.values
        return found.get(key) if isinstance(found, dict) else None

    def _value(self, path: str, default: Any, expected: str, fine: Callable[[Any], bool]) -> Any:
        """What stands at the path, or the default where there is nothing or something that is told of."""
        found = self._get(path)
        if found is None:
            return default
        if not fine(found):
            self.add(path, expected, short(found))
            return default
        return found

    def text(self, path: str, *, required: bool = False) -> str | None:
        if required and self._get(path) is None:
            self.add(path, "text", "nothing")
        return self._value(path, None, "text", lambda found: isinstance(found, str) and bool(found))

    def whole(self, path: str, default: int) -> int:
        return self._value(path, default, "a whole number >= 1", lambda found: _is_number(found, int) and found >= 1)

    def share(self, path: str, default: float) -> float:
        fine = self._value(
            path, default, "a share from 0 to 1", lambda found: _is_number(found, int, float) and 0 <= found <= 1
        )
        return float(fine)

    def switch(self, path: str, default: bool) -> bool:
        return self._value(path, default, "true or false", lambda found: isinstance(found, bool))

    def run(self, folder: Path) -> dict[str, Any]:
        found = self.values.get("run")
        if isinstance(found, str):
            try:
                found = read_yaml(folder / found, "a run file", hint=_QUOTES)
            except (ConfigError, MissingFileError) as error:
                self.problems.append(f"run: {error}")
                return {}
            found.pop("output", None)  # each cell has a folder of its own
        if not isinstance(found, dict):
            self.add("run", "a run file's sections, or the path of one", "nothing" if found is None else short(found))
            return {}
        if "output" in found:
            self.problems.append(not_allowed("run.output", short(found["output"]), "Set `output` of the sweep"))
        return found

    def seeds(self) -> tuple[int, ...]:
        found = self.values.get("seeds", [0])
        fine = isinstance(found, list) and bool(found)
        fine = fine and all(_is_number(n, int) and 0 <= n < 2**32 for n in found)
        if not fine or len(set(found)) < len(found):
            self.add("seeds", "a list of different whole numbers from 0 to 4294967295", short(found))
            return (0,)
        return tuple(found)

    def evaluate(self) -> Evaluate:
        section = self.values.get("evaluate")
        if not isinstance(section, dict):
            got = "nothing" if section is None else short(section)
            self.add("evaluate", "a mapping with `groups`, the test prompts", got)
            return Evaluate("")
        self.unknown("evaluate.", section, ("groups", "max_new_tokens", "batch_size", "unseen"))
        unseen = section.get("unseen")
        if unseen is not None and not (isinstance(unseen, list) and all(isinstance(tag, str) for tag in unseen)):
            hint = "YAML reads no as false: write 'no'" if isinstance(unseen, list) and False in unseen else ""
            self.add("evaluate.unseen", "a list of language tags", short(unseen), hint)
            unseen = None
        return Evaluate(
            self.text("evaluate.groups", required=True) or "",
            self.whole("evaluate.max_new_tokens", Evaluate.max_new_tokens),
            self.whole("evaluate.batch_size", Evaluate.batch_size),
            None if unseen is None else tuple(unseen),
        )

    def choose(self) -> Choose:
        section = self.values.get("choose", {})
        if not isinstance(section, dict):
            self.add("choose", "a mapping", short(section))
            return Choose()
        self.unknown("choose.", section, ("harmless", "pivot"))
        return Choose(self.share("choose.harmless", Choose.harmless), self.share("choose.pivot", Choose.pivot))

    def grid(self) -> list[dict[str, list[Any]]]:
        found = self.values.get("grid")
        if found is None:
            return []
        several = isinstance(found, list)
        grids = []
        for place, one in enumerate(found if several else [found]):
            where = f"grid[{place}]" if several else "grid"
            if not isinstance(one, dict) or not one:
                self.add(where, "a mapping of dotted paths to lists of values", short(one))
                continue
            self._paths(where, one)
            for path, values in one.items():
                if values == []:
                    self.add(f"{where}.{path}", "at least one value", "an empty list")
            grids.append({path: values if isinstance(values, list) else [values] for path, values in one.items()})
        return grids

    def settings(self) -> list[Changes]:
        found = self.values.get("settings")
        if found is None:
            return []
        if not isinstance(found, list):
            self.add("settings", "a list of mappings", short(found))
            return []
        made, names = [], set[str]()
        for place, one in enumerate(found):
            where = f"settings[{place}]"
            if not isinstance(one, dict):
                self.add(where, "a mapping of dotted paths to values", short(one))
                continue
            name = one.get("name")
            if name is not None and (not isinstance(name, str) or not name.strip()):
                self.add(f"{where}.name", "text", short(name))
                name = None
            elif name in names or name == "base":
                reason = "the model before training has it" if name == "base" else "it stands there twice"
                self.add(f"{where}.name", "a name of its own", f"{short(name)} ({reason})")
            names |= {name} if name else set()
            values = {path: value for path, value in one.items() if path != "name"}
            self._paths(where, values)
            made.append(Changes(values, where, name))
        return made

    def _paths(self, where: str, paths: Mapping[Any, Any]) -> None:
        """Dotted paths must lead into a run file; what is wrong below its sections, the run file's check tells."""
        for path, value in paths.items():
            head = str(path).split(".")[0]
            whole = [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]
            if path in _SEEDS or any(f"{path}.{key}" in _SEEDS for one in whole for key in one):
                self.add(f"{where}.{path}", "anything but a seed", "a seed", "List the seeds under `seeds`")
            elif head == "output":
                self.add(f"{where}.{path}", "a setting that cells share", "the output, which each cell has for itself")
            elif head not in RUN_SECTIONS:
                self.problems.append(unknown(f"{where}.{path}", "section", head, RUN_SECTIONS))
