"""What an evaluation would do, without doing it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..groups.counts import counts
from ..models.chat import longer_than
from .answering.cells import Assignment
from .answering.responses import Generator
from .answering.shards import answered_in
from .protocol.made_with import asked, goes_on, of_template, protocol_of


def preview(assignment: Assignment, output: Path, generator: Generator | None = None) -> dict[str, Any]:
    """How many prompts there are, how many are answered already, and where the answers go.

    Args:
        assignment: what is asked.
        output: the evaluation's folder; it need not be there.
        generator: of the model, which need not have weights; None: the model is elsewhere.

    Returns:
        Plain values: ``output``; ``prompts`` (of :func:`~isoglot.groups.counts.counts`); ``answers`` that are wanted of
        this process, ``answered``, and ``cut``: prompts too long for the model's context, so that their beginning is
        left out.

    Raises:
        RunError: if the folder holds an evaluation of other prompts, or with other settings.
    """
    before = protocol_of(output).get("model_hash")  # which weights they are of, only the weights can say
    template = {} if generator is None else of_template(generator.tokenizer)
    goes_on(output, {"model_hash": before, **asked(assignment), **template})
    there = answered_in(output)
    most = None if generator is None else generator.max_length
    cut = 0
    if generator is not None and most is not None:
        prompts = [prompt for group in assignment.groups for prompt in group.prompts.values()]
        cut = len(longer_than(generator.tokenizer, prompts, most))
    return {
        "output": str(output),
        "prompts": counts(assignment.groups),
        "answers": len(assignment.own),
        "answered": sum(cell.key in there for cell in assignment.own),
        "cut": cut,
    }
