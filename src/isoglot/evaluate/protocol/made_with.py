"""What an evaluation is made with: written next to its numbers, and compared before it is gone on with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...errors import RunError, problem
from ...models.template import facts
from ...runs import RESPONSES
from ...runs.evaluations import PROTOCOL, TEMPLATE, asked_of
from ...runs.folder import refuse_other_settings
from ...runs.json_file import read_object
from ..answering.cells import Assignment


def asked(assignment: Assignment) -> dict[str, Any]:
    """What is asked of a model, whichever it is: the prompts and how they are answered."""
    groups, decoding = assignment.groups, assignment.decoding
    prompts = sum(len(group.prompts) for group in groups)
    several = {"responses": prompts * decoding.samples} if decoding.samples > 1 else {}
    return {
        "prompts_hash": groups.prompts_hash,
        "languages": list(groups.languages),
        "prompts": prompts,
        **several,
        "decoding": decoding.as_dict(),
        **({"prompt_sets": [dict(one) for one in assignment.sets]} if assignment.sets else {}),
    }


def of_template(tokenizer: Any) -> dict[str, Any]:
    """What a protocol says of a chat template into which something was written; empty for any other."""
    said = facts(tokenizer)
    return {TEMPLATE: said} if said else {}


def protocol_of(folder: Path) -> dict[str, Any]:
    """What the folder's evaluation was made with; empty if it does not say.

    Raises:
        RunError: if its file is broken.
    """
    return read_object(folder / PROTOCOL, "the settings of an evaluation")


def goes_on(output: Path, protocol: Mapping[str, Any]) -> bool:
    """Whether the folder holds an evaluation made with the same; False if it holds none.

    Raises:
        RunError: if it holds one made with anything else, or responses of which nothing is known.
    """
    before = protocol_of(output)
    if not before:
        if (output / RESPONSES).exists():
            got, step = "responses without protocol.json, of an unknown model", "Choose another --output"
            raise RunError(problem(str(output), "an empty folder", got, step))
        return False
    there, now = ({"model_hash": one.get("model_hash"), **asked_of(one)} for one in (before, protocol))
    refuse_other_settings(output, there, now, "an evaluation", step="Choose another --output, as runs/NAME")
    return True
