"""Prompts of any lengths through the model: in passes of bounded size, forward and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ..models.buckets import buckets
from ..models.decoder import unwrapped
from ..models.embeddings import rows_only
from ..models.randomness import RandomState, random_state, same_randomness
from .states import token_states

TOKENS_PER_PASS = 4096
_OVERHEAD = {"cpu": 32}  # what a pass costs beside its tokens, in tokens: kernels to be started
_OVERHEAD_ELSEWHERE = 512
_ATTENTION = {"full_attention", "sliding_attention", "chunked_attention"}

Backward = Callable[[Tensor, bool], None]  # what is to be back-propagated, and whether it is the last of a step


class PromptPass(NamedTuple):
    """One forward pass over some prompts."""

    places: list[int]  # of these prompts among all given
    input_ids: Tensor  # (rows, tokens)
    attention_mask: Tensor | None
    position_ids: Tensor | None
    ends: tuple[Tensor, Tensor]  # rows and columns of the prompts' last tokens

    def without_prompts(self) -> PromptPass:
        """The same pass, of which nothing is taken: for processes that must make as many as others do."""
        return self._replace(places=[], ends=(self.ends[0][:0], self.ends[1][:0]))


def plan_passes(
    model: Any,
    prompts: Sequence[Sequence[int]],
    *,
    pad: int,
    most: int = TOKENS_PER_PASS,
    held: int | None = None,
    single: bool = False,
) -> list[PromptPass]:
    """Cuts prompts into passes.

    Where the model's attention can keep prompts in one row apart they stand one after another without padding; else
    prompts of like length are padded to the longest of them.

    Args:
        model: that will run them.
        prompts: token ids, prompt by prompt.
        pad: token id to fill up with.
        most: tokens in a pass; a longer prompt has one to itself.
        held: tokens in all passes together, padding included, if that is possible and costs less than running them
            twice; None: as it comes.
        single: whether all are to be in one pass if they fit.
    """
    device = next(model.parameters()).device
    if keeps_apart(model):
        return [_packed(prompts, places, device) for places in _rows(prompts, most)]
    fits = single and len(prompts) * max(map(len, prompts)) <= most
    overhead = most if fits else _overhead(device)
    if not fits and held is not None:
        overhead = _overhead_within(held, prompts, most, overhead)
    return [
        PromptPass(
            bucket.places,
            bucket.input_ids,
            bucket.attention_mask,
            None,
            (torch.arange(len(bucket.places), device=device), bucket.attention_mask.sum(-1) - 1),
        )
        for bucket in buckets(prompts, pad, most=most, overhead=overhead, device=device)
    ]


def fits_at_once(model: Any, prompts: Sequence[Sequence[int]], *, most: int) -> bool:
    """Whether all passes over some prompts, as planned, have no more than so many tokens together, padding included."""
    if sum(map(len, prompts)) > most:
        return False
    if keeps_apart(model) or len(prompts) * max(map(len, prompts)) <= most:
        return True
    return _padded(prompts, most, _overhead(next(model.parameters()).device))[0] <= most


def _overhead(device: torch.device) -> int:
    return _OVERHEAD.get(device.type, _OVERHEAD_ELSEWHERE)


def _padded(prompts: Sequence[Sequence[int]], most: int, overhead: int) -> tuple[int, int]:
    """Tokens in all passes, padding included, and number of passes."""
    sizes = [bucket.input_ids.numel() for bucket in buckets(prompts, 0, most=most, overhead=overhead)]
    return sum(sizes), len(sizes)


def _overhead_within(held: int, prompts: Sequence[Sequence[int]], most: int, overhead: int) -> int:
    """The overhead to plan with, halved until so little is padded that all passes together have ``held`` tokens.

    Where that makes so many passes that running fewer of them twice, for a third more, is cheaper it stays as it is.
    """
    if sum(map(len, prompts)) > held or len(prompts) * max(map(len, prompts)) <= held:
        return overhead
    tokens, passes = _padded(prompts, most, overhead)
    limit = (tokens + passes * overhead) * 4 / 3
    lower = overhead
    while tokens > held and lower:
        lower //= 2
        tokens, passes = _padded(prompts, most, lower)
    return lower if tokens + passes * overhead <= limit else overhead


def keeps_apart(model: Any) -> bool:
    """Whether prompts in one row are kept apart at no cost: by flash kernels, where every layer is attention."""
    config = unwrapped(model).config.get_text_config()
    adapter = getattr(model, "active_peft_config", None)
    return (
        "flash" in str(getattr(config, "_attn_implementation", ""))
        and not getattr(config, "is_encoder_decoder", False)
        and not getattr(unwrapped(model), "_is_stateful", False)
        and set(getattr(config, "layer_types", None) or ()) <= _ATTENTION
        and "mrope_section" not in (getattr(config, "rope_parameters", None) or {})  # positions of its own
        and not getattr(adapter, "is_prompt_learning", False)
    )


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

    def backward(
        self, gradient: Tensor, backward: Backward, beside: Tensor | None = None, *, last: bool = True
    ) -> None:
        """Back-propagates the gradient of the states.

        Args:
            gradient: (layers, prompts, hidden size).
            backward: called with a scalar to back-propagate, and whether it is the last.
            beside: a scalar to back-propagate along.
            last: whether nothing comes after these states.
        """
        if self._once:
            parts = [_toward(found, one, gradient) for found, one in zip(self._found, self._passes, strict=True)]
            backward(torch.stack(parts).sum() + (0 if beside is None else beside), last)
            return
        for number, (one, random) in enumerate(zip(self._passes, self._random, strict=True)):
            with same_randomness(self._model, random):
                found = self._run(one)
            part = _toward(found, one, gradient)
            final = number == len(self._passes) - 1
            backward(part + beside if final and beside is not None else part, last and final)

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
) -> Tensor:
    """Last-token states of prompts of any lengths, with gradients if they are enabled.

    Args:
        model: as for :func:`token_states`.
        prompts: token ids, prompt by prompt.
        layers: decoder layers counted from 1.
        pad: token id to fill up with.
        most: tokens in a pass, padding included.
        gradient_layers: as for :func:`token_states`.

    Returns:
        (len(layers), len(prompts), hidden size), in the order given.
    """
    passes = plan_passes(model, prompts, pad=pad, most=most)
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


def _rows(prompts: Sequence[Sequence[int]], most: int) -> list[list[int]]:
    """Places of prompts that stand in one row together, in their order."""
    rows: list[list[int]] = []
    held = most
    for place, prompt in enumerate(prompts):
        if rows and held + len(prompt) <= most:
            rows[-1].append(place)
            held += len(prompt)
        else:
            rows.append([place])
            held = len(prompt)
    return rows


def _packed(prompts: Sequence[Sequence[int]], places: list[int], device: torch.device) -> PromptPass:
    ids = [token for place in places for token in prompts[place]]
    positions = [position for place in places for position in range(len(prompts[place]))]
    ends = torch.tensor([len(prompts[place]) for place in places], device=device).cumsum(0) - 1
    row = torch.tensor([ids], device=device)
    return PromptPass(places, row, None, torch.tensor([positions], device=device), (torch.zeros_like(ends), ends))
