"""Lm-eval's index of tasks, and running one."""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import ConfigError, IsoglotError, MissingFileError, RunError, named, problem, raise_all, some
from ..extras import need
from ..settings.yaml_file import why_no_yaml
from .families import FAMILIES, Chosen, chosen, family
from .quiet import quiet
from .samples import Sample, samples_of

_WRITTEN = "generate_until"  # lm-eval's name for tasks in which the model writes


def find_tasks(
    tasks: Sequence[str], include_path: str | Path | None = None, languages: Collection[str] | None = None
) -> tuple[Any, list[Chosen], Mapping[str, list[str]]]:
    """The tasks that are meant, without their data.

    Args:
        tasks: names of families, or of single tasks.
        include_path: a folder with tasks of one's own.
        languages: tags wanted; None: all that there are.

    Returns:
        Lm-eval's index, the tasks, and family -> languages that it does not have.

    Raises:
        ConfigError: for names that mean nothing.
        MissingFileError: for a folder that is not there.
        MissingLibraryError: without lm-eval.
    """
    need("utility", "--utility")
    if include_path is not None and not Path(include_path).is_dir():
        raise MissingFileError(problem(str(include_path), "a folder with tasks", "nothing", "Check --include-path"))
    with quiet():
        index = _index(tuple(tasks), None if include_path is None else str(include_path))
    try:
        return index, *chosen(tasks, index.all_tasks, languages)
    except ConfigError as error:  # lm-eval skips without a word what it cannot read
        files = sorted(Path(include_path).rglob("*.yaml")) if include_path is not None else ()
        raise_all([str(error), *filter(None, map(why_no_yaml, files))], ConfigError)
        raise


@functools.lru_cache(maxsize=1)  # looked at before the model is loaded, and again when it is
def _index(tasks: tuple[str, ...], include: str | None) -> Any:
    """Lm-eval's index of tasks; only one's own, where they are all that is asked for: it has some 15,000 others."""
    from lm_eval.tasks import TaskManager

    if include is not None and not set(tasks) & set(FAMILIES):
        own = TaskManager(include_path=include, include_defaults=False)
        known = own.all_tasks
        if all(name in known or any(family(name).pattern.fullmatch(task) for task in known) for name in tasks):
            return own
    return TaskManager(include_path=include)


def refuse_comparing(tasks: Sequence[Chosen], index: Any, spec: str) -> None:
    """Refuses tasks that compare choices, for a model that does not say how likely a text is.

    Raises:
        ConfigError: naming them.
    """
    found = [one.task for one in tasks if _compares(index, one.task)]
    if found:
        got = f"{some(found, 5)}, which compare how likely given choices are: no server says that of a conversation"
        step = "Choose a task such as mgsm, or give the model's folder"
        raise ConfigError(problem(f"--utility, {spec}", "tasks with written answers", got, step))


def _compares(index: Any, name: str) -> bool:
    """Whether a task, or one of those that a group or tag stands for, does so; known before its data are there."""
    entry = index.task_index.get(name)
    if entry is None:
        return False
    settings = entry.cfg or {}
    listed = settings.get("task")
    members = [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []
    if members or not settings:
        return any(_compares(index, one) for one in members or entry.tags)
    return "class" not in settings and settings.get("output_type", _WRITTEN) != _WRITTEN


def run_task(lm: Any, task: Chosen, index: Any, limit: int | None, *, template: bool) -> list[Sample]:
    """A task's samples.

    Args:
        lm: the model as lm-eval takes it.
        task: which.
        index: of :func:`find_tasks`.
        limit: samples; None: all.
        template: whether texts go through the model's chat template, examples as turns of the conversation.

    Raises:
        RunError: with what lm-eval says, if it does not run.
    """
    from lm_eval import evaluate
    from lm_eval.defaults import DEFAULT_OTHER_SEED

    try:
        with quiet():
            loaded = index.load([task.task])
            for one in loaded["tasks"].values():  # as lm-eval's simple_evaluate, which also looks at the whole machine
                if one.get_config("num_fewshot") is None:
                    one.set_config(key="num_fewshot", value=0)
                one.set_fewshot_seed(seed=DEFAULT_OTHER_SEED)
            how: dict[str, Any] = {"apply_chat_template": template, "fewshot_as_multiturn": template}
            found = evaluate(lm=lm, task_dict=loaded, limit=limit, bootstrap_iters=0, log_samples=True, **how)
    except IsoglotError:
        raise
    except Exception as error:
        step = "If its data are not on this machine, they come from the hub the first time"
        raise RunError(problem(f"utility, {task.task}", "a task that runs", named(error), step)) from error
    return samples_of(found["samples"], task.task, task.language, task.keys)
