"""A model looked at before training: by layer and language, what there is to transfer, and at which layer."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from ..consistency.outlook import ALIKE
from ..errors import ModelError, problem
from ..files import without_nan
from ..groups import PromptGroups
from ..models.decoder import find_decoder
from ..models.layers import resolve_layer
from ..representation.space import check_kind
from .choice import DEFAULT, choose
from .estimates import Estimates, by_language
from .layer import Cells, LayerProbe, look_at_layer
from .states import CellStates, cell_states
from .usable import usable

FEW = 30  # prompts of a kind
KIND_NUMBERS = {"harmful": 1, "harmless": 0, None: -1}


@dataclass(frozen=True)
class Probe:
    """What :func:`probe` found.

    Attributes:
        pivot: the language that harmful and harmless are told apart in, tag.
        languages: the others.
        groups: kind -> how many prompt groups; ``unknown`` for those that say none.
        space: in which states are compared.
        layers: from the lowest.
        recommended_layer: from 1.
        reason: why, in a sentence.
        near: share of draws of the prompts in which the same rule picks this layer or one next to it; None where
            nothing was chosen by it, or prompts are too few to be drawn.
        layer: that of ``estimates``.
        estimates: language -> measure -> estimate with its 95 % interval over prompts; the pivot's too.
        notes: what else must be known, a sentence each.
    """

    pivot: str
    languages: Sequence[str]
    groups: Mapping[str, int]
    space: str
    layers: Sequence[LayerProbe]
    recommended_layer: int
    reason: str
    near: float | None
    layer: int
    estimates: Mapping[str, Estimates]
    notes: Sequence[str]

    @property
    def worth_trying(self) -> list[int]:
        """Layers for a run or a sweep: a recommended one above the default comes second to it."""
        return _worth_trying(self.recommended_layer, len(self.layers))

    def to_record(self) -> dict[str, Any]:
        """Plain values, for a file; None for what is not known."""
        estimates = {tag: {name: one.as_dict() for name, one in by.items()} for tag, by in self.estimates.items()}
        made: dict[str, Any] = without_nan(
            vars(self) | {"layers": [layer._asdict() for layer in self.layers], "estimates": estimates}
        )
        return made


def probe(
    model: Any,
    tokenizer: Any,
    groups: PromptGroups,
    *,
    space: str = "standardized",
    layer: int | float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Probe:
    """Looks at a model through prompts in several languages; nothing is trained, nothing generated.

    At each layer, where the term would look: how alike translations are, whether prompts lie by meaning or by language,
    and whether the line that tells harmful from harmless prompts in the pivot does so in other languages. What the
    term transfers is what the model already has in common between languages.

    Args:
        model: a Hugging Face model.
        tokenizer: its tokenizer.
        groups: prompts of one pivot, at least two groups in several languages; groups without the pivot, in one
            language, or with a pivot's prompt that another one has, are left out. Harmful and harmless ones, 30 of each
            and more, or that line is not drawn.
        space: as ``Consistency.space``.
        layer: of the estimates by language, as ``Consistency.layer``; None: the one recommended.
        progress: called with the number of groups that have been run, and of all.

    Raises:
        DataError: for fewer than two groups, or several pivots.
        ConfigError: for a space or a layer that there is not.
        ModelError: for states that are not numbers, as of weights that do not fit into half precision.
    """
    check_kind(space)
    at = None if layer is None else resolve_layer(layer, find_decoder(model).depth, where="layer")
    chosen = usable(groups)
    states, pivot = cell_states(model, tokenizer, chosen.groups, progress), chosen.pivot
    kinds = torch.tensor([KIND_NUMBERS[group.kind] for group in chosen.groups])
    place = states.languages.index(pivot)
    cells = Cells.of(states.mask, states.languages, place, kinds)
    _check_numbers(states)
    looked = [look_at_layer(number + 1, values.float(), cells, space) for number, values in enumerate(states.values)]
    others = [number for number in range(len(states.languages)) if number != place]
    told = [one.apart.separability[:, others] for one in looked if one.apart]
    contrast = np.stack([one.contrast for one in looked], axis=1)
    choice = choose(np.stack(told, axis=1) if told else None, contrast, pivot=pivot)
    at = at or choice.layer
    estimates = by_language(looked[at - 1], cells)
    return Probe(
        pivot,
        [states.languages[number] for number in others],
        {name or "unknown": count for name in KIND_NUMBERS if (count := int((kinds == KIND_NUMBERS[name]).sum()))},
        space,
        [one.found for one in looked],
        *choice,
        at,
        estimates,
        [*chosen.notes, *_late(choice.layer, len(looked)), *_notes(looked[at - 1].found, estimates, cells, space)],
    )


def _check_numbers(states: CellStates) -> None:
    """Refuses NaN and infinity, of which any measure would be made up."""
    for number, values in enumerate(states.values):
        bad = int((~values[states.mask].isfinite()).any(-1).sum())
        if bad:
            got = f"NaN or infinity in {bad} of {int(states.mask.sum())} prompts"
            step = "Load the model in another precision (isoglot probe: --dtype float32), or look at its weights"
            raise ModelError(problem(f"layer {number + 1}", "states that are numbers", got, step))


def _worth_trying(layer: int, depth: int) -> list[int]:
    default = resolve_layer(DEFAULT, depth)
    return [default, layer] if layer > default else [layer]


def _late(layer: int, depth: int) -> list[str]:
    """What is said of a layer above the term's default: it may tell kinds apart well, and cost what is answered."""
    tried = _worth_trying(layer, depth)
    if len(tried) == 1:
        return []
    return [
        f"Layer {layer} is above half of the depth: where layers were tried, the later one was, the fewer harmless "
        f"prompts were answered. Sweep consistency.layer over {tried[0]} and {layer}, and look at both."
    ]


