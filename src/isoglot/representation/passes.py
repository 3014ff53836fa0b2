"""Prompts through the model, pass by pass, forward and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor

from ..models.embeddings import rows_only
from ..models.randomness import RandomState, random_state, same_randomness
from .planning import TOKENS_PER_PASS, PromptPass, plan_passes
from .states import token_states

Backward = Callable[[Tensor, bool], None]  # what is to be back-propagated, and whether it is the last of a step


class PromptStates:
    """Last-token states of prompts, and the way back from their gradients to the model's.

    Run once, the graphs of all passes are held until the way back. Run twice, each pass is made again on the way back,
    when the gradients of its states are known (Gao et al. 2021, arXiv 2101.06983): what is held then does not grow with
    the number of prompts, for a third more time.

    Args:
        model: a Hugging Face model, possibly wrapped.
        passes: over all prompts.
        layers: decoder layers counted from 1.
        once: whether to run them once.
        gradient_layers: as for :func:`token_states`.
        row_gradients: whether the embedding table's gradient may be added row by row (``rows_only``), for engines that
            do not wait for it.
    """

    def __init__(
        self,
        model: Any,
        passes: Sequence[PromptPass],
        layers: Sequence[int],
        *,
        once: bool,
        gradient_layers: int | None = None,
        row_gradients: bool = False,
    ) -> None:
        self._model, self._passes, self._layers = model, passes, layers
        self._once, self._gradient_layers, self._row_gradients = once, gradient_layers, row_gradients
        self._found: list[Tensor] = []
        self._random: list[RandomState] = []

    def forward(self) -> Tensor:
        """(layers, prompts, hidden size), in the order given, without a graph."""
        with torch.set_grad_enabled(torch.is_grad_enabled() and self._once):
            for one in self._passes:
                if not self._once:
                    self._random.append(random_state(self._model))
                self._found.append(self._run(one))
        if not self._once:
            torch.clear_autocast_cache()  # its copies of the weights lead back to nothing
        return _in_order([found.detach() for found in self._found], self._passes)

    def backward(self, gradient: Tensor, backward: Backward, along: Tensor | None = None, *, last: bool = True) -> None:
        """Back-propagates the gradient of the states.

        Args:
            gradient: (layers, prompts, hidden size).
            backward: called with a scalar to back-propagate, and whether it is the last.
            along: a scalar to back-propagate with it.
            last: whether nothing comes after these states.
        """
        if self._once:
            parts = [_toward(found, one, gradient) for found, one in zip(self._found, self._passes, strict=True)]
            backward(torch.stack(parts).sum() + (0 if along is None else along), last)
            return
        for number, (one, random) in enumerate(zip(self._passes, self._random, strict=True)):
            with same_randomness(self._model, random):
                found = self._run(one)
            part = _toward(found, one, gradient)
            final = number == len(self._passes) - 1
            backward(part + along if final and along is not None else part, last and final)

    def _run(self, one: PromptPass) -> Tensor:
        with rows_only(self._model) if self._row_gradients else nullcontext():
            return _run(self._model, one, self._layers, self._gradient_layers)


def prompt_states(
    model: Any,
    prompts: Sequence[Sequence[int]],
    layers: Sequence[int],
    *,
    pad: int,
    most: int = TOKENS_PER_PASS,
    gradient_layers: int | None = None,
    behind: int = 0,
) -> Tensor:
    """Last-token states of prompts of any lengths, with gradients if they are enabled.

    Args:
        model: as for :func:`token_states`.
        prompts: token ids, prompt by prompt.
        layers: decoder layers counted from 1.
        pad: token id to fill up with.
        most: tokens in a pass, padding included.
        gradient_layers: as for :func:`token_states`.
        behind: as for :func:`plan_passes`.

    Returns:
        (len(layers), len(prompts), hidden size), in the order given.
    """
    passes = plan_passes(model, prompts, pad=pad, most=most, behind=behind)
    return pass_states(model, passes, layers, gradient_layers=gradient_layers)


def pass_states(
    model: Any, passes: Sequence[PromptPass], layers: Sequence[int], *, gradient_layers: int | None = None
) -> Tensor:
    """As :func:`prompt_states`, of passes that are planned: one at least."""
    return _in_order([_run(model, one, layers, gradient_layers) for one in passes], passes)


def _run(model: Any, one: PromptPass, layers: Sequence[int], gradient_layers: int | None) -> Tensor:
    """(layers, prompts of the pass, hidden size)."""
    return token_states(
        model,
        one.input_ids,
        one.attention_mask,
        layers,
        position_ids=one.position_ids,
        gradient_layers=gradient_layers,
        at=one.ends,
    )


def _toward(found: Tensor, one: PromptPass, gradient: Tensor) -> Tensor:
    """A scalar whose gradient with respect to what a pass found is the given one."""
    part = gradient[:, one.places].detach()
    return (found.to(part.dtype) * part).sum()


def _in_order(found: Sequence[Tensor], passes: Sequence[PromptPass]) -> Tensor:
    """What passes found, put together in the order in which the prompts were given."""
    places = torch.tensor([place for one in passes for place in one.places], device=found[0].device)
    return torch.cat(list(found), dim=1)[:, places.argsort()]
