"""Evaluates a model of any provider of inspect_ai: it asks, retries and logs; answers are ours as they come."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..errors import ConfigError, ModelError, first_line, problem
from ..evaluate.answers import Answers
from ..evaluate.cells import Assignment
from ..evaluate.evaluation import answered_and_judged
from ..evaluate.responses import response_of
from ..extras import need
from ..groups import PromptGroups
from ..judges import Judge
from ..progress import Show, Silent
from ..runs import Key
from .failures import Failures, clean_log, without_secrets
from .providers import HUB, provider_of

if TYPE_CHECKING:
    from inspect_ai.log import EvalLog
    from inspect_ai.model import Model
    from inspect_ai.solver import Solver

    from ..evaluate.judging import Evaluation

LOGS = "inspect"  # the folder of its logs, in an evaluation's


@dataclass(frozen=True)
class Connection:
    """How a provider is asked.

    Attributes:
        base_url: of its server; None: what the provider's environment variable says.
        max_connections: requests at a time; None: as inspect_ai has it for the provider.
        timeout: seconds that one attempt may take.
        max_retries: further attempts of a request that failed in a way that may pass.

    Raises:
        ConfigError: for an address that holds a password: it would stand in logs.
    """

    base_url: str | None = None
    max_connections: int | None = None
    timeout: int = 300
    max_retries: int = 5

    def __post_init__(self) -> None:
        parts = urlsplit(self.base_url or "")
        if "@" in parts.netloc or parts.query:
            step = "Put the key into the provider's environment variable, as in OPENAI_API_KEY"
            raise ConfigError(problem("--base-url", "an address without a key", "one with a user or a query", step))

    def facts(self) -> dict[str, Any]:
        """What a protocol says of it."""
        there = {"base_url": self.base_url} if self.base_url else {}
        return {**there, "inspect_ai": importlib.metadata.version("inspect_ai")}


def evaluate_provider(
    model: str,
    assignment: Assignment,
    output: Path,
    *,
    connection: Connection | None = None,
    judge: Judge | None = None,
    show: Show | None = None,
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
        **model_args: for the provider.

    Returns:
        What it gave; None for a shard, while others are not done.

    Raises:
        RunError: if requests failed for good; what came is kept, and the same call asks for the rest.
        ModelError: if there is no such model, or no key for it.
    """
    need("eval", "evaluation")
    need("inspect", f"the model {model!r}")
    show, how = show or Silent(), connection or Connection()
    show.begin("Connecting to the model")
    found = connected(model, how, model_args)
    which = {"model": model, "model_hash": _hash_of(found), "provider": how.facts()}

    def ask(answers: Answers) -> None:
        failures = Failures()
        if answers.missing:
            logged = _asked(found, answers, assignment, output, how, failures)
            if failures.any:
                clean_log(logged)
            if logged.status == "cancelled":
                raise KeyboardInterrupt
            if logged.error is not None and not answers.missing:  # of the log or its scores: the answers are here
                raise ModelError(problem(model, "a log of the answers", without_secrets(first_line_of(logged)), ""))
        failures.raise_for(len(answers.missing), len(answers.cells), output)

    return answered_and_judged(ask, which, assignment, output, judge=judge, show=show)


def connected(model: str, how: Connection, model_args: dict[str, Any]) -> Model:
    """The model, as inspect_ai makes it; no request is sent.

    Raises:
        ModelError: if there is no such model, or no key or address for it.
    """
    from inspect_ai.model import GenerateConfig, get_model
    from rich.text import Text

    from .model_api import IsoglotAPI  # which registers it

    config = GenerateConfig(
        max_connections=how.max_connections, max_retries=how.max_retries, attempt_timeout=how.timeout
    )
    try:
        found = get_model(model, config=config, base_url=how.base_url, memoize=False, **model_args)
        if isinstance(found.api, IsoglotAPI):
            found.api.load()  # now, rather than at the first request
        return found
    except ModelError:
        raise
    except Exception as error:  # of any provider
        said = without_secrets(" ".join(Text.from_markup(str(error)).plain.split()))
        hub = f"If a model on the hub is meant: {HUB}{model}" if model.count("/") == 1 else ""
        raise ModelError(problem(model, f"a model of the provider {provider_of(model)}", said, hub)) from None


