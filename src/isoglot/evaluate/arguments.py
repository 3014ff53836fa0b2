"""What is given to ``evaluate``: the right kinds of things, in the right places."""

from __future__ import annotations

from typing import Any

from ..errors import ConfigError, raise_all
from ..groups.arguments import groups_problems
from ..judges import as_batch_judge
from ..models.arguments import model_problems, tokenizer_problems

_EVALUATE = "evaluate"


def check_arguments(model: Any, tokenizer: Any, groups: Any, judge: Any) -> None:
    """Refuses what ``evaluate`` cannot work with.

    Args:
        model, tokenizer, groups: as given.
        judge: as given; None is the offline rules.

    Raises:
        ConfigError: for every argument of another kind.
    """
    step = "Load it, as by AutoModelForCausalLM.from_pretrained, or run: isoglot evaluate MODEL"
    found = [
        *model_problems(_EVALUATE, model, step),
        *tokenizer_problems(_EVALUATE, tokenizer),
        *groups_problems(_EVALUATE, groups),
    ]
    if judge is not None:
        try:
            as_batch_judge(judge)
        except ConfigError as error:
            found.append(f"{_EVALUATE}, {error}")
    raise_all(found, ConfigError)
