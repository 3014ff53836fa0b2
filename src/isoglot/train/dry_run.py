"""What a run would do, without doing it: all is looked at that can be without weights, and nothing is written."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..attach.reach import check_reach
from ..attach.tokens import LOOKED_AT
from ..consistency import Consistency
from ..consistency.prompts import TermPrompts
from ..consistency.value import compares_prompts
from ..errors import ConfigError, IsoglotError, raise_all
from ..groups import PromptGroups
from ..groups.counts import counts
from ..models.chat import rendered
from ..models.decoder import find_decoder, is_encoder_decoder, most_positions
from ..models.layers import resolve_layer
from ..progress import Show, of_one_process
from .build import build_config, load_tokenizer, look_at_model, look_at_trained, read_inputs
from .checkpoints import look
from .directory import RunDirectory
from .methods import METHODS
from .own_code import importable
from .run import inputs_of
from .run_file import RunFile
from .silence import silence
from .template import check_template


def dry_run(run: RunFile, *, show: Show | None = None, tell: Callable[[str], None] | None = None) -> dict[str, Any]:
    """Checks files, options, data, layers and chat template of a run as training would, and says what it comes to.

    Args:
        run: what would be done.
        show: called with progress.
        tell: is told what each column of a table of prompts was taken for.

    Returns:
        Plain values: ``output``, ``state`` (``"begins"``, ``"goes on"``, ``"finished"``) and the ``step`` it goes on
        from; ``method``, ``model``, ``parameters`` and how many are ``trained``, ``layers``; ``rows`` of alignment
        data, ``steps`` (None where packing decides) and ``step_tokens``; ``prompts`` (of
        :func:`~isoglot.groups.counts.counts`, or None); ``term`` (or None): its ``layers``, groups ``compared`` and
        ``guarded``, ``tokens`` in a step on which it is applied and their ``share`` of that step's.

    Raises:
        IsoglotError: with everything that is wrong, one a line.
    """
    shown = of_one_process(show)
    with silence(), importable(run):
        return _looked_at(run, shown, tell)


def _looked_at(run: RunFile, show: Show, tell: Callable[[str], None] | None) -> dict[str, Any]:
    found, directory, method = _Problems(), RunDirectory(run.output), METHODS[run.method]
    run = run if run.model.date else run.on(directory.day())
    show.begin("Checking the files")
    inputs = inputs_of(run)
    found.at(lambda: directory.check(run.to_dict(), inputs))
    config = found.at(lambda: build_config(run, directory.checkpoints))
    show.begin("Loading the tokenizer")
    tokenizer, _ = found.at(lambda: load_tokenizer(run)) or (None, run)
    records, groups = (tokenizer and found.at(lambda: read_inputs(run, tokenizer, tell, show))) or ([], None)
    show.begin("Looking at the model")
    model, term, tokens = found.at(lambda: look_at_model(run)), None, 0.0
    model = (model and found.at(lambda: look_at_trained(run, model))) or model
    if records and model and tokenizer and config:
        show.begin("Counting tokens")
        found.at(lambda: check_template(tokenizer, model, records[0], method.answers))
        tokens = tokens_in_a_step(tokenizer, records, method.answers, config)
        if (settings := run.consistency) is not None and groups is not None:
            term = found.at(lambda: _term(settings, groups, model, tokenizer, tokens, config.world_size))
    found.raise_all()
    checkpoint, _ = look(directory.checkpoints, directory.identity(run.to_dict(), inputs))
    return {
        "output": str(run.output),
        **_state(directory, checkpoint),
        "method": run.method,
        **_shape(run, model),
        "rows": len(records),
        "steps": optimizer_steps(config, len(records)),
        "step_tokens": round(tokens),
        "prompts": None if groups is None else counts(groups),
        "term": term,
    }


class _Problems:
    """Everything that is wrong, gathered."""

    def __init__(self) -> None:
        self._errors: list[IsoglotError] = []

    def at(self, look: Callable[[], Any]) -> Any:
        """What comes of looking; None, and the error kept, if it is one of ours."""
        try:
            return look()
        except IsoglotError as error:
            self._errors.append(error)
            return None

    def raise_all(self) -> None:
        kinds = {type(error) for error in self._errors}
        lines = dict.fromkeys(line for error in self._errors for line in str(error).split("\n"))
        raise_all(list(lines), kinds.pop() if len(kinds) == 1 else ConfigError)


def _state(directory: RunDirectory, checkpoint: Path | None) -> dict[str, Any]:
    if directory.finished:
        return {"state": "finished", "step": None}
    if checkpoint is None:
        return {"state": "begins", "step": None}
    return {"state": "goes on", "step": int(checkpoint.name.rpartition("-")[2])}


def _shape(run: RunFile, model: Any) -> dict[str, Any]:
    sizes = [(parameter.numel(), parameter.requires_grad) for parameter in model.parameters()]
    return {
        "model": run.model.path,
        "parameters": sum(size for size, _ in sizes),
        "trained": sum(size for size, is_trained in sizes if is_trained),
        "layers": find_decoder(model).depth,
    }


def optimizer_steps(config: Any, rows: int) -> int | None:
    """Optimizer steps of a training on so many rows; None where rows are packed together, and only then counted."""
    if config.max_steps > 0:
        return int(config.max_steps)
    if getattr(config, "packing", False):
        return None
    together = config.train_batch_size * config.world_size
    batches = rows // together if config.dataloader_drop_last else math.ceil(rows / together)
    updates: int = max(1, math.ceil(batches / config.gradient_accumulation_steps))
    epochs: float = config.num_train_epochs
    return math.ceil(epochs * updates)


def tokens_in_a_step(
    tokenizer: Any, records: Sequence[Mapping[str, Any]], answers: Sequence[str], config: Any
) -> float:
    """Tokens of the training's own in an optimizer step, about: of the first rows, as the method reads them."""
    most, some = config.max_length or math.inf, records[:LOOKED_AT]
    mean = sum(min(most, _length(tokenizer, row["prompt"], row[name])) for row in some for name in answers) / len(some)
    return float(mean * config.train_batch_size * config.gradient_accumulation_steps * config.world_size)


def _length(tokenizer: Any, prompt: Any, answer: Any) -> int:
    if isinstance(prompt, str):
        return len(tokenizer(prompt + answer).input_ids) + 1  # the end token
    text = rendered(tokenizer, prompt + answer, answered=True)
    return len(tokenizer(text, add_special_tokens=False).input_ids)


def _term(
    consistency: Consistency, groups: PromptGroups, model: Any, tokenizer: Any, training: float, processes: int
) -> dict[str, Any]:
    """What the term would be over, and cost."""
    layers = [resolve_layer(layer, find_decoder(model).depth) for layer in consistency.layers]
    if consistency.weight:
        check_reach(model, consistency, layers)
    prompts = TermPrompts(
        groups,
        tokenizer,
        consistency,
        positions=most_positions(model),
        between=compares_prompts(consistency),
        training=training,
        processes=processes,
        closed=is_encoder_decoder(model),
    )
    return {
        "layers": layers,
        "compared": len(prompts.compared),
        "guarded": len(prompts.guarded),
        "every": consistency.every,
        "tokens": round(prompts.limits.tokens),
        "share": prompts.limits.share,
    }
