"""What happens in a worker process: a trial is trained, tested, and written down."""

from __future__ import annotations

import gc
import os
import signal
import threading
import time
import warnings
from collections.abc import Mapping
from multiprocessing import connection, parent_process
from typing import Any

from .. import __version__
from ..errors import IsoglotError, named
from ..evaluate import evaluate, judge_again
from ..evaluate.answering.template import chat_of_run
from ..file_errors import of_system
from ..files import write_json
from ..groups import PromptGroups
from ..judges import RuleJudge
from ..models.load import load
from ..models.template import Chat
from ..runs.environment import now
from ..runs.json_file import readable_object
from ..train import RunFile, train
from ..train.silence import silence
from .outcomes import record_outcomes
from .trial import RESULT, Trial

_heard: list[str] = []  # isoglot's warnings of the trial at work


def prepare(threads: int) -> None:
    """Makes a fresh process a worker: so many threads, quiet, gone when its parent is gone.

    Ctrl-C reaches every process of a terminal; what to do then is the parent's to say.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.environ["OMP_NUM_THREADS"] = str(threads)
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    import torch

    torch.set_num_threads(threads)
    warnings.filterwarnings("always", module=r"isoglot")
    warnings.showwarning = lambda message, *_, **__: _heard.append(str(message))


def _end_with_parent() -> None:
    # A worker waits on a queue whose other end it holds as well: it would never notice that nobody is left.
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def run_trial(trial: Trial) -> str | None:
    """Trains and tests a trial, and writes its ``trial.json``; one that has been run is left as it is.

    Returns:
        None, or why it failed.
    """
    if trial.result() is not None:
        return None
    _heard.clear()
    try:
        with silence():
            _run(trial)
    except Exception as error:
        ours = str(error) if isinstance(error, IsoglotError) else of_system(error, trial.folder)
        reason = ours or named(error)
        trial.record_failure(reason)
        return reason
    finally:
        _free_memory()
    trial.drop_weights()
    return None


def _run(trial: Trial) -> None:
    began = time.monotonic()
    before = readable_object(trial.folder / RESULT)
    if before and _but_for_the_judge(before.get("key")) == _but_for_the_judge(trial.key):
        evaluation, seconds = _judged_again(trial), before.get("seconds", {})
    else:
        trial.prepare()
        if trial.run is not None:
            _train(trial)
        trained = time.monotonic()
        evaluation = _tested(trial)
        seconds = {"training": round(trained - began, 2), "evaluation": round(time.monotonic() - trained, 2)}
    prompts, outcomes = record_outcomes(evaluation.responses, evaluation.verdicts)
    record = {
        "name": trial.name,
        "setting": trial.setting,
        "seed": trial.seed,
        "key": trial.key,
        "run": trial.run,
        "test": str(trial.test),
        "protocol": evaluation.metrics["protocol"],
        "prompts": prompts,
        "outcomes": outcomes,
        "seconds": seconds,
        "warnings": list(dict.fromkeys(_heard)),
        "isoglot": __version__,
        "finished_at": now(),
    }
    write_json(trial.folder / RESULT, record)


def _but_for_the_judge(key: Any) -> Any:
    return {**key, "judge": None} if isinstance(key, Mapping) else None


def _train(trial: Trial) -> None:
    from transformers import set_seed

    run = RunFile.from_dict(trial.run or {})
    if trial.seed is not None:
        set_seed(trial.seed)  # what is random before the trainer seeds must not depend on the trials before
    train(run, reference=trial.reference, today=trial.day)


def _tested(trial: Trial) -> Any:
    write_json(trial.folder / "meta.json", dict(trial.meta))
    path = str(trial.model["path"]) if trial.run is None else str(trial.folder)
    model, tokenizer = load(
        path,
        dtype=str(trial.model.get("dtype", "auto")),
        trust_remote_code=bool(trial.model.get("trust_remote_code", False)),
        chat=_chat(trial),
        quantization=trial.model.get("quantization"),
    )
    groups = PromptGroups.read(trial.test)
    return evaluate(
        model,
        tokenizer,
        groups,
        trial.folder,
        judge=_judge(groups.languages),
        max_new_tokens=trial.max_new_tokens,
        batch_size=trial.batch_size,
        name=trial.label,
    )


def _chat(trial: Trial) -> Any:
    """As the trial was trained; a base model as its section says, on the sweep's day."""
    chat = Chat.of(trial.model) if trial.run is None else chat_of_run(trial.folder)
    return chat if chat.day else chat._replace(day=trial.day)


def _judged_again(trial: Trial) -> Any:
    return judge_again(trial.folder, judge=_judge(PromptGroups.read(trial.test).languages))


def _judge(languages: Any) -> Any:
    return RuleJudge(candidates=languages)


def _free_memory() -> None:
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
