"""From a sweep file to its trials: every setting with every seed checked, files hashed, languages in slices."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..attach import REFERENCE
from ..errors import ConfigError, problem, raise_all
from ..extras import need
from ..models.files import model_files_hash
from ..runs.environment import content_hash
from ..train import RunFile
from ..train.own_code import OwnCode, code_inputs, own_objective
from ..train.template_file import template_inputs
from .changes import first_among_shares
from .identity import canonical, digest, folder_name
from .outcomes import judged_by
from .setting import PATHS, Setting, expand
from .slices import slices_of
from .sweep_file import SweepFile
from .trial import Trial
from .trial_runs import checked_runs, missing_tests, tests_of


@dataclass(frozen=True)
class Planned:
    """One setting and its trials, a seed each.

    Attributes:
        name: of the setting; ``base`` for a base model.
        digest: what it is known by on disk.
        changes: dotted path -> value, as in the sweep file.
        run: the setting's run file values.
        trials: seed -> trial. Seeds of a base model share one where model and test are the same.
        base: whether this is a model before training.
    """

    name: str
    digest: str
    changes: Mapping[str, Any]
    run: Mapping[str, Any]
    trials: Mapping[int, Trial]
    base: bool = False


@dataclass(frozen=True)
class Plan:
    """What a sweep comes to.

    Attributes:
        file: the sweep file.
        settings: base models first.
        slices: ``pivot``, ``aligned``, ``unseen`` -> languages.
        notes: what a reader of the results should know.
        code: modules of the user's own that the settings import.
    """

    file: SweepFile
    settings: Sequence[Planned]
    slices: Mapping[str, Sequence[str]]
    notes: Sequence[str]
    code: Sequence[OwnCode] = ()

    @property
    def trials(self) -> list[Trial]:
        """Every trial once: base models, then seed by seed, so that a part of the work compares all settings."""
        order = [planned.trials[seed] for seed in self.file.seeds for planned in self.settings]
        return sorted({str(trial.folder): trial for trial in order}.values(), key=lambda trial: trial.run is not None)


def plan(file: SweepFile) -> Plan:
    """Checks every trial of a sweep file and says where it lies.

    Raises:
        ConfigError: with everything that is wrong with any trial's run file, and with the languages.
        MissingFileError, DataError: for test or training prompts that cannot be read.
        MissingLibraryError: without the libraries of the extras ``train`` and ``eval``: each trial would fail.
    """
    for extra in ("train", "eval"):
        need(extra, "sweep")
    settings, tests = expand(file), tests_of(file)
    runs, problems = checked_runs(file, settings)
    problems += missing_tests(tests)
    if file.output.exists() and not file.output.is_dir():
        problems.append(problem("output", "a folder", f"a file, {str(file.output)!r}", "Choose another"))
    raise_all(list(dict.fromkeys(problems)), ConfigError)
    slices, notes = slices_of(file, tests, runs)
    names = {"pivot": slices["pivot"][0], "aligned": list(slices["aligned"]), "unseen": list(slices["unseen"])}
    make = _Maker(file, tests, names)
    planned: dict[str, Planned] = {}
    for place, setting in enumerate(settings):
        of_seed = {seed: runs[place, seed] for seed in file.seeds}
        one = make.setting(setting, of_seed)
        known = planned.get(one.digest)
        if known is None or (_is_named(file, setting) and not _is_named(file, known)):
            planned[one.digest] = one
    bases = make.bases([(setting, runs[place, seed], seed) for place, setting in enumerate(settings) for seed in tests])
    code = dict.fromkeys(found for run in runs.values() if (found := own_objective(run)) is not None)
    notes = [*notes, *first_among_shares(file.grid)]
    return Plan(file, [*bases, *planned.values()], slices, notes, list(code))


def _is_named(file: SweepFile, setting: Setting | Planned) -> bool:
    return setting.name in {one.name for one in file.settings}


_PROMPTS = ("chat_template_kwargs", "date", "system_prompt")  # of a model's section, what its prompts depend on


class _Maker:
    """Makes trials; every file is hashed once."""

    def __init__(self, file: SweepFile, tests: Mapping[int, Path], slices: Mapping[str, Any]) -> None:
        self.file, self.tests, self.slices = file, tests, slices
        self.hash = functools.cache(content_hash)
        self.model_hash = functools.cache(model_files_hash)
        self.folder = file.output / "trials"

    def setting(self, setting: Setting, runs: Mapping[int, RunFile]) -> Planned:
        first = next(iter(runs.values()))
        identifier = digest(canonical(first.to_dict(), setting.run))
        # Found by its digest: another name is no reason to run it again.
        found = sorted(self.folder.glob(f"*{identifier}"))
        known = [path for path in found if path.name == identifier or path.name.endswith(f"-{identifier}")]
        folder = known[0] if known else self.folder / folder_name(setting.name, identifier)
        trials = {seed: self._trial(setting.name, identifier, seed, folder, run) for seed, run in runs.items()}
        return Planned(setting.name, identifier, setting.changes, setting.run, trials)

    def _trial(self, name: str, identifier: str, seed: int, folder: Path, run: RunFile) -> Trial:
        folder = folder / f"seed-{seed}"
        effective = run.to_dict() | {"output": str(folder)}
        inputs = {"model": self.model_hash(run.model.path), "preferences": self.hash(run.data.preferences)}
        if run.data.groups is not None:
            inputs["groups"] = self.hash(run.data.group_paths)
        inputs |= template_inputs(run.trainer) | code_inputs(run)
        without = {key: value for key, value in effective.items() if key not in ("data", "output", "code")}
        if any(read := [file.options for file in run.data.groups or ()]):
            without["groups"] = read
        for section, place in PATHS:  # what stands there is among the inputs, and may move
            if section in without:
                without[section] = {key: value for key, value in without[section].items() if key != place}
        return self._made(
            setting=identifier,
            name=name,
            seed=seed,
            folder=folder,
            run=effective,
            model=effective["model"],
            test=self.tests[seed],
            key={"run": without, "inputs": inputs},
        )

    def bases(self, runs: Sequence[tuple[Setting, RunFile, int]]) -> list[Planned]:
        """The models before training: one row a model, one trial a model and test file."""
        rows: dict[str, tuple[str, dict[int, RunFile]]] = {}
        for setting, run, seed in runs:
            path = str(setting.run["model"]["path"])  # as written, whatever the seed
            model = {key: value for key, value in run.to_dict()["model"].items() if key != "trained_layers"}
            row = digest(model | {"path": path})
            rows.setdefault(row, (path, {}))[1].setdefault(seed, run)
        made = []
        for row, (path, of_seed) in rows.items():
            name = "base" if len(rows) == 1 else f"base {path}"
            trials = {seed: self._base(row, name, seed, run) for seed, run in of_seed.items()}
            made.append(Planned(name, row, {}, {"model": {"path": path}}, trials, base=True))
        return made

    def _base(self, row: str, name: str, seed: int, run: RunFile) -> Trial:
        model, inputs = run.to_dict()["model"], {"model": self.model_hash(run.model.path)}
        work = [inputs, self.hash(self.tests[seed]), self.file.evaluate.max_new_tokens, model["dtype"]]
        if said := {key: model[key] for key in _PROMPTS if key in model}:
            work.append(said)
        folder = self.folder / folder_name("base", digest(work))
        return self._made(
            setting=row,
            name=name,
            seed=None,
            folder=folder,
            run=None,
            model=model,
            test=self.tests[seed],
            key={"run": None, "inputs": inputs},
        )

    def _made(self, *, name: str, test: Path, key: Mapping[str, Any], **of_trial: Any) -> Trial:
        """A trial, with what all of a sweep have alike; ``key`` is of what it is trained on, if it is."""
        tested = {"test": self.hash(test), "max_new_tokens": self.file.evaluate.max_new_tokens}
        return Trial(
            **of_trial,
            name=name,
            test=test,
            key={**key, "evaluate": tested, "judge": judged_by()},
            meta={"name": name, **self.slices, "note": "A trial of a sweep."},
            max_new_tokens=self.file.evaluate.max_new_tokens,
            batch_size=self.file.evaluate.batch_size,
            keep_model=self.file.keep_models,
            reference=self.file.output / REFERENCE,
        )
