"""The settings of a consistency term, checked when they are made."""

from __future__ import annotations

import dataclasses
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import ConfigError, did_you_mean, problem, raise_all, unknown
from ..groups import KINDS

# Written out, so that settings can be checked without importing torch; a test compares them with the modules.
OBJECTIVE_NAMES = ("centroid", "info_nce", "pairwise_cosine", "pivot_cosine", "pivot_distance", "rank_one")
SCALINGS = ("leading", "none")
EXTRACTORS = (None, "linear", "frozen")
LONG_PROMPTS = ("truncate", "refuse")
ON_NONFINITE = ("stop", "skip")
CENTERS = (False, True, "language", "prompt")
SPACES = ("raw", "standardized", "whitened")
_IMPORTED = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")  # package.module:function


@dataclass(frozen=True)
class Consistency:
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
        every: on every how-manieth optimizer step the term is added.
        temperature: of ``rank_one`` (the paper's tau) and ``info_nce``.
        scaling: of ``rank_one``: ``"leading"`` as released, ``"none"`` as printed in the paper.
        extractor: None, ``"linear"`` (trained along, as in the paper) or ``"frozen"`` (orthonormal, fixed).
        extractor_dim: its output dimensions.
        extractor_bias: whether a linear extractor has a bias, as in the paper.
        retention: strength of the guard, >= 0, relative to the objective: guarded prompts keep their representations.
            Without it, harmless requests tend to be refused or answered in the pivot's language; with more of it fewer
            refusals are carried over.
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
        max_prompt_tokens: longest prompt, template included; None: as many as the model's positions.
        long_prompts: ``"truncate"`` (a longer one loses the beginning of its text; how many do is told) or
            ``"refuse"``.
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

    objective: str | Callable[..., Any] = "pivot_distance"
    layer: int | float | Sequence[int | float] = 0.5
    weight: float = 2.0
    every: int = 1
    temperature: float = 0.2
    scaling: str = "leading"
    extractor: str | None = None
    extractor_dim: int = 512
    extractor_bias: bool = True
    retention: float = 0.4
    retain: str | float = "harmless"
    separation: float = 0.0
    center: bool | str = False
    space: str = "standardized"
    hold_pivot: bool = False
    kinds: str | Sequence[str] = ("harmful",)
    languages_per_step: int | None = None
    groups_per_step: int | None = None
    budget: float | None = 0.5
    tokens_per_pass: int = 4096
    gradient_layers: int | None = None
    max_prompt_tokens: int | None = None
    long_prompts: str = "truncate"
    on_nonfinite: str = "stop"
    warmup: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        raise_all(_problems(self), ConfigError)
        for name in ("weight", "temperature", "retention", "separation"):  # 2 and 2.0 are one setting
            object.__setattr__(self, name, float(getattr(self, name)))
        if not isinstance(self.layer, (int, float)):
            object.__setattr__(self, "layer", tuple(self.layer))
        if not isinstance(self.kinds, str):
            object.__setattr__(self, "kinds", tuple(self.kinds))

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

    @classmethod
    def from_dict(cls, settings: Mapping[str, Any]) -> Consistency:
        """From a run file's section.

        Raises:
            ConfigError: for unknown keys and for settings that cannot work, all at once.
        """
        known = [field.name for field in dataclasses.fields(cls)]
        problems = [unknown(f"consistency.{key}", "setting", key, known) for key in settings if key not in known]
        try:
            made = cls(**{key: value for key, value in settings.items() if key in known})
        except ConfigError as error:
            problems.append(str(error))
        raise_all(problems, ConfigError)
        return made

    def to_dict(self) -> dict[str, Any]:
        """Plain values for a run file.

        Raises:
            ConfigError: for an objective that is a function without a place to import it from.
        """
        plain = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
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


def _listed() -> tuple[str, ...]:
    """Names of objectives: those of the library, and those that have been listed by now."""
    module = sys.modules.get("isoglot.objectives")
    return OBJECTIVE_NAMES if module is None else tuple(sorted(module.OBJECTIVES))


def _problems(settings: Consistency) -> list[str]:
    """Everything that is wrong with the settings, one sentence each."""
    found = []

    def check(name: str, fine: bool, expected: str, hint: str = "") -> None:
        if not fine:
            found.append(problem(f"consistency.{name}", expected, repr(getattr(settings, name)), hint))

    def number(name: str, least: float, *, whole: bool = False, above: bool = False, optional: bool = False) -> None:
        value, types = getattr(settings, name), (int,) if whole else (int, float)
        fine = isinstance(value, types) and not isinstance(value, bool) and least <= value < float("inf")
        fine = (fine and not (above and value == least)) or (optional and value is None)
        check(name, fine, f"a {'whole ' * whole}number {'>' if above else '>='} {least}{' or null' * optional}")

    def one_of(name: str, allowed: Sequence[str | None]) -> None:
        value, names = getattr(settings, name), [item for item in allowed if item]
        expected = " or ".join([*names, "null"] if None in allowed else names)
        check(name, value in allowed, expected, did_you_mean(str(value), names))

    objective, listed = settings.objective, _listed()
    if not callable(objective) and not (isinstance(objective, str) and _IMPORTED.fullmatch(objective)):
        one_of("objective", listed)
    layers = settings.layer if isinstance(settings.layer, (list, tuple)) else [settings.layer]
    fine = [isinstance(k, (int, float)) and not isinstance(k, bool) and k != 0 for k in layers]
    check("layer", bool(fine) and all(fine), "a layer number other than 0, a share of the depth, or a list of them")
    number("weight", 0)
    number("every", 1, whole=True)
    number("temperature", 0, above=True)
    one_of("scaling", SCALINGS)
    one_of("extractor", EXTRACTORS)
    number("extractor_dim", 1, whole=True)
    number("retention", 0)
    retain = settings.retain
    share = isinstance(retain, (int, float)) and not isinstance(retain, bool) and 0 < retain < 1
    check("retain", retain == "harmless" or share, "harmless, or a share above 0 and below 1 of all groups")
    number("separation", 0)
    known = isinstance(settings.center, (bool, str)) and settings.center in CENTERS
    check("center", known, "false, true, language or prompt")
    one_of("space", SPACES)
    check("hold_pivot", isinstance(settings.hold_pivot, bool), "true or false")
    check("extractor_bias", isinstance(settings.extractor_bias, bool), "true or false")
    kinds = settings.kinds
    named = isinstance(kinds, (list, tuple)) and bool(kinds) and all(kind in KINDS for kind in kinds)
    check("kinds", kinds == "all" or named, "all, or a list of harmful and harmless")
    number("languages_per_step", 2, whole=True, optional=True)
    number("groups_per_step", 1, whole=True, optional=True)
    budget = settings.budget
    of_step = isinstance(budget, (int, float)) and not isinstance(budget, bool) and 0 < budget < 1
    check("budget", budget is None or of_step, "a share above 0 and below 1 of a step's tokens, or null")
    number("tokens_per_pass", 1, whole=True)
    number("gradient_layers", 1, whole=True, optional=True)
    number("max_prompt_tokens", 1, whole=True, optional=True)
    one_of("long_prompts", LONG_PROMPTS)
    one_of("on_nonfinite", ON_NONFINITE)
    number("warmup", 0, whole=True)
    number("seed", 0, whole=True)
    return found