def _notes(found: LayerProbe, estimates: Mapping[str, Estimates], cells: Cells, space: str) -> list[str]:
    """What a reader must know of a layer."""
    notes = []
    if found.others > ALIKE:
        advice = "Look in the space standardized" if space == "raw" else "Choose another layer"
        notes.append(
            f"All prompts look alike at layer {found.layer} in the space {space}: a prompt and translations of others "
            f"have a mean cosine of {found.others:.3f}. There is hardly anything to pull together. {advice}."
        )
    apart = {tag: by["separability"] for tag, by in estimates.items() if "separability" in by}
    if unknown := [tag for tag, one in apart.items() if math.isnan(one.value)]:
        notes.append(
            f"Harmful and harmless prompts are not both there in {', '.join(unknown)}: nothing is known of how "
            "they are told apart there."
        )
    pivot = cells.languages[cells.pivot]
    none = [tag for tag, one in apart.items() if one.low <= 0.5]
    if pivot in none:
        notes.append(
            f"Not even in the pivot {pivot} are harmful and harmless prompts told apart at layer {found.layer}, or too "
            "few prompts show it: what is said of the other languages means little."
        )
    elif none:
        notes.append(
            f"Harmful and harmless prompts are not told apart in {', '.join(none)} at layer {found.layer}, or too few "
            f"prompts show it: they have little in common with {pivot} to carry refusals over."
        )
    if alone := [tag for place, tag in enumerate(cells.languages) if int(cells.mask[:, place].sum()) == 1]:
        notes.append(
            f"There is one prompt alone in {', '.join(alone)}, which is found by chance too: nothing is known of "
            "translations found there."
        )
    counts = {name or "unknown": int((cells.kinds == number).sum()) for name, number in KIND_NUMBERS.items()}
    there = {name: count for name, count in counts.items() if count}
    if min(there.values()) < FEW:
        said = ", ".join(f"{count} {name}" for name, count in there.items())
        notes.append(f"There are few prompts ({said}): the intervals are wide, and the layer may be another with more.")
    return notes
