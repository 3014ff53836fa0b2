"""Guards: models made to judge, each asked in the form it was trained with."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ...providers import Provider
from ..asked import AskedJudge, Form
from ..making import made
from .gpt_oss_safeguard import gpt_oss_safeguard
from .granite_guardian import granite_guardian
from .llama_guard import llama_guard
from .nemotron import content_safety, reasoning, safety_guard
from .qwen3guard import qwen3guard
from .shieldgemma import shieldgemma
from .yes_no import polyguard, wildguard

__all__ = ["GUARDS", "guard"]

GUARDS: dict[str, Callable[..., Form]] = {
    "llama-guard-3": functools.partial(llama_guard, "llama-guard-3"),
    "llama-guard-4": functools.partial(llama_guard, "llama-guard-4"),
    "qwen3guard-strict": functools.partial(qwen3guard, "strict"),
    "qwen3guard-loose": functools.partial(qwen3guard, "loose"),
    "polyguard": polyguard,
    "wildguard": wildguard,
    "granite-guardian": functools.partial(granite_guardian, think=False),
    "granite-guardian-think": functools.partial(granite_guardian, think=True),
    "nemotron-safety-guard": safety_guard,
    "nemotron-content-safety": functools.partial(content_safety, think=False),
    "nemotron-content-safety-think": functools.partial(content_safety, think=True),
    "nemotron-reasoning": functools.partial(reasoning, think=False),
    "nemotron-reasoning-think": functools.partial(reasoning, think=True),
    "shieldgemma": shieldgemma,
    "gpt-oss-safeguard": gpt_oss_safeguard,
}


def guard(name: str, provider: str | Provider, **options: Any) -> AskedJudge:
    """A guard.

    Args:
        name: a key of ``GUARDS``; ``gpt-oss-safeguard:FILE`` takes a policy, ``shieldgemma:0.4`` a threshold.
        provider: the model that is the guard, as inspect_ai names it, or a provider.
        **options: ``threshold`` of ShieldGemma, ``policy`` of gpt-oss-safeguard (a path, or its text), ``max_tokens``
            of an answer, and what a :class:`~isoglot.providers.Provider` takes: ``concurrency``, ``attempts``,
            ``timeout``, ``longest_wait``.

    Raises:
        ConfigError: for names, options and providers that do not exist or fit.
        MissingFileError: for a policy that is not there.
        MissingLibraryError: without the libraries of the extra ``inspect``.
    """
    return made("guard", GUARDS, name, provider, options)
