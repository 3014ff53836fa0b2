"""Runs lm-eval's tasks on a model, one after the other; each is on disk before the next."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from ..errors import ConfigError, MissingFileError, problem, some
from ..files import write_json
from ..progress import Show, Silent
from ..runs.folder import held, refuse_other_settings
from ..runs.utility import UTILITY
from .earlier import all_missing, other_languages, other_tasks, say_what_is_gone
from .families import Chosen
from .harness import find_tasks, refuse_comparing, run_task
from .numbers import read_numbers
from .own_tasks import OWN_TASKS, SAME_FOLDER, own_tasks_changed, own_tasks_hash, without_own_tasks
from .protocol import note_in_protocol
from .samples import Sample, read_samples, samples_path, write_samples
from .subject import Subject
from .summary import summarise

_SAME = ("limit", "lm_eval")  # settings that two models must share to be compared, as tasks of the user's own


def run_utility(
    subject: Subject,
    tasks: Sequence[str],
    output: str | Path,
    *,
    languages: Collection[str] | None = None,
    limit: int | None = None,
    include_path: str | Path | None = None,
    base: str | Path | None = None,
    show: Show | None = None,
) -> dict[str, Any]:
    """Scores a model on tasks of lm-eval, by language.

    A call that was interrupted continues with the first task whose file is not there; of a server's model, with the
    first answer that is not. What earlier calls found of other tasks, and of the same ones in other languages, stays;
    what cannot stay, as differences to another base, is left out with a warning.

    Args:
        subject: a :class:`LoadedModel` or a :class:`ServedModel`.
        tasks: names of families (``belebele``, ``global_mmlu``, ``mgsm``, or any NAME whose tasks are called NAME_xx)
            or of single tasks.
        output: folder for ``utility.json`` and ``utility.<task>.jsonl``.
        languages: tags wanted; None: all that there are.
        limit: samples of each task; None: all.
        include_path: a folder with tasks of your own, in lm-eval's YAML. Functions that they name are run.
        base: a folder with the ``utility.json`` of the base model, made with the same samples.
        show: called with progress.

    Returns:
        What ``utility.json`` holds.

    Raises:
        ConfigError: for names that mean nothing, and tasks that a server's model cannot do.
        RunError: if the folder holds numbers of another model or other settings, or a task does not run.
        MissingFileError: if ``include_path`` or ``base`` is not there.
        MissingLibraryError: without lm-eval.
    """
    output, show = Path(output), show or Silent()
    index, wanted, missing = _tasks(subject, tasks, include_path, languages)
    asked = _asked(subject, limit, include_path)
    with held(output):
        before = read_numbers(output)
        kept = before if _goes_on(output, before, asked) else {}
        earlier = other_languages(output, wanted)
        other, named = _of_base(base, asked, wanted, earlier)
        samples = {one: _samples(subject, one, index, output, asked, show) for one in wanted}
        numbers = summarise({**samples, **earlier}, other, all_missing(kept, missing))
        found: dict[str, Any] = {"asked": asked, "base": named, "tasks": other_tasks(kept, named, numbers) | numbers}
        _keep(output, before, found)
    return found


def _tasks(
    subject: Subject, tasks: Sequence[str], include_path: str | Path | None, languages: Collection[str] | None
) -> tuple[Any, list[Chosen], Mapping[str, list[str]]]:
    """lm-eval's index, the tasks to run, and the languages that a family lacks.

    Raises:
        ConfigError: for names that mean nothing, and tasks that the model cannot do.
    """
    index, wanted, missing = find_tasks(tasks, include_path, languages)
    if not subject.compares:
        refuse_comparing(wanted, index, subject.name)
    return index, wanted, missing


def _asked(subject: Subject, limit: int | None, include_path: str | Path | None) -> dict[str, Any]:
    """What the numbers are made with."""
    return {
        **subject.facts(),
        "limit": limit,
        OWN_TASKS: own_tasks_hash(include_path),
        "lm_eval": metadata.version("lm_eval"),
    }


def _of_base(
    base: str | Path | None, asked: dict[str, Any], wanted: Sequence[Chosen], earlier: Iterable[Chosen]
) -> tuple[dict[Chosen, list[Sample]] | None, str]:
    """The base model's samples of the tasks that are run and, where it has them, of earlier ones; and its name."""
    if base is None:
        return None, ""
    folder = Path(base)
    samples = base_samples(folder, asked, wanted) | _there(folder, earlier)
    return samples, str(read_numbers(folder)["asked"].get("model", ""))


