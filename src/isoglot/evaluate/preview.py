"""What an evaluation would do, without doing it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..groups import PromptGroups
from ..groups.counts import counts
from ..models.chat import longer_than
from ..runs import RESPONSES, read_responses
from .protocol import asked, goes_on, of_template, protocol_of
from .responses import Generator


def preview(
    model: Any, tokenizer: Any, groups: PromptGroups, output: Path, *, max_new_tokens: int, batch_size: int
) -> dict[str, Any]:
    """How many prompts there are, how many are answered already, and where the answers go.

    Args:
        model: it need not have weights.
        tokenizer: the model's.
        groups: the prompts.
        output: the evaluation's folder; it need not be there.
        max_new_tokens: longest answer.
        batch_size: prompts at a time.

    Returns:
        Plain values: ``output``; ``prompts`` (of :func:`~isoglot.groups.counts.counts`); ``answered``, and ``cut``:
        too long for the model's context, so that their beginning is left out.

    Raises:
        RunError: if the folder holds an evaluation of other prompts, or with other settings.
        ConfigError: if ``max_new_tokens`` does not fit into the model's context.
    """
    generator = Generator(model, tokenizer, max_new_tokens=max_new_tokens, batch_size=batch_size)
    before = protocol_of(output).get("model_hash")  # which weights they are of, only the weights can say
    now = {"model_hash": before, **asked(groups, max_new_tokens=max_new_tokens), **of_template(tokenizer)}
    goes_on(output, now)
    path = output / RESPONSES
    there = {response.key for response in read_responses(path)} if path.exists() else set()
    cells = [(group, tag) for group in groups for tag in group.prompts]
    prompts = [group.prompts[tag] for group, tag in cells]
    most = generator.max_length
    return {
        "output": str(output),
        "prompts": counts(groups),
        "answered": sum((group.id, tag, 0) in there for group, tag in cells),
        "cut": 0 if most is None else len(longer_than(tokenizer, prompts, most)),
    }
