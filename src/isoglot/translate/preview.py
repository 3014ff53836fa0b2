"""What a translation would ask, without asking it: texts, calls, tokens, cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..calls import run
from ..groups import PromptGroups
from ..providers.usage import Usage
from ..translators.asks import Backend
from ..translators.cache import TranslationCache
from ..translators.counting import Counting
from .attempts import unusable
from .cells import refuse_impossible, source_of, task_of, to_do
from .chain import translated
from .links import Link
from .plan import Plan


def preview(
    groups: PromptGroups, plan: Plan, chain: Sequence[Link], output: Path, cache: TranslationCache
) -> dict[str, Any]:
    """What :func:`~isoglot.translate.translate_groups` would ask; arguments as there. Nothing is written.

    What a translator that was not asked yet declines cannot be known: it is counted for the first that can be asked,
    or with ``best_of`` for all. Of one of which only asking tells which languages it has, all goes to the next as well.

    Returns:
        Plain values: ``output``; ``groups``; ``cells`` to make, by language; ``backends``, each with ``found`` (texts
        that are kept), ``texts``, ``calls``, ``input_tokens``, ``output_tokens`` and ``cost`` of what would be asked,
        and ``at_most``: whether an earlier one may leave less.

    Raises:
        ConfigError: for a language that no translator translates to.
    """
    refuse_impossible(groups, plan, chain)
    refuses = unusable if plan.retry_failed else None
    counting = [Counting(Backend(one.translator, cache, Usage(one.price), one.name, refuses)) for one in chain]
    cells = run(lambda: _count(groups, plan, counting))
    leaves_all = [plan.best_of or one.only_asking_tells for one in counting]
    return {
        "output": str(output),
        "groups": len(groups),
        "cells": {tag: cells[tag] for tag in plan.targets},
        "backends": [one.record() | {"at_most": any(leaves_all[:place])} for place, one in enumerate(counting)],
    }


async def _count(groups: PromptGroups, plan: Plan, chain: Sequence[Counting]) -> Counter[str]:
    cells = Counter[str]()
    for group in groups:
        source = source_of(group, plan.source)
        for tag in to_do(group, plan.targets, plan.source, again=plan.again):
            cells[tag] += 1
            if source is not None:
                await translated(chain, task_of(group, source, tag), best_of=plan.best_of)
    return cells
