"""Which options of ``isoglot evaluate`` count only beside others, or for some models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import judge_calls as calls
from .ignored import Rule, only_with, only_without, requiring
from .prompts import RULES as PROMPT_RULES


def _models(values: Mapping[str, Any]) -> list[str]:
    """Those that answer: the one that is evaluated, and the one that its utility is compared with."""
    return [one for one in (values["model"], values["base"]) if one]


def _is_elsewhere(model: str) -> bool:
    from ...tasks.model_names import provider_of

    return provider_of(model) is not None


def _one_elsewhere(values: Mapping[str, Any]) -> bool:
    models = _models(values)
    return not models or any(map(_is_elsewhere, models))


def _asks_prompts(values: Mapping[str, Any]) -> bool:
    """Whether there are prompts, or nothing at all, of which the command itself speaks."""
    return bool(values["prompts"] or values["suite"] or not values["utility"])


def _one_here(values: Mapping[str, Any]) -> bool:
    """Whether one is loaded by isoglot, as a provider's model may be: of the provider isoglot."""
    from ...providers.own import OWN

    models = _models(values)
    return not models or any(one.startswith(OWN) or not _is_elsewhere(one) for one in models)


def _named(values: Mapping[str, Any]) -> str:
    return ", ".join(_models(values))


_CONNECTION = ("base_url", "max_connections", "timeout", "max_retries")
_LOADING = ("batch_size", "dtype", "trust_remote_code")
_OF_UTILITY = ("utility_limit", "include_path", "base", "utility_template")
_OF_ANSWERS = (
    *("limit", "judges", "calibration", "dry", "max_new_tokens", "samples", "temperature", "seed", "shard"),
    *("plan", "fail_under", "fail_over", "strict", "info"),
    *calls.BESIDE_A_MODEL,
)
# What a plan does not look at: it counts prompts and languages, and generates nothing.
_NOT_OF_A_PLAN = (
    *("output", "judges", "calibration", "dry", "max_new_tokens", "seed", "shard"),
    *("fail_under", "fail_over", "strict", "info"),
    *("extra_body", "chat_template_kwargs", "system_prompt", "date"),
    *("utility", *_OF_UTILITY),
    *calls.BESIDE_A_MODEL,
    *_CONNECTION,
    *_LOADING,
)

RULES = (
    only_without("plan", *_NOT_OF_A_PLAN),
    Rule(
        ("temperature",),
        lambda values: not values["plan"] or values["samples"] > 1,
        "{samples} above 1 beside {plan}",
        lambda values: str(values["samples"]),
        "in a plan of one answer to each prompt: remove it",
    ),
    *PROMPT_RULES,
    requiring(("prompts", "suite"), _asks_prompts, _OF_ANSWERS, lambda _: "--utility alone"),
    only_with("plan", "plan_rate"),
    only_with("utility", *_OF_UTILITY),
    Rule(_CONNECTION, _one_elsewhere, "a model that a server runs", _named),
    Rule(_LOADING, _one_here, "a model that is loaded here", _named),
    calls.OF_CALLS_BESIDE_A_MODEL,
)
