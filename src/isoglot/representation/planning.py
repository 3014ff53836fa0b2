"""Prompts of any lengths cut into passes of bounded size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ..models.buckets import buckets
from ..models.decoder import unwrapped

TOKENS_PER_PASS = 4096
_OVERHEAD = {"cpu": 32}  # what a pass costs next to its tokens, in tokens: kernels to be started
_OVERHEAD_ELSEWHERE = 512
_ATTENTION = {"full_attention", "sliding_attention", "chunked_attention"}


class PromptPass(NamedTuple):
    """One forward pass over some prompts."""

    places: list[int]  # of these prompts among all given
    input_ids: Tensor  # (rows, tokens)
    attention_mask: Tensor | None
    position_ids: Tensor | None
    ends: tuple[Tensor, Tensor]  # rows and columns of the prompts' last tokens

    def without_prompts(self) -> PromptPass:
        """The same pass, of which nothing is taken: for processes that must make the same number as others."""
        return self._replace(places=[], ends=(self.ends[0][:0], self.ends[1][:0]))


def plan_passes(
    model: Any,
    prompts: Sequence[Sequence[int]],
    *,
    pad: int,
    most: int = TOKENS_PER_PASS,
    held: int | None = None,
    single: bool = False,
    behind: int = 0,
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
        behind: tokens that the tokenizer put behind each prompt, as encoders read it; the prompt's last is before them.

    Returns:
        Passes on the model's device, of which each prompt is in one.
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
            (torch.arange(len(bucket.places), device=device), bucket.attention_mask.sum(-1) - 1 - behind),
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
