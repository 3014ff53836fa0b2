"""What a model answered to one prompt, as a record and as a line of a file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from ..errors import RunError, problem

RESPONSES = "responses.jsonl"


@dataclass(frozen=True)
class Response:
    """A model's answer to one cell.

    Attributes:
        group: the prompt group's id.
        language: the prompt's.
        kind: the prompt's (``harmful``, ``harmless`` or None).
        pivot: the group's pivot.
        prompt: the prompt's text.
        response: the answer, without special tokens.
        finish: why it ended: ``"stop"`` (the model ended it) or ``"length"``.
        prompt_cut: whether the prompt was too long for the model's context, and its beginning left out.
    """

    group: str
    language: str
    kind: str | None
    pivot: str
    prompt: str
    response: str
    finish: str
    prompt_cut: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """What a response is told by: group and language."""
        return self.group, self.language


def read_responses(path: Path) -> list[Response]:
    """The responses of a file; a last line that a kill left half-written is ignored.

    Raises:
        RunError: for any other line that is none.
    """
    found = []
    lines = path.read_bytes().split(b"\n")  # a kill may leave half a character, too
    for number, line in enumerate(lines, start=1):
        if not line:
            continue
        try:
            found.append(Response(**json.loads(line)))
        except (ValueError, TypeError):
            if number == len(lines):
                break
            raise RunError(
                problem(f"{path}, line {number}", "a response", "something else", "Remove the file to start again")
            ) from None
    return found
