"""Evaluates a model of any provider of inspect_ai: it asks, retries and logs; answers are ours as they come."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import first_line, problem
from ..evaluate.answering.answers import Answers
from ..evaluate.answering.cells import Assignment
from ..evaluate.evaluation import answered_and_judged
from ..evaluate.protocol.card import About
from ..evaluate.protocol.made_with import asked
from ..evaluate.protocol.protocol_files import begin_protocol
from ..extras import need
from ..groups import PromptGroups
from ..judges import BatchJudge, Judge
from ..progress import Show, Silent
from ..providers.failure import without_secrets
from .connection import Connection, connected
from .failures import Failures, clean_logs
from .identity import hash_of
from .requests import Requests, evaluated
from .solver import from_disk

if TYPE_CHECKING:
    from inspect_ai.log import EvalLog
    from inspect_ai.model import Model

    from ..evaluate.judging.one_judge import Evaluation

LOGS = "inspect"  # the folder of its logs, in an evaluation's


def evaluate_provider(
    model: str,
    assignment: Assignment,
    output: Path,
    *,
    connection: Connection | None = None,
    judge: Judge | BatchJudge | None = None,
    show: Show | None = None,
    about: About | None = None,
    **model_args: Any,
) -> Evaluation | None:
    """Asks a model of a provider, and judges its answers.

    Args:
        model: as inspect_ai names it: ``openai-api/local/NAME``, ``vllm/NAME``, ``isoglot/FOLDER``.
        assignment: what is asked.
        output: the evaluation's folder; the log is in its folder ``inspect``.
        connection: how it is asked.
        judge: gives the verdicts; None: the offline rules.
        show: called with progress.
        about: what the caller knows, for the protocol card.
        **model_args: for the provider.

    Returns:
        What it gave; None for a shard, while others are not done.

    Raises:
        RunError: if requests failed for good; what came is kept, and the same call asks for the rest.
        ModelError: if there is no such model, or no key for it.
    """
    need("eval", "evaluate")
    need("inspect", f"the model {model!r}")
    show, how = show or Silent(), connection or Connection()
    show.begin("Connecting to the model")
    found = connected(model, how, model_args)
    which = {"model": model, "model_hash": hash_of(found), "provider": how.facts(found)}

    def ask(answers: Answers) -> None:
        failures = Failures(how.max_connections or 1)
        if answers.missing:
            try:
                logged = _asked(found, answers, assignment, output, how, failures)
            finally:
                if failures.any:
                    clean_logs(output / LOGS)
            if logged.error is not None:  # of the log or its scores, which cost no answer
                got = without_secrets(first_line(Exception(logged.error.message)))
                warnings.warn(problem(str(output / LOGS), "a whole log", got), stacklevel=2)
        failures.raise_for(len(answers.missing), len(answers.cells), output)

    begun = begin_protocol({**which, **asked(assignment)}, assignment.groups, judge, about)
    return answered_and_judged(ask, begun, assignment, output, judge=judge, show=show)


def _asked(
    model: Model, answers: Answers, assignment: Assignment, output: Path, how: Connection, failures: Failures
) -> EvalLog:
    """One run of inspect_ai over all cells, of which only those without an answer are asked."""
    from inspect_ai import eval_async
    from inspect_ai._util.asyncfiles import with_async_fs
    from inspect_ai.util._display import init_display_type

    from .tasks import task_of

    decoding, requests = assignment.decoding, Requests(model.api)
    groups = PromptGroups({cell.group.id: cell.group for cell in answers.cells}.values())
    facts = {"prompt_sets": [dict(one) for one in assignment.sets]} if assignment.sets else {}
    task = task_of(groups, "groups", facts=facts, solver=from_disk(answers, decoding, failures, requests))
    how_run: dict[str, Any] = dict(
        log_level="critical",
        log_dir=str(output / LOGS),
        log_format="eval",
        log_realtime=False,
        log_model_api=False,
        ctl_server=False,
        epochs=decoding.samples,
        fail_on_error=False,
        retry_on_error=min(how.max_retries, 1),  # by inspect_ai, which retries requests that it knows may pass
        score=True,
        max_tokens=decoding.max_new_tokens,
        temperature=decoding.temperature,
        max_connections=how.max_connections,
        max_retries=how.max_retries,
        attempt_timeout=how.timeout,
    )
    if decoding.extra_body:
        how_run["extra_body"] = dict(decoding.extra_body)

    async def work() -> list[EvalLog]:
        async with model:  # whose connections are closed at the end: inspect_ai leaves them open
            return await eval_async(task, model=model, **how_run)

    init_display_type("none")
    return evaluated(with_async_fs(work), requests, how.timeout)[0]
