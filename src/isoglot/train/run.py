"""Runs a run file: model, data, trainer, consistency term, run directory."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from ..attach import REFERENCE
from ..errors import problem
from ..files import write_text
from ..groups import PromptGroups
from ..models.ends import end_tokens
from ..models.files import model_files_hash
from ..models.template import Chat, original
from ..progress import Show, is_first_process, of_one_process
from ..runs.environment import content_hash, now
from ..runs.folder import held
from .card import FILE_NAME as README
from .card import is_ours, model_card
from .checkpoints import UNFINISHED, clear_away, look, tokens_of
from .directory import RunDirectory
from .library_errors import by_a_trainer, naming_the_setting
from .measuring import Spectrum
from .own_code import code_inputs, importable
from .run_file import RunFile
from .silence import silence
from .template_file import template_inputs
from .usage import Usage


def train(
    run: RunFile,
    *,
    reference: Path | None = None,
    today: date | None = None,
    show: Show | None = None,
    progress: Callable[[int, int], None] | None = None,
    tell: Callable[[str], None] | None = None,
    quiet: bool = True,
) -> Path:
    """Trains as the run file says; the same call again continues what was stopped, or returns at once if finished.

    The run directory gets ``run.yaml``, ``environment.json``, ``log.jsonl``, ``spectrum.json`` (representations of the
    groups before and after), the model or adapter with its tokenizer in safetensors, ``consistency.safetensors``, and
    a model card (``README.md``).

    Args:
        run: what to do.
        reference: folder for the prompts' states from before training, which runs of one model and the same groups may
            share; None: one in the run directory.
        today: what a chat template is told that asks for the date, in a run that says none; None: the clock's day.
        show: called with progress, step by step from reading to saving.
        progress: called with optimizer steps done and in all.
        tell: is told what each column of a table of prompts was taken for.
        quiet: whether other libraries' warnings, logs and bars are kept off the terminal; bars that no option stops
            are where ``TQDM_DISABLE`` is set before they are imported, as by the command line.

    Returns:
        The run directory.

    Raises:
        RunError: if the run directory holds a run with other settings, data or model, if another process is at it, or
            if the training diverges: the step is named, and nothing of it is written.
        ConfigError, DataError, ModelError: for what cannot be used.
    """
    directory, shown = RunDirectory(run.output), of_one_process(show)
    shown.begin("Checking the files")
    run = run if run.model.date else run.on(directory.day())
    inputs = inputs_of(run)
    directory.check(run.to_dict(), inputs)
    if directory.finished:
        directory.tidy(run.trainer)
    else:
        with held(run.output), silence(quiet), importable(run):
            _train(run, directory, inputs, reference, today, shown, progress, tell if is_first_process() else None)
    return run.output


def inputs_of(run: RunFile) -> dict[str, str]:
    """What a run reads -> a hash of its content."""
    inputs = {
        "model.path": model_files_hash(run.model.path),
        "data.preferences": content_hash(run.data.preferences),
    }
    if run.data.groups is not None:
        inputs["data.groups"] = content_hash(run.data.group_paths)
    return inputs | template_inputs(run.trainer) | code_inputs(run)


def _train(
    run: RunFile,
    directory: RunDirectory,
    inputs: dict[str, str],
    reference: Path | None,
    today: date | None,
    show: Show,
    progress: Callable[[int, int], None] | None,
    tell: Callable[[str], None] | None,
) -> None:
    # These load torch and transformers, which reading a run file and saying that a run has finished do without.
    from .build import build_config, build_trainer, load_model, load_tokenizer, read_inputs
    from .divergence import StopsWhatDiverges
    from .log import FILE_NAME, LogFile, Progress, SealsCheckpoints

    # The model comes last: mistakes elsewhere should not wait for it to load.
    config, usage = build_config(run, directory.checkpoints), Usage()
    show.begin("Loading the tokenizer")
    tokenizer, run = load_tokenizer(run, today)
    identity = directory.identity(run.to_dict(), inputs)
    checkpoint, passed_over = look(directory.checkpoints, identity)
    _name(passed_over, checkpoint)
    records, groups = read_inputs(run, tokenizer, tell, show)
    show.begin("Loading the model")
    model = load_model(run)
    seals, guard = SealsCheckpoints(identity), StopsWhatDiverges(directory.checkpoints)
    log = LogFile(run.output / FILE_NAME, often=not {"logging_steps", "logging_strategy"} & run.trainer.keys())
    callbacks = [log, seals, Progress(show, progress), guard]
    show.begin("Preparing the data")
    trainer = build_trainer(run, config, model, tokenizer, records, callbacks=callbacks, show=show)
    seals.trainer = trainer
    guard.watch(trainer)
    term = _attached(run, trainer, groups, reference, show)
    if config.process_index == 0:
        clear_away(passed_over)
        directory.claim(run.to_dict())
        began = _began(directory, goes_on=checkpoint is not None)
        directory.record(**began, **_facts(config), inputs=inputs, consistency=term)
    trainer.accelerator.wait_for_everyone()
    spectrum = Spectrum(run.output, trainer, tokenizer, groups if run.spectrum else None, show)
    before = spectrum.before(again=checkpoint is None)
    show.begin("Training")
    _steps(run, trainer, checkpoint)
    guard.check(trainer.model, trainer.state.global_step)
    spectrum.after(before)
    show.begin("Saving the model")
    _save(run, directory, trainer, usage, model_card(run, inputs, len(records), groups, trainer.state.global_step))


def _attached(
    run: RunFile, trainer: Any, groups: PromptGroups | None, reference: Path | None, show: Show
) -> dict[str, Any] | None:
    """Attaches the term, if there is one, and gives its facts."""
    from ..attach.trainer import attach_to  # which loads torch

    if run.consistency is None or groups is None:
        return None
    folder = reference or run.output / REFERENCE
    # The rows are written here, with the term's own template; what is odd about it has been said of the first row.
    options: dict[str, Any] = {"reference": folder, "chat": Chat(), "show": show, "written": True}
    return attach_to(trainer, run.consistency, groups, **options).facts()


def _steps(run: RunFile, trainer: Any, checkpoint: Path | None) -> None:
    """Those that are left."""
    if checkpoint is not None and (tokens := tokens_of(checkpoint)) is not None:
        trainer._total_train_tokens = tokens  # TRL's count begins anew where a run continues
    if checkpoint is None or not _restored_at_the_end(trainer, checkpoint):
        expected, begun = f"settings that {type(trainer).__name__} trains with", trainer.state.global_step

        def concerns(error: Exception) -> bool:
            return trainer.state.global_step == begun and by_a_trainer(error)

        with naming_the_setting(run, run.method, expected, concerns=concerns):
            trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)


def _began(directory: RunDirectory, *, goes_on: bool) -> dict[str, Any]:
    """When the run began, and when it went on."""
    if goes_on:
        return {"resumed_at": [*directory.environment().get("resumed_at", []), now()]}
    return {"started_at": now(), "resumed_at": [], "finished_at": None}


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


def _as_it_is_served(trainer: Any) -> None:
    """Gives the model all tokens that end an answer, and the tokenizer the chat template that the model came with."""
    from ..models.decoder import unwrapped  # which loads torch

    model, tokenizer = unwrapped(trainer.model), trainer.processing_class
    if ends := sorted(end_tokens(model, tokenizer)):
        model.generation_config.eos_token_id = ends if len(ends) > 1 else ends[0]
    tokenizer.chat_template = original(tokenizer)


def _save(run: RunFile, directory: RunDirectory, trainer: Any, usage: Usage, card: str) -> None:
    """Writes the model aside, moves it in, and says last that the run has finished."""
    aside, main = run.output / ".model", trainer.args.process_index == 0
    if main:
        shutil.rmtree(aside, ignore_errors=True)
    trainer.accelerator.wait_for_everyone()
    _as_it_is_served(trainer)
    trainer.save_model(str(aside))
    trainer.accelerator.wait_for_everyone()
    if not main:
        return
    if is_ours(run.output / README):
        write_text(aside / README, card)  # in place of the adapter's, which says nothing of the training
    else:
        (aside / README).unlink(missing_ok=True)
        step = "Remove it to have one written by another training"
        warnings.warn(problem(str(run.output / README), "a model card of isoglot, or none", "another text", step))
    directory.take_in(aside)
    directory.record(finished_at=now(), steps=trainer.state.global_step, finished=True, usage=usage.facts())
    directory.tidy(run.trainer)
