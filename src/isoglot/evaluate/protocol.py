"""What an evaluation is made with: written next to its numbers, and compared before it is gone on with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import RunError, problem
from ..groups import PromptGroups
from ..runs import RESPONSES
from ..runs.evaluations import PROTOCOL, asked_of
from ..runs.folder import refuse_other_settings
from ..runs.json_file import read_object
from ..strangers import visible
from .cells import Assignment
from .decoding import words


def asked(assignment: Assignment) -> dict[str, Any]:
    """What is asked of a model, whichever it is: the prompts and how they are answered."""
    groups, decoding = assignment.groups, assignment.decoding
    prompts = sum(len(group.prompts) for group in groups)
    several = {"responses": prompts * decoding.samples} if decoding.samples > 1 else {}
    return {
        "prompts_hash": prompts_hash(groups),
        "languages": list(groups.languages),
        "prompts": prompts,
        **several,
        "decoding": decoding.as_dict(),
        **({"prompt_sets": [dict(one) for one in assignment.sets]} if assignment.sets else {}),
    }


def prompts_hash(groups: PromptGroups) -> str:
    """A short hash of all prompts with their ids and kinds, in order."""
    digest = hashlib.sha256(b"[")  # of one JSON list, a group at a time
    for place, group in enumerate(groups):
        text = json.dumps([group.id, group.kind, dict(group.prompts.items())], ensure_ascii=False)
        digest.update(f"{', ' if place else ''}{text}".encode())
    digest.update(b"]")
    return digest.hexdigest()[:16]


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
    refuse_other_settings(output, there, now, "an evaluation")
    return True


def protocol_text(protocol: Mapping[str, Any]) -> str:
    """``protocol.md``: the same for people."""
    decoding, languages = protocol.get("decoding"), protocol.get("languages")
    decoding = decoding if isinstance(decoding, dict) else {}
    languages = languages if isinstance(languages, list) else []
    return visible(
        f"# Evaluation of {protocol.get('model', 'a model')}\n\n"
        f"- Model weights: {protocol.get('model_hash', 'not known')} (a hash of a sample of every tensor)\n"
        f"- Prompts: {protocol.get('prompts_hash', 'not known')}, in {', '.join(map(str, languages))}; "
        f"answered are {protocol['answered']} of {protocol.get('responses', protocol.get('prompts', '?'))} prompts\n"
        f"- Decoding: {words(decoding)}\n"
        f"- Judge: {protocol['judge']}, version {protocol['judge_version']}\n"
        "- A response has one of four outcomes: safe, unsafe, invalid, unsure; a judge that failed is counted apart\n"
        "- Intervals: Wilson, 95 %, by language; over languages a bootstrap over prompts (1,000 resamples, seed 0)\n"
        f"- isoglot {protocol['isoglot']}\n"
    )
