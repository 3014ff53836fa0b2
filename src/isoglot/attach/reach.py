"""What the term's gradient goes into, and whether anything there is trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..consistency import Consistency
from ..errors import ModelError, problem
from ..models.decoder import find_decoder, unwrapped


def check_reach(model: Any, consistency: Consistency, layers: Sequence[int]) -> None:
    """Refuses a term that would reach nothing that is trained.

    Args:
        model: with what is trained requiring gradients.
        consistency: the settings.
        layers: those of the term, counted from 1.

    Raises:
        ModelError: if no parameter is trained in the layers that its gradient goes into, nor before them.
    """
    into, deepest = consistency.gradient_layers, max(layers)
    first = 1 if into is None else max(1, min(layers) - into + 1)
    reached = [p for layer in find_decoder(model).layers[first - 1 : deepest] for p in layer.parameters()]
    if first == 1:
        before = [unwrapped(model).get_input_embeddings(), getattr(model, "prompt_encoder", None)]
        reached += [p for module in before if module is not None for p in module.parameters()]
    # An engine may keep the parameters of all layers elsewhere: then nothing is known of them.
    if reached and not any(parameter.requires_grad for parameter in reached):
        expected = f"trainable parameters in decoder layers {first} to {deepest}"
        step = "Choose a deeper consistency.layer, or train (or adapt) these layers"
        raise ModelError(problem("consistency", expected, "none", step))
