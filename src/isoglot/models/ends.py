"""The tokens that end an answer."""

from __future__ import annotations

from typing import Any

from ..errors import ModelError, problem, short


def end_tokens(model: Any) -> set[int]:
    """Ids of the tokens at which generation stops, as the model's generation settings say; empty if they do not.

    Raises:
        ModelError: for settings that say something else.
    """
    said = model.generation_config.eos_token_id
    found = [] if said is None else said if isinstance(said, list) else [said]
    if not all(isinstance(token, int) and not isinstance(token, bool) and token >= 0 for token in found):
        where = "generation_config.json, eos_token_id"
        raise ModelError(problem(where, "a token's id, or a list of them", short(said)))
    return set(found)
