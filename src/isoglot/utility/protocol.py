"""What the protocol card of an evaluation says about the utility that was measured with it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..evaluate.protocol.made_with import protocol_of
from ..evaluate.protocol.protocol_files import rewrite_protocol
from ..runs.card import KEY

WITH = "texts go through the model's chat template, examples as turns of the conversation"
WITHOUT = "texts as lm-eval writes them, without a chat template"


def note_in_protocol(folder: Path, found: Mapping[str, Any]) -> None:
    """Adds to the card how utility was measured; nothing where there is no card.

    Args:
        folder: of the evaluation.
        found: what ``utility.json`` holds.
    """
    protocol = protocol_of(folder)
    card = protocol.get(KEY)
    if not isinstance(card, Mapping):
        return
    asked = found["asked"]
    facts = {
        "tasks": sorted(found["tasks"]),
        "samples_of_each": "all" if asked["limit"] is None else asked["limit"],
        "template": WITHOUT if asked["chat_template"] is False else WITH,
        "base": found["base"] or "none",
        "lm_eval": asked["lm_eval"],
    }
    rewrite_protocol(folder, {**protocol, KEY: {**card, "utility": facts}})
