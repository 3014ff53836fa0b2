"""All that knows lm-eval: its index of tasks, a loaded model as it wants one, and running a task."""

from __future__ import annotations

import functools
import logging
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import cached_property
from pathlib import Path
from typing import Any

from ..errors import MissingFileError, RunError, named, problem
from ..extras import need
from .families import FAMILIES, Chosen, chosen, family
from .samples import Sample, samples_of


class LanguageModel:
    """A loaded model; what lm-eval wants of it is made when a task is run.

    Args:
        model: a causal language model.
        tokenizer: its tokenizer.
        batch_size: of lm-eval.
    """

    def __init__(self, model: Any, tokenizer: Any, batch_size: int) -> None:
        self._model, self._tokenizer, self._batch_size = model, tokenizer, batch_size

    @cached_property
    def of_harness(self) -> Any:
        """The model as lm-eval takes it."""
        from lm_eval.models.huggingface import HFLM

        return HFLM(pretrained=self._model, tokenizer=self._tokenizer, batch_size=self._batch_size)


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
    with _quiet():
        index = _index(tuple(tasks), None if include_path is None else str(include_path))
    return index, *chosen(tasks, index.all_tasks, languages)


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


def run_task(model: LanguageModel, task: Chosen, index: Any, limit: int | None) -> list[Sample]:
    """A task's samples.

    Raises:
        RunError: with what lm-eval says, if it does not run.
    """
    from lm_eval import evaluate
    from lm_eval.defaults import DEFAULT_OTHER_SEED

    try:
        with _quiet():
            loaded = index.load([task.task])
            for one in loaded["tasks"].values():  # as lm-eval's simple_evaluate, which also looks at the whole machine
                if one.get_config("num_fewshot") is None:
                    one.set_config(key="num_fewshot", value=0)
                one.set_fewshot_seed(seed=DEFAULT_OTHER_SEED)
            lm = model.of_harness
            found = evaluate(lm=lm, task_dict=loaded, limit=limit, bootstrap_iters=0, log_samples=True)
    except Exception as error:
        step = "If its data are not on this machine, they come from the hub the first time"
        raise RunError(problem(f"utility, {task.task}", "a task that runs", named(error), step)) from error
    return samples_of(found["samples"], task.task, task.language, task.keys)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps lm-eval and its bars off the terminal: stdout is for results, and progress is told by our own steps."""
    logger = logging.getLogger("lm_eval")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
            yield
    finally:
        logger.setLevel(level)
