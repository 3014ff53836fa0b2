"""What a translation would ask, without asking it: texts, calls, tokens, cost."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from ..evaluate.usage import Usage
from ..groups import PromptGroups
from ..translators import Translator
from ..translators.cache import Kept, TranslationCache
from .asking import Asks, Pair
from .cells import refuse_impossible, source_of, task_of, to_do
from .chain import translated
from .links import NOWHERE, MakeLinks
from .plan import Plan


class Counting(Asks):
    """In place of a translator: gives what is kept, and counts what would be asked.

    Args:
        translator: which.
        cache: where translations are kept.
        usage: takes about how many tokens it would be.
    """

    def __init__(self, translator: Translator, cache: TranslationCache, usage: Usage) -> None:
        super().__init__(translator)
        self.usage, self.found = usage, 0
        self._cache = cache
        self._asked: set[int] = set()  # by hash: of a million texts, too
        self._texts: Counter[Pair] = Counter()

    async def ask(self, text: str, source: str, target: str) -> Kept | None:
        """What is kept, or None for what would be asked."""
        kept = self._cache.get(self.translator, text, source, target)
        if kept is not None:
            self.found += 1
        elif (asked := hash((text, source, target))) not in self._asked:
            self._asked.add(asked)
            self._texts[source, target] += 1
            self.usage.add(*self.translator.estimate(text, source, target))
        return kept

    def record(self) -> dict[str, Any]:
        """Plain values."""
        size = max(1, self.translator.batch_size)
        return {
            "backend": self.translator.spec,
            "model": self.translator.model,
            "found": self.found,
            "texts": self._texts.total(),
            "calls": sum(-(-count // size) for count in self._texts.values()),
            "input_tokens": self.usage.input,
            "output_tokens": self.usage.output,
            "cost": self.usage.cost,
        }


def preview(
    groups: PromptGroups,
    plan: Plan,
    make: MakeLinks,
    output: Path,
    cache: Path,
) -> dict[str, Any]:
    """What :func:`~isoglot.translate.translate_groups` would ask; arguments as there. Nothing is written.

    What a translator that was not asked yet declines cannot be known: it is counted for the first that can be asked,
    or with ``best_of`` for all.

    Returns:
        Plain values: ``output``; ``groups``; ``cells`` to make, by language; ``backends``, each with ``found`` (texts
        that are kept), ``texts``, ``calls``, ``input_tokens``, ``output_tokens`` and ``cost`` of what would be asked.

    Raises:
        ConfigError: for a language that no translator translates to.
        DataError: for a cache that is none.
    """
    there = cache.exists() and (cache.is_dir() or cache.stat().st_size > 0)
    with closing(TranslationCache(cache, read_only=True) if there else TranslationCache(NOWHERE)) as kept:
        chain = make(kept)
        refuse_impossible(groups, plan, chain)
        counting = [Counting(one.translator, kept, Usage(one.price)) for one in chain]
        cells = asyncio.run(_count(groups, plan, counting))
    return {
        "output": str(output),
        "groups": len(groups),
        "cells": {tag: cells[tag] for tag in plan.targets},
        "backends": [one.record() for one in counting],
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
