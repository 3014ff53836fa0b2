"""Runs a run file: model, data, trainer, consistency term, run directory."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..errors import ConfigError, ModelError, problem
from ..files import write_json
from .directory import RunDirectory, now
from .methods import METHODS
from .run_file import RunFile

_DEFAULTS = {"report_to": "none", "save_strategy": "steps", "save_steps": 100, "save_total_limit": 2}


def train(run: RunFile, *, progress: Callable[[int, int], None] | None = None) -> Path:
    """Trains as the run file says; the same call again continues what was stopped.

    The run directory gets ``run.yaml``, ``environment.json``, ``log.jsonl``, ``spectrum.json`` (representations of the
    groups before and after), the model or adapter with its tokenizer in safetensors, and ``consistency.safetensors``.

    Args:
        run: what to do.
        progress: called with optimizer steps done and in all.

    Returns:
        The run directory.

    Raises:
        RunError: if the run directory holds a run with other settings.
        ConfigError, DataError, ModelError: for what cannot be used.
    """
    directory = RunDirectory(run.output)
    directory.claim(run.to_dict())
    if directory.finished:
        return run.output
    model, tokenizer = load_model(run)
    trainer = build_trainer(run, model, tokenizer, directory, progress)
    groups = _attach(run, trainer)
    checkpoint = directory.last_checkpoint()
    directory.record(**({"resumed": now()} if checkpoint else {"started": now()}))
    before = _spectrum_before(run, trainer, tokenizer, groups) if groups is not None else None
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    if before is not None:
        after = _spectrum(trainer, tokenizer, groups)
        write_json(run.output / "spectrum.json", {"before": before, "after": after})
    aside = run.output / ".model"
    shutil.rmtree(aside, ignore_errors=True)
    trainer.save_model(str(aside))
    if trainer.args.should_save:
        directory.take_in(aside)
        directory.record(finished=True, ended=now(), steps=trainer.state.global_step)
        if "save_total_limit" not in run.trainer:
            shutil.rmtree(directory.checkpoints, ignore_errors=True)
    return run.output


def load_model(run: RunFile) -> tuple[Any, Any]:
    """The model and its tokenizer.

    Raises:
        ModelError: if they cannot be loaded.
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer

    options = {"trust_remote_code": run.trust_remote_code}
    try:
        tokenizer = AutoTokenizer.from_pretrained(run.model_path, **options)
        model = AutoModelForCausalLM.from_pretrained(run.model_path, dtype=run.dtype, use_safetensors=True, **options)
    except (OSError, ValueError) as error:
        reason = str(error).strip().split("\n")[0]
        raise ModelError(problem("model.path", "a model that loads", f"{run.model_path!r} ({reason})")) from error
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return model, tokenizer


def build_trainer(
    run: RunFile,
    model: Any,
    tokenizer: Any,
    directory: RunDirectory,
    progress: Callable[[int, int], None] | None,
) -> Any:
    """TRL's trainer for the run, with the log file and progress as callbacks."""
    from datasets import Dataset
    from transformers import PrinterCallback, ProgressCallback

    from .data import read_data
    from .log import LogFile, Progress

    method = METHODS[run.method]
    records = read_data(run.preferences, method.answers, chat=bool(getattr(tokenizer, "chat_template", None)))
    options = _DEFAULTS | dict(run.trainer) | dict(method.fixed)
    try:
        config = method.config_class()(output_dir=str(directory.checkpoints), **options)
    except (TypeError, ValueError) as error:
        raise ConfigError(
            problem("trainer", f"options that {method.config} takes", str(error).split("\n")[0])
        ) from error
    trainer = method.trainer_class()(
        model=model,
        args=config,
        train_dataset=Dataset.from_list(records),
        processing_class=tokenizer,
        callbacks=[LogFile(run.output / "log.jsonl"), *([Progress(progress)] if progress else [])],
        **_peft(run),
    )
    for callback in (PrinterCallback, ProgressCallback):  # they print; the caller shows progress
        trainer.remove_callback(callback)
    return trainer


def _peft(run: RunFile) -> dict[str, Any]:
    if run.peft is None:
        return {}
    from peft import LoraConfig, TaskType

    return {"peft_config": LoraConfig(task_type=TaskType.CAUSAL_LM, **run.peft)}


def _attach(run: RunFile, trainer: Any) -> Any:
    """Attaches the term; returns the groups, if there are any."""
    from ..attach import attach
    from ..groups import PromptGroups

    if run.groups is None:
        return None
    groups = PromptGroups.read(run.groups)
    if run.consistency is not None:
        attach(trainer, run.consistency, groups)
    return groups


def _spectrum(trainer: Any, tokenizer: Any, groups: Any) -> dict[str, Any]:
    from ..probe import layer_spectrum

    return layer_spectrum(trainer.model, tokenizer, groups)


def _spectrum_before(run: RunFile, trainer: Any, tokenizer: Any, groups: Any) -> dict[str, Any]:
    """Of the model as it was before the first step; kept on disk, since a run that continues starts later."""
    file = run.output / "spectrum.json"
    if file.exists():
        return json.loads(file.read_text(encoding="utf-8"))["before"]
    before = _spectrum(trainer, tokenizer, groups)
    write_json(file, {"before": before, "after": None})
    return before
