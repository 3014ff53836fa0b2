"""The settings of a consistency term, checked when they are made."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator

from ..errors import ConfigError, did_you_mean, problem
from ..groups import KINDS
from ..settings import Settings
from ..settings.values import (
    AboveZero,
    AtLeastZero,
    Count,
    CountFromZero,
    CountOrNull,
    LayerNumber,
    Switch,
    is_layer,
    one_of,
)
from ..validation import Expected, unlike

# Written out, so that settings can be checked without importing torch; a test compares them with the modules.
OBJECTIVE_NAMES = ("centroid", "info_nce", "pairwise_cosine", "pivot_cosine", "pivot_distance", "rank_one")
SCALINGS = ("leading", "none")
EXTRACTORS = (None, "linear", "frozen")
LONG_PROMPTS = ("truncate", "refuse")
THOUGHT = ("after", "before")
ON_NONFINITE = ("stop", "skip")
CENTERS = (False, True, "language", "prompt")
SPACES = ("raw", "standardized", "whitened")
_IMPORTED = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")  # package.module:function


def _objective(value: Any) -> Any:
    """A function, a place to import one from, or the name of one that is listed by now."""
    if callable(value) or (isinstance(value, str) and _IMPORTED.fullmatch(value)):
        return value
    module = sys.modules.get("isoglot.objectives")
    listed = OBJECTIVE_NAMES if module is None else tuple(sorted(module.OBJECTIVES))
    if value not in listed:
        raise unlike(" or ".join(listed), did_you_mean(str(value), listed))
    return value


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _are_layers(value: Any) -> bool:
    layers = value if isinstance(value, tuple) else (value,)
    return bool(layers) and all(map(is_layer, layers))


def _are_kinds(value: Any) -> bool:
    return value == "all" or (isinstance(value, tuple) and bool(value) and set(value) <= set(KINDS))


Objective = Annotated[str | Callable[..., Any], BeforeValidator(_objective)]
Layers = Annotated[
    LayerNumber | tuple[LayerNumber, ...],
    BeforeValidator(_tuple),
    Expected("a layer number other than 0, a share of the depth, or a list of them", _are_layers),
]
Kinds = Annotated[
    str | tuple[str, ...], BeforeValidator(_tuple), Expected("all, or a list of harmful and harmless", _are_kinds)
]
Retained = Annotated[
    str | float,
    Expected(
        "harmless, or a share above 0 and below 1 of all groups",
        lambda value: value == "harmless" or (not isinstance(value, str) and 0 < value < 1),
    ),
]
Center = Annotated[bool | str, Expected("false, true, language or prompt", lambda value: value in CENTERS)]
Budget = Annotated[
    float | None,
    Expected("a share above 0 and below 1 of a step's tokens, or null", lambda value: value is None or 0 < value < 1),
]
Languages = Annotated[int | None, Expected("a whole number >= 2 or null", lambda value: value is None or value >= 2)]


class Consistency(Settings):
    """What is to be made alike over languages, how strongly, and what must stay as it is.

    The training loss gains ``weight * (objective + retention * drift + separation * crowding)``: the objective over the
    prompts of ``kinds``, the drift of guarded prompts' representations from where they were before training, and how
    much nearer different prompts have come to each other.

    Args:
        objective: ``"pivot_distance"`` (each language's representation goes where the pivot's is), ``"pivot_cosine"``
            (it turns to the pivot's), ``"rank_one"`` (the paper's), ``"pairwise_cosine"``, ``"centroid"``,
            ``"info_nce"``; the name of one that ``@objective`` listed; ``"package.module:function"``; or the function
            itself.
        layer: where hidden states of the last prompt token are taken: decoder layers from 1, negative from the top, a
            float as a share of the depth; a list for several (side by side before an extractor, averaged without).
        weight: lambda, >= 0. At 0 the metrics are logged and training is bit for bit what it would have been.
        every: the term is added on every n-th optimizer step.
        temperature: of ``rank_one`` (the paper's tau) and ``info_nce``.
        scaling: of ``rank_one``: ``"leading"`` as released, ``"none"`` as printed in the paper.
        extractor: None, ``"linear"`` (trained along, as in the paper) or ``"frozen"`` (orthonormal, fixed).
        extractor_dim: its output dimensions.
        extractor_bias: whether a linear extractor has a bias, as in the paper.
        retention: strength of the guard, >= 0, relative to the objective: guarded prompts keep their representations.
            Without it, harmless requests tend to be refused or answered in the pivot's language; more of it may bring
            fewer refusals to other languages (docs/evidence-pretrained.md).
        retain: which prompts it guards: ``"harmless"``, or a share in (0, 1) of all groups, set aside for it where
            kinds are not known.
        separation: strength of a second guard, >= 0: different prompts come no nearer to each other than they were.
        center: what is subtracted from representations first, as hidden states share a large common part that makes raw
            cosines high: False (nothing), True (the mean over all prompts before training), ``"language"`` (each
            language's own mean), or ``"prompt"``: how far a prompt was from its pivot before training, so that only
            what training has changed is compared, and what a language's own was may stay.
        space: where objective, guards and monitors look: ``"raw"`` (at the states themselves; in most models a few
            coordinates hold nearly all of the norm and hide all others), ``"standardized"`` (the mean over all prompts
            before training taken off, each coordinate divided by its spread over them), or ``"whitened"``
            (decorrelated too).
        hold_pivot: whether the pivot's representation is a target only, that other languages come to and that does not
            itself move towards them. ``pivot_distance``, ``pivot_cosine`` and ``info_nce`` hold it in any case.
        kinds: kinds of prompts made alike: a sequence of ``"harmful"``, ``"harmless"``, or ``"all"``. Groups that say
            no kind count in any case.
        languages_per_step: languages of each group per optimizer step, its pivot included; None: all.
        groups_per_step: groups per optimizer step and part of the term (objective, retention), over all processes;
            None: 8, or one for each process where those are more (two, where different prompts are compared), or fewer
            within the budget.
        budget: largest share of an optimizer step's tokens that are the term's, above 0 and below 1, where the
            training's own can be counted before it begins: fewer groups and languages are drawn then. It limits what
            ``groups_per_step`` and ``languages_per_step`` leave open; None: no limit.
        tokens_per_pass: tokens whose activations are held at once; a step with more takes several passes.
        gradient_layers: into how many layers gradients go, counted down from the (first) chosen one; None: all of them.
        max_prompt_tokens: longest prompt, template included; None: what the model takes.
        long_prompts: ``"truncate"`` (a longer one loses the beginning of its text; how many do is reported) or
            ``"refuse"``.
        thought: which token is a prompt's last where the chat template writes an empty thought at its end, as many do
            when they are told not to think: ``"after"`` it (where the answer begins in use), or ``"before"`` it (where
            a thinking model begins to think, so that one setting serves both).
        on_nonfinite: what to do about infinity or not-a-number in the term or its gradient: ``"stop"``, or ``"skip"``
            what it would have added to the step.
        warmup: optimizer steps over which the weight rises from 0.
        seed: of the draws and of the extractor.

    Raises:
        ConfigError: for every setting that cannot work, all at once.

    Example:
        >>> Consistency(objective="pivot_cosine", layer=0.5, weight=1.0, retention=1.0).layer
        0.5
    """

    where: ClassVar[str] = "consistency"
    noun: ClassVar[str] = "setting"
    null_is_absent: ClassVar[bool] = False

    objective: Objective = "pivot_distance"
    layer: Layers = 0.5
    weight: AtLeastZero = 2.0
    every: Count = 1
    temperature: AboveZero = 0.2
    scaling: Annotated[str, one_of(SCALINGS)] = "leading"
    extractor: Annotated[str | None, one_of(EXTRACTORS)] = None
    extractor_dim: Count = 512
    extractor_bias: Switch = True
    retention: AtLeastZero = 0.4
    retain: Retained = "harmless"
    separation: AtLeastZero = 0.0
    center: Center = False
    space: Annotated[str, one_of(SPACES)] = "standardized"
    hold_pivot: Switch = False
    kinds: Kinds = ("harmful",)
    languages_per_step: Languages = None
    groups_per_step: CountOrNull = None
    budget: Budget = 0.5
    tokens_per_pass: Count = 4096
    gradient_layers: CountOrNull = None
    max_prompt_tokens: CountOrNull = None
    long_prompts: Annotated[str, one_of(LONG_PROMPTS)] = "truncate"
    thought: Annotated[str, one_of(THOUGHT)] = "after"
    on_nonfinite: Annotated[str, one_of(ON_NONFINITE)] = "stop"
    warmup: CountFromZero = 0
    seed: CountFromZero = 0

    @classmethod
    def as_released(cls, **changes: Any) -> Consistency:
        """The settings of the paper's released configurations: rank one at the last layer, lambda 0.8, no guard.

        Source: the released configurations of arXiv 2602.16660: tau 0.2, extractor to 512, every 2nd step.
        """
        settings: dict[str, Any] = dict(
            objective="rank_one",
            layer=-1,
            weight=0.8,
            every=2,
            temperature=0.2,
            scaling="leading",
            extractor="linear",
            extractor_dim=512,
            retention=0.0,
            space="raw",
            kinds="all",
            budget=None,
        )
        return cls(**(settings | changes))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for a run file.

        Raises:
            ConfigError: for an objective that is a function without a place to import it from.
        """
        plain = {name: getattr(self, name) for name in type(self).model_fields}
        if callable(self.objective):
            name = getattr(self.objective, "__qualname__", "")
            path = f"{getattr(self.objective, '__module__', '')}:{name}"
            if not _IMPORTED.fullmatch(path):
                step = "Give it a name at the top of a module"
                raise ConfigError(problem("consistency.objective", "one that can be imported", repr(name), step))
            plain["objective"] = path
        return {key: list(value) if isinstance(value, tuple) else value for key, value in plain.items()}

    @property
    def layers(self) -> tuple[int | float, ...]:
        """The layers as given, always as a tuple."""
        return self.layer if isinstance(self.layer, tuple) else (self.layer,)

    def scale(self, step: int) -> float:
        """The weight at an optimizer step (from 0): 0 where the term is not due, risen linearly over the warm-up."""
        if step % self.every:
            return 0.0
        return self.weight * (min(1.0, (step + 1) / self.warmup) if self.warmup else 1.0)
