"""Runs the half of an encoder-decoder that reads the prompt."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from .decoder import is_encoder_decoder, lists_of, unwrapped


@contextlib.contextmanager
def only_prompt(model: Any, input_ids: Tensor) -> Iterator[dict[str, Any]]:
    """Takes out the layers that write the answer, and yields what the model's forward wants next to the prompt.

    The call can so go through the model itself and its wrappers, at the price of one token that passes no layer of the
    decoder. That token reaches nothing that the encoder computes. Nothing happens to any other kind of model.

    Args:
        model: a Hugging Face model, possibly wrapped.
        input_ids: (rows, tokens) of the prompts.
    """
    base = unwrapped(model)
    if not is_encoder_decoder(base):
        yield {}
        return
    stack = base.get_decoder()
    text = getattr(stack, "config", base.config).get_text_config(decoder=True)
    found = list(lists_of(stack, getattr(text, "num_hidden_layers", None)))
    kept = [(one, one.layers) for one in found]
    for one in found:
        one.module._modules[one.name] = nn.ModuleList()
    try:
        yield {"decoder_input_ids": torch.zeros_like(input_ids[:, :1])}
    finally:
        for one, layers in kept:
            one.module._modules[one.name] = layers
