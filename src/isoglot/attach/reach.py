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
    modules = list(find_decoder(model).layers[first - 1 : deepest])
    if first == 1:
        before = [unwrapped(model).get_input_embeddings(), getattr(model, "prompt_encoder", None)]
        modules += [module for module in before if module is not None]
    # Only until one is trained: this is looked at on every step.
    trained = any(parameter.requires_grad for module in modules for parameter in module.parameters())
    # An engine may keep the parameters of all layers elsewhere: then nothing is known of them.
    if not trained and any(True for module in modules for _ in module.parameters()):
        expected = f"trainable parameters in decoder layers {first} to {deepest}"
        step = "Choose a deeper consistency.layer, or train (or adapt) these layers"
        raise ModelError(problem("consistency", expected, "none", step))
