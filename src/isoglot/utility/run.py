"""Runs lm-eval's tasks on a loaded model, one after the other; each is on disk before the next."""

from __future__ import annotations

import logging
import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from importlib import metadata
from pathlib import Path
from typing import Any

from ..errors import MissingFileError, RunError, named, problem, some
from ..extras import need
from ..files import write_json
from ..models.fingerprint import model_hash
from ..progress import Show, Silent
from ..runs.environment import content_hash
from ..runs.folder import held, refuse_other_settings
from ..runs.json_file import read_object
from ..runs.utility import UTILITY
from .families import FAMILIES, Chosen, chosen, family
from .samples import Sample, read_samples, samples_of, samples_path, write_samples
from .summary import summarise


def run_utility(
    model: Any,
    tokenizer: Any,
    tasks: Sequence[str],
    output: str | Path,
    *,
    languages: Collection[str] | None = None,
    limit: int | None = None,
    include_path: str | Path | None = None,
    batch_size: int = 16,
    base: str | Path | None = None,
    name: str = "",
    show: Show | None = None,
) -> dict[str, Any]:
    """Scores a model on tasks of lm-eval, by language.

    The model is given to lm-eval as it is; no chat template is applied, as in lm-eval by default. A call that was
    interrupted continues with the first task whose file is not there.

    Args:
        model: a causal language model.
        tokenizer: its tokenizer.
        tasks: names of families (``belebele``, ``global_mmlu``, ``mgsm``, or any NAME whose tasks are called NAME_xx)
            or of single tasks.
        output: folder for ``utility.json`` and ``utility.<task>.jsonl``.
        languages: tags wanted; None: all that there are.
        limit: samples of each task; None: all.
        include_path: a folder with tasks of your own, in lm-eval's YAML. Functions that they name are run.
        batch_size: of lm-eval.
        base: a folder with the ``utility.json`` of the base model, made with the same samples.
        name: of the model, for the record.
        show: called with progress.

    Returns:
        What ``utility.json`` holds.

    Raises:
        ConfigError: for names that mean nothing.
        RunError: if the folder holds numbers of another model or other settings, or a task does not run.
        MissingFileError: if ``include_path`` or ``base`` is not there.
        MissingLibraryError: without lm-eval.
    """
    need("utility", "--utility")
    output, show = Path(output), show or Silent()
    include = None if include_path is None else Path(include_path)
    if include is not None and not include.is_dir():
        raise MissingFileError(problem(str(include), "a folder with tasks", "nothing", "Check --include-path"))
    asked = {
        "model": name,
        "model_hash": model_hash(model),
        "limit": limit,
        "chat_template": False,
        "own_tasks": None if include is None else content_hash(include),
        "lm_eval": metadata.version("lm_eval"),
    }
    with held(output):
        with quiet():
            manager = _manager(tasks, include)
        wanted, missing = chosen(tasks, manager.all_tasks, languages)
        _goes_on(output, asked)
        samples: dict[Chosen, list[Sample]] = {}
        lm: Any = None
        for one in wanted:
            path = samples_path(output, one.task)
            if not path.exists():
                show.begin(f"Utility: {one.task}")
                with quiet():
                    lm = lm or _model(model, tokenizer, batch_size)
                    made = _run(lm, one, manager, limit)
                write_samples(path, made)
            samples[one] = read_samples(path)
        other = None if base is None else base_samples(Path(base), asked, wanted)
        found: dict[str, Any] = {"asked": asked, "base": "", "tasks": summarise(samples, other, missing)}
        if base is not None:
            found["base"] = str(read_object(Path(base) / UTILITY, "numbers of utility")["asked"].get("model", ""))
        found["tasks"] = _others(output, found["base"]) | found["tasks"]
        write_json(output / UTILITY, found)
    return found


def base_samples(folder: Path, asked: dict[str, Any], tasks: Sequence[Chosen]) -> dict[Chosen, list[Sample]]:
    """The base model's samples, as an earlier call left them.

    Raises:
        MissingFileError: for a folder without them.
        RunError: if they were made with other settings.
    """
    before = read_object(folder / UTILITY, "numbers of utility").get("asked")
    paths = {one: samples_path(folder, one.task) for one in tasks}
    lacking = [path.name for path in paths.values() if not path.exists()]
    if before is None or lacking:
        got = f"no {some([UTILITY] if before is None else lacking, 5)}"
        step = "Run isoglot evaluate BASE --utility ... with the same tasks and languages, or name the model itself"
        raise MissingFileError(problem(str(folder), "the base model's numbers", got, step))
    mine = {key: value for key, value in asked.items() if key not in ("model", "model_hash")}
    refuse_other_settings(folder, {key: before.get(key) for key in mine}, mine, "numbers of a base model")
    return {one: read_samples(path) for one, path in paths.items()}


def _goes_on(output: Path, asked: dict[str, Any]) -> None:
    """Sees that what lies in the folder is of the same model and settings, and notes what is about to."""
    before = read_object(output / UTILITY, "numbers of utility").get("asked")
    if before is None:
        write_json(output / UTILITY, {"asked": asked})
        return
    there, now = ({key: one.get(key) for key in asked if key != "model"} for one in (before, asked))
    refuse_other_settings(output, there, now, "numbers of utility")


def _others(output: Path, base: str) -> dict[str, Any]:
    """What earlier calls found of other tasks, against the same base."""
    before = read_object(output / UTILITY, "numbers of utility")
    tasks = before.get("tasks")
    return dict(tasks) if isinstance(tasks, dict) and before.get("base", "") == base else {}


def _manager(tasks: Sequence[str], include: Path | None) -> Any:
    """Lm-eval's index of tasks; only one's own, where they are all that is asked for: it has some 15,000 others."""
    from lm_eval.tasks import TaskManager

    if include is not None and not set(tasks) & set(FAMILIES):
        own = TaskManager(include_path=str(include), include_defaults=False)
        known = own.all_tasks
        if all(name in known or any(family(name).pattern.fullmatch(task) for task in known) for name in tasks):
            return own
    return TaskManager(include_path=None if include is None else str(include))


def _model(model: Any, tokenizer: Any, batch_size: int) -> Any:
    from lm_eval.models.huggingface import HFLM

    return HFLM(pretrained=model, tokenizer=tokenizer, batch_size=batch_size)


def _run(lm: Any, task: Chosen, manager: Any, limit: int | None) -> list[Sample]:
    """A task's samples.

    Raises:
        RunError: with what lm-eval says, if it does not run.
    """
    from lm_eval import evaluate
    from lm_eval.defaults import DEFAULT_OTHER_SEED

    try:
        loaded = manager.load([task.task])
        for one in loaded["tasks"].values():  # as lm-eval's simple_evaluate, which also looks at the whole machine
            if one.get_config("num_fewshot") is None:
                one.set_config(key="num_fewshot", value=0)
            one.set_fewshot_seed(seed=DEFAULT_OTHER_SEED)
        found = evaluate(lm=lm, task_dict=loaded, limit=limit, bootstrap_iters=0, log_samples=True)
    except Exception as error:
        step = "If its data are not on this machine, they come from the hub the first time"
        raise RunError(problem(f"utility, {task.task}", "a task that runs", named(error), step)) from error
    return samples_of(found["samples"], task.task, task.language, task.keys)


@contextmanager
def quiet() -> Iterator[None]:
    """Keeps lm-eval and its bars off the terminal: stdout is for results, and progress is told by our own steps."""
    logger = logging.getLogger("lm_eval")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
            yield
    finally:
        logger.setLevel(level)
