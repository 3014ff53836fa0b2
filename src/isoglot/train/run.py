"""Runs a run file: model, data, trainer, consistency term, run directory."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..errors import RunError, first_line, problem
from ..files import write_json
from ..models.files import model_files_hash
from ..runs.folder import held
from ..runs.json_file import read_object
from .checkpoints import UNFINISHED, clear_away, look, tokens_of
from .directory import RunDirectory
from .environment import content_hash, now
from .own_code import code_inputs, importable
from .refusals import refusals
from .run_file import RunFile
from .silence import silence
from .usage import Usage

SPECTRUM = "spectrum.json"


def train(
    run: RunFile,
    *,
    reference: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
    watch: Callable[[dict[str, Any]], None] | None = None,
    quiet: bool = True,
) -> Path:
    """Trains as the run file says; the same call again continues what was stopped, or returns at once if finished.

    The run directory gets ``run.yaml``, ``environment.json``, ``log.jsonl``, ``spectrum.json`` (representations of the
    groups before and after), the model or adapter with its tokenizer in safetensors, and ``consistency.safetensors``.

    Args:
        run: what to do.
        reference: folder for the prompts' states from before training, which runs of one model and the same groups may
            share; None: one in the run directory.
        progress: called with optimizer steps done and in all.
        watch: called with each log line.
        quiet: whether other libraries' warnings, logs and bars are kept off the terminal; bars that no option stops
            are where ``TQDM_DISABLE`` is set before they are imported, as by the command line.

    Returns:
        The run directory.

    Raises:
        RunError: if the run directory holds a run with other settings, data or model, if another process is at it, or
            if the training diverges: the step is named, and nothing of it is written.
        ConfigError, DataError, ModelError: for what cannot be used.
    """
    directory = RunDirectory(run.output)
    inputs = {
        "model.path": model_files_hash(run.model.path),
        "data.preferences": content_hash(run.data.preferences),
    }
    if run.data.groups is not None:
        inputs["data.groups"] = content_hash(run.data.groups)
    inputs |= code_inputs(run)
    directory.check(run.to_dict(), inputs)
    if directory.finished:
        directory.tidy(run.trainer)
    else:
        with held(run.output), silence(quiet), importable(run.code):
            _train(run, directory, inputs, reference, progress, watch)
    return run.output


def _train(
    run: RunFile,
    directory: RunDirectory,
    inputs: dict[str, str],
    reference: Path | None,
    progress: Callable[[int, int], None] | None,
    watch: Callable[[dict[str, Any]], None] | None,
) -> None:
    from ..attach import REFERENCE, attach
    from .build import build_config, build_trainer, load_model, load_tokenizer, read_inputs
    from .divergence import StopsWhatDiverges

    # The model comes last: mistakes elsewhere should not wait for it to load.
    config, usage = build_config(run, directory.checkpoints), Usage()
    main, identity = config.process_index == 0, directory.identity(run.to_dict(), inputs)
    checkpoint, passed_over = look(directory.checkpoints, identity)
    _name(passed_over, checkpoint)
    tokenizer = load_tokenizer(run)
    records, groups = read_inputs(run, tokenizer)
    log = run.output / "log.jsonl"
    guard = StopsWhatDiverges(directory.checkpoints)
    trainer = build_trainer(
        run,
        config,
        load_model(run),
        tokenizer,
        records,
        log=log,
        progress=progress,
        watch=watch,
        guard=guard,
        identity=identity,
    )
    attachment = None
    if run.consistency is not None and groups is not None:
        attachment = attach(trainer, run.consistency, groups, reference=reference or run.output / REFERENCE)
    if main:
        clear_away(passed_over)
        directory.claim(run.to_dict())
        began: dict[str, Any] = {"started_at": now(), "resumed_at": [], "finished_at": None}
        if checkpoint is not None:
            began = {"resumed_at": [*directory.environment().get("resumed_at", []), now()]}
        term = None if attachment is None else attachment.facts()
        directory.record(**began, **_facts(config), inputs=inputs, consistency=term)
    trainer.accelerator.wait_for_everyone()
    measured = groups if run.spectrum else None
    before = None if measured is None else _spectrum_before(run, trainer, tokenizer, measured, again=checkpoint is None)
    if checkpoint is not None and (tokens := tokens_of(checkpoint)) is not None:
        trainer._total_train_tokens = tokens  # TRL's count begins anew where a run continues
    if checkpoint is None or not _restored_at_the_end(trainer, checkpoint):
        expected, begun = f"settings that {type(trainer).__name__} trains with", trainer.state.global_step
        with refusals(run, run.method, expected, concerns=lambda: trainer.state.global_step == begun):
            trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    guard.check(trainer.model, trainer.state.global_step)
    if before is not None:
        after = _spectrum(trainer, tokenizer, measured)
        if main and after is not None:
            write_json(run.output / SPECTRUM, {"before": before, "after": after})
    _save(run, directory, trainer, usage)


def _name(passed_over: Mapping[Path, str], checkpoint: Path | None) -> None:
    """Names the checkpoints that look whole and cannot be gone on from."""
    step = f"It goes on from {checkpoint}" if checkpoint else "It begins anew"
    for path, why in passed_over.items():
        if why != UNFINISHED:  # such as every kill may leave
            got = f"one that is not: {why}"
            warnings.warn(problem(str(path), "a whole checkpoint of this run", got, f"{step}; this one is set aside"))


def _restored_at_the_end(trainer: Any, checkpoint: Path) -> bool:
    """Whether the checkpoint is of the last step; if so its weights are loaded: ``train`` would take one step more."""
    from transformers import TrainerState

    state = TrainerState.load_from_json(str(checkpoint / "trainer_state.json"))
    if state.global_step < state.max_steps:
        return False
    trainer._load_from_checkpoint(str(checkpoint))
    trainer.state = state
    return True


def _facts(config: Any) -> dict[str, Any]:
    """What of the trainer's configuration depends on the machine, and the seed."""
    return {
        "seed": config.seed,
        "device": str(config.device),
        "processes": config.world_size,
        "mixed_precision": config.mixed_precision,
    }