def _hash_of(model: Model) -> str:
    """What tells one model from another: its weights where they are here, else only its name is known."""
    from ..models.fingerprint import model_hash
    from .model_api import IsoglotAPI

    return model_hash(model.api.load()[0]) if isinstance(model.api, IsoglotAPI) else f"provider:{model}"


def _asked(
    model: Model, answers: Answers, assignment: Assignment, output: Path, how: Connection, failures: Failures
) -> EvalLog:
    """One run of inspect_ai over all cells, of which only those without an answer are asked."""
    import anyio
    from inspect_ai import eval_async
    from inspect_ai._util.asyncfiles import with_async_fs
    from inspect_ai.util._display import init_display_type

    from .tasks import task_of

    decoding = assignment.decoding
    groups = PromptGroups({cell.group.id: cell.group for cell in answers.cells}.values())
    facts = {"prompt_sets": [dict(one) for one in assignment.sets]} if assignment.sets else {}
    task = task_of(groups, "groups", facts=facts, solver=_from_disk(answers, _seeds(assignment), failures))
    how_run: dict[str, Any] = dict(
        log_level="critical",
        log_dir=str(output / LOGS),
        log_format="eval",
        log_realtime=False,
        log_model_api=False,
        ctl_server=False,
        epochs=decoding.samples,
        fail_on_error=False,
        retry_on_error=1,
        score=True,
        max_tokens=decoding.max_new_tokens,
        temperature=decoding.temperature,
        max_connections=how.max_connections,
        max_retries=how.max_retries,
        attempt_timeout=how.timeout,
    )

    async def run() -> list[EvalLog]:
        async with model:  # whose connections are closed at the end: inspect_ai leaves them open
            return await eval_async(task, model=model, **how_run)

    init_display_type("none")
    [log] = anyio.run(with_async_fs(run))
    return log


def _seeds(assignment: Assignment) -> Callable[[Key], dict[str, Any]]:
    """What a request says besides: a seed of its own where answers are drawn."""
    decoding = assignment.decoding
    return lambda key: {} if decoding.greedy else {"seed": decoding.seed_of(key)}


def _from_disk(answers: Answers, more: Callable[[Key], dict[str, Any]], failures: Failures) -> Solver:
    """Answers a sample from the evaluation's folder, or asks the model and puts its answer there."""
    from inspect_ai.model import ModelOutput
    from inspect_ai.solver import Generate, TaskState, solver

    from .dataset import STOPS, finish_of, was_cut

    wanted = {cell.key: cell for cell in answers.cells}

    @solver(name="isoglot_answers")
    def made() -> Solver:
        async def solve(state: TaskState, generate: Generate) -> TaskState:
            key = (state.metadata["group"], state.metadata["language"], state.epoch - 1)
            if stored := answers.stored.get(key):
                stop: Any = STOPS.get(stored.finish, stored.finish)
                state.output = ModelOutput.from_content(str(state.model), stored.response, stop_reason=stop)
                state.messages.append(state.output.message)
                return state
            if failures.hopeless:
                raise ConnectionError("not asked: too many requests before it failed")
            try:
                state = await generate(state, **more(key))
                said = _said(state.output)
            except Exception as error:  # of any provider
                raise failures.add(key, error) from None
            failures.answered(key)
            cut = was_cut(state.output)
            answers.add([response_of(wanted[key], said, finish_of(state.output), prompt_cut=cut)])
            return state

        return solve

    return made()


def _said(output: Any) -> str:
    """The answer's text.

    Raises:
        ValueError: for an output that is none: an error of the provider, or a prompt that it did not take.
    """
    if output.error and not output.completion:
        raise ValueError(str(output.error))
    if output.empty:
        raise ValueError("no answer in what the server sent")
    if output.stop_reason == "model_length":
        raise ValueError(f"the prompt does not fit into the model's context: {output.completion[:200]}")
    return str(output.completion)


def first_line_of(log: EvalLog) -> str:
    """Why a run of inspect_ai ended."""
    return first_line(Exception(log.error.message if log.error else ""))
