"""A log of inspect_ai as an evaluation's folder: what is in it is judged without the model."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

from ..amounts import counted
from ..errors import DataError, IsoglotError, first_line, problem
from ..evaluate.answering.cells import Assignment, Cell
from ..evaluate.answering.decoding import Decoding
from ..evaluate.answering.responses import response_of
from ..evaluate.protocol.made_with import asked, goes_on
from ..evaluate.protocol.protocol_files import begin_protocol
from ..extras import need
from ..files import write_json, write_text
from ..groups import Prompt, PromptGroup, PromptGroups
from ..providers.completion import finish_of
from ..providers.own import OF_PROVIDER
from ..runs import RESPONSES, Response
from ..runs.card import KEY
from ..runs.evaluations import PROTOCOL
from ..runs.folder import held
from .solver import said_in

if TYPE_CHECKING:
    from inspect_ai.log import EvalLog, EvalSample

SUFFIX = ".eval"
Answered = tuple[Cell, Response | None]  # None where the log has no answer


def folder_of(log: Path) -> Path:
    """The responses of a log, in a folder next to it with its name; a folder is itself.

    Raises:
        DataError: for a file that is no log, one of another's task, or one without any answer.
        RunError: if the folder holds something else.
    """
    if log.is_dir() or log.suffix != SUFFIX:
        return log
    need("inspect", f"the log {str(log)!r}")
    header, answered = _read(log)
    lines = [response.line() for _, response in answered if response is not None]
    if not lines:
        got = f"none to {counted(len(answered), 'prompt')}"
        step = f"Ask for them: inspect eval-retry {shlex.quote(str(log))}"
        raise DataError(problem(str(log), "answers", got, step))
    try:
        groups = _groups(cell for cell, _ in answered)
        protocol = _protocol(header, groups)
    except IsoglotError as error:  # which does not know where the prompts and settings are from
        raise DataError(f"{log}: {error}") from None
    folder = log.with_suffix("")
    with held(folder):
        if not goes_on(folder, protocol):
            write_json(folder / PROTOCOL, _with_card(protocol, header, groups))
        write_text(folder / RESPONSES, "".join(lines))
    return folder


def _read(log: Path) -> tuple[EvalLog, list[Answered]]:
    """What a log says of the whole, and each sample's cell with its response."""
    from inspect_ai.log import read_eval_log, read_eval_log_samples

    try:
        header = read_eval_log(str(log), header_only=True)
        _refuse_epochs(log, header)
        # Whole and one at a time: leaving fields out goes through a reader that takes memory by the square of a
        # value's depth, so that a small log fills it.
        return header, [_answered(log, one) for one in read_eval_log_samples(str(log), all_samples_required=False)]
    except DataError as error:  # of a prompt, it may not know where that is from
        text = str(error)
        raise DataError(text if text.startswith(str(log)) else f"{log}: {text}") from None
    except Exception as error:  # of a file that a stranger wrote
        raise DataError(problem(str(log), "a log of inspect_ai", first_line(error))) from None


def _refuse_epochs(log: Path, header: EvalLog) -> None:
    """More epochs than the log has samples would each be looked for.

    Raises:
        ValueError: for so many.
    """
    with ZipFile(log) as file:
        samples = sum(name.startswith("samples/") for name in file.namelist())
    if (header.eval.config.epochs or 1) > max(samples, 1):
        raise ValueError(f"{header.eval.config.epochs} epochs of {samples} samples")


def _answered(log: Path, sample: EvalSample) -> Answered:
    from .dataset import cell_of, was_cut

    cell = cell_of(sample.metadata, sample.input, sample.epoch, f"{log}, sample {sample.id}")
    output = sample.output
    try:
        said = said_in(output)
    except ValueError:
        return cell, None
    if sample.error is not None:
        return cell, None
    cut = was_cut(output)
    return cell, response_of(cell, said.answer, finish_of(output.stop_reason), prompt_cut=cut, reasoning=said.reasoning)


def _groups(cells: Iterable[Cell]) -> PromptGroups:
    """The prompts of a log, as groups."""
    prompts: dict[str, dict[str, Prompt]] = {}
    firsts: dict[str, PromptGroup] = {}
    for cell in cells:
        firsts.setdefault(cell.group.id, cell.group)
        prompts.setdefault(cell.group.id, {})[cell.language] = cell.prompt
    whole = (PromptGroup(name, prompts[name], one.pivot, one.kind, one.category) for name, one in firsts.items())
    return PromptGroups(whole)


def _protocol(header: EvalLog, groups: PromptGroups) -> dict[str, Any]:
    """What the responses were made with, as far as the log says: as an evaluation of the same would."""
    said, plan = header.eval, header.plan.config
    config = said.model_generate_config.merge(plan)
    epochs = said.config.epochs or 1
    drawn = Decoding(config.max_tokens or 1, config.temperature or 0.0, epochs if config.temperature else 1)
    facts = asked(Assignment(groups, drawn))
    if epochs > 1:
        facts["responses"] = facts["prompts"] * epochs  # of a greedy model, too
    if config.temperature is None or config.max_tokens is None:
        facts["decoding"] = {"greedy": False, "max_new_tokens": config.max_tokens, "temperature": config.temperature}
    elif not drawn.greedy:
        facts["decoding"]["seed"] = config.seed
    known = {
        name: value for name, value in (said.metadata or {}).items() if name in ("name", "source", "licence", "hash")
    }
    sets = {"prompt_sets": [known]} if known else {}
    which = {"model": said.model, "model_hash": f"{OF_PROVIDER}{said.model}"}
    return {**which, "provider": {"inspect_ai": said.packages.get("inspect_ai")}, **facts, **sets}


def _with_card(protocol: Mapping[str, Any], header: EvalLog, groups: PromptGroups) -> dict[str, Any]:
    """The protocol with the card as an evaluation of the same would begin it; libraries are those that answered."""
    begun = begin_protocol(protocol, groups, None, None)
    return {**begun, KEY: {**begun[KEY], "software": dict(header.eval.packages)}}
