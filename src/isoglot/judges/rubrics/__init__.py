"""Rubrics: any model as a judge, told what to look for and in what form to answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...providers import Provider
from ..asked import AskedJudge, Form
from ..making import made
from .graded import policy, safety
from .strongreject import strongreject

__all__ = ["RUBRICS", "rubric"]

RUBRICS: dict[str, Callable[..., Form]] = {"safety": safety, "strongreject": strongreject, "policy": policy}


def rubric(name: str, provider: str | Provider, **options: Any) -> AskedJudge:
    """A rubric.

    Args:
        name: a key of ``RUBRICS``; ``policy:FILE`` takes a policy, ``strongreject:0.25`` a threshold.
        provider: the model that judges, as inspect_ai names it, or a provider.
        **options: ``threshold`` of StrongREJECT, ``policy`` (a path, or its text), ``max_tokens`` of an
            answer, and what a :class:`~isoglot.providers.Provider` takes: ``concurrency``, ``attempts``, ``timeout``,
            ``longest_wait``.

    Raises:
        ConfigError: for names, options and providers that do not exist or fit.
        MissingFileError: for a policy that is not there.
        MissingLibraryError: without the libraries of the extra ``inspect``.
    """
    return made("rubric", RUBRICS, name, provider, options)
