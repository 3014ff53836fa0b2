"""The spectrum of prompt groups at every layer of a model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor

from .. import representation as rep
from ..files import without_nan
from ..groups import KINDS, PromptGroups
from ..models.decoder import find_decoder
from .states import cell_states

ALL, UNKNOWN = "all", "unknown"
_MEASURES = {
    "leading_share": rep.leading_share,
    "effective_rank": rep.effective_rank,
    "min_cosine": rep.min_cosine,
    "between_cosine": rep.between_cosine,
}


def layer_spectrum(
    model: Any,
    tokenizer: Any,
    groups: PromptGroups,
    *,
    limit: int = 64,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """How alike the languages of a prompt, and how different the prompts, are at each decoder layer.

    Args:
        model: a Hugging Face model.
        tokenizer: its tokenizer.
        groups: prompts; those in one language only are left out.
        limit: most groups of each kind, the first ones.
        progress: called with the number of groups that have been run, and of all.

    Returns:
        Plain values: ``layers`` (1 to the depth) and ``kinds``: for ``all`` and each kind of prompt there is
        (``harmful``, ``harmless``, ``unknown``), ``groups`` (how many) and, by layer, means over the groups of
        ``leading_share``, ``effective_rank``, ``min_cosine`` and ``spectrum`` (shares of the squared singular values,
        descending), and ``between_cosine`` (None for a single group). Without groups in several languages ``kinds``
        is empty.

    Example:
        In a run directory, ``spectrum.json`` holds two of these, ``before`` and ``after``.
    """
    layers = list(range(1, find_decoder(model).depth + 1))
    several = [group for group in groups if len(group.prompts) > 1]
    by_kind = {kind or UNKNOWN: [g for g in several if g.kind == kind][:limit] for kind in (*KINDS, None)}
    by_kind = {kind: members for kind, members in by_kind.items() if members}
    chosen = [group for members in by_kind.values() for group in members]
    if not chosen:
        return {"layers": layers, "kinds": {}}
    states, mask, _ = cell_states(model, tokenizer, chosen, progress)
    kinds, start = {ALL: _measured(states, mask)}, 0
    for kind, members in by_kind.items():
        part = slice(start, start + len(members))
        kinds[kind] = _measured(states[:, part], mask[part])
        start = part.stop
    return {"layers": layers, "kinds": kinds}


def _measured(states: Tensor, mask: Tensor) -> dict[str, Any]:
    """All measures of some groups, layer by layer."""
    measures: dict[str, Any] = {"groups": mask.size(0)}
    for name, measure in _MEASURES.items():
        measures[name] = [round(measure(layer.float(), mask).mean().item(), 6) for layer in states]
    measures["spectrum"] = [_shares(layer.float(), mask) for layer in states]
    made: dict[str, Any] = without_nan(measures)
    return made


def _shares(states: Tensor, mask: Tensor) -> list[float]:
    squared = rep.singular_values(states, mask).square()
    mean = (squared / squared.sum(-1, keepdim=True)).mean(0)
    return [round(value, 6) for value in mean.tolist()]
