"""What is given to ``evaluate``: the right kinds of things, in the right places."""

from __future__ import annotations

from typing import Any

from ..errors import ConfigError, problem, raise_all, short
from ..groups import PromptGroups
from ..judges import as_batch_judge


def check_arguments(model: Any, tokenizer: Any, groups: Any, judge: Any) -> None:
    """Refuses what ``evaluate`` cannot work with.

    Args:
        model, tokenizer, groups: as given.
        judge: as given; None is the offline rules.

    Raises:
        ConfigError: for every argument of another kind.
    """
    from torch import nn

    found = []
    if not isinstance(model, nn.Module):
        step = "Load it, as by AutoModelForCausalLM.from_pretrained, or run: isoglot evaluate MODEL"
        found.append(problem("evaluate, model", "a Hugging Face model", short(model), step))
    if isinstance(tokenizer, (nn.Module, type)) or not callable(tokenizer):
        step = "Load it, as by AutoTokenizer.from_pretrained"
        found.append(problem("evaluate, tokenizer", "the model's tokenizer", short(tokenizer), step))
    if not isinstance(groups, PromptGroups):
        step = (
            f"Read them: PromptGroups.read({groups!r})" if isinstance(groups, str) else "PromptGroups.read reads them"
        )
        found.append(problem("evaluate, groups", "PromptGroups", short(groups), step))
    if judge is not None:
        try:
            as_batch_judge(judge)
        except ConfigError as error:
            found.append(f"evaluate, {error}")
    raise_all(found, ConfigError)