def _keep(output: Path, before: Mapping[str, Any], found: dict[str, Any]) -> None:
    """Writes the numbers, says what of the earlier ones is gone, and notes them in the protocol that is there."""
    write_json(output / UTILITY, found)
    say_what_is_gone(output / UTILITY, before, found)
    note_in_protocol(output, found)


def _samples(
    subject: Subject, task: Chosen, index: Any, output: Path, asked: dict[str, Any], show: Show
) -> list[Sample]:
    """A task's samples: those on disk, or the model's, which are then there."""
    path = samples_path(output, task.task)
    if not path.exists():
        show.begin(f"Utility: {task.task}")
        kept = path.with_suffix(".partial")
        lm = subject.for_task(kept, show)
        made = run_task(lm, task, index, asked["limit"], template=subject.through_template)
        before = read_numbers(output)
        if before.get("asked") != asked:  # written before the first samples, which are made with it
            goes_on = _settings(before.get("asked")) == _settings(asked)
            write_json(output / UTILITY, (before if goes_on else {}) | {"asked": asked})
        write_samples(path, made)
        kept.unlink(missing_ok=True)
    return read_samples(path)


def base_samples(folder: Path, asked: dict[str, Any], tasks: Sequence[Chosen]) -> dict[Chosen, list[Sample]]:
    """The base model's samples, as an earlier call left them.

    Raises:
        MissingFileError: for a folder without them.
        RunError: if they were made with other settings.
    """
    before = read_numbers(folder).get("asked")
    paths = {one: samples_path(folder, one.task) for one in tasks}
    lacking = [path.name for path in paths.values() if not path.exists()]
    if before is None or lacking:
        got = f"no {some([UTILITY] if before is None else lacking, 5)}"
        step = "Run isoglot evaluate BASE --utility ... with the same tasks and languages, or name the model itself"
        raise MissingFileError(problem(str(folder), "the base model's numbers", got, step))
    there, mine = ({key: one.get(key) for key in _SAME} | _template(one) for one in (before, asked))
    changed = own_tasks_changed(before, asked)
    step = "Measure the base model with the same tasks, limit and --utility-template, or name the model itself"
    refuse_other_settings(folder, there, mine, "numbers of a base model", changed=changed, step=step)
    return _there(folder, tasks)


def _there(folder: Path, tasks: Iterable[Chosen]) -> dict[Chosen, list[Sample]]:
    """The samples of those tasks whose file a folder has."""
    return {one: read_samples(path) for one in tasks if (path := samples_path(folder, one.task)).exists()}


def refuse_otherwise_asked(subject: Subject, base: Subject) -> None:
    """Refuses a base model if only one of the two models would be asked through its chat template.

    Raises:
        ConfigError: before either is asked; their weights need not be loaded.
    """
    if subject.through_template != base.through_template:
        words = ("without a chat template", "through its chat template")
        expected, got = (f"one that is asked {words[one.through_template]}" for one in (subject, base))
        step = "Give --utility-template off, which asks both without"
        raise ConfigError(problem(f"--base {base.name}", f"{expected}, as {subject.name} is", got, step))


def _template(asked: Mapping[str, Any]) -> dict[str, bool]:
    """Each model has its own template, so only whether one was used is compared."""
    return {"chat_template": asked.get("chat_template", False) is not False}


def _goes_on(output: Path, before: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    """Whether the numbers that are there are of the same model and settings.

    Raises:
        RunError: naming what differs, where samples lie in the folder.
    """
    there, now = _settings(before.get("asked")), _settings(asked)
    if any(output.glob(samples_path(Path(), "*").name)):
        changed = own_tasks_changed(there, now)
        besides = [without_own_tasks(one) for one in (there, now)]
        step = SAME_FOLDER if changed else "Choose another output"
        refuse_other_settings(output, besides[0], besides[1], "numbers of utility", changed=changed, step=step)
    return there == now


def _settings(asked: Mapping[str, Any] | None) -> dict[str, Any]:
    """What numbers depend on: not the model's name, as its weights may have been moved."""
    return {key: value for key, value in (asked or {}).items() if key != "model"}