def _save(run: RunFile, directory: RunDirectory, trainer: Any, usage: Usage) -> None:
    """Writes the model aside, moves it in, and says last that the run has finished."""
    aside, main = run.output / ".model", trainer.args.process_index == 0
    if main:
        shutil.rmtree(aside, ignore_errors=True)
    trainer.accelerator.wait_for_everyone()
    trainer.save_model(str(aside))
    trainer.accelerator.wait_for_everyone()
    if not main:
        return
    directory.take_in(aside)
    directory.record(finished_at=now(), steps=trainer.state.global_step, finished=True, usage=usage.facts())
    directory.tidy(run.trainer)


def _spectrum(trainer: Any, tokenizer: Any, groups: Any) -> dict[str, Any] | None:
    """Representations of the groups, layer by layer; None with a warning if that fails: no run is lost by it."""
    from ..probe import layer_spectrum

    try:
        return layer_spectrum(trainer.model, tokenizer, groups)
    except Exception as error:
        step = "The run goes on without it"
        warnings.warn(problem("spectrum", "representations that can be measured", first_line(error), step))
        return None


def _spectrum_before(run: RunFile, trainer: Any, tokenizer: Any, groups: Any, *, again: bool) -> dict[str, Any] | None:
    """Of the model as it was before the first step, written at once; one that continues finds it on disk."""
    file = run.output / SPECTRUM
    if file.exists() and not again:
        try:
            return read_object(file, "representations before training", "The run goes on without them").get("before")
        except RunError as error:
            warnings.warn(str(error))
            return None
    before = _spectrum(trainer, tokenizer, groups)
    if trainer.args.process_index == 0 and before is not None:
        write_json(file, {"before": before, "after": None})
    return before
