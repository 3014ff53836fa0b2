"""What can be read and is most likely a mistake: texts that were not translated, weights that weigh nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ..errors import some
from .group import PromptGroup

_TOLD = 5  # languages that a sentence names


def oddities(groups: Sequence[PromptGroup]) -> list[str]:
    """What is odd about groups and what it means, a sentence each."""
    found = [*_same_texts(groups)]
    weighted = [group for group in groups if group.weights]
    still = sum(_weighs_nothing(group) for group in weighted)
    if still:
        found.append(
            f"weights: all are 0 in {still} of {len(groups)} groups, which then take no part in the objective. Leave "
            "weights out to count every language alike."
        )
    strange = Counter(tag for group in weighted for tag in group.weights if tag not in group.prompts)
    if strange:
        named = some((f"{tag} ({count} groups)" for tag, count in strange.most_common()), _TOLD)
        found.append(
            f"weights: some are of languages that their group lacks, and change nothing: {named}. Look for "
            "tags that are spelled otherwise in prompts."
        )
    return found


def _same_texts(groups: Sequence[PromptGroup]) -> list[str]:
    """Languages whose prompts are those of the pivot in most groups."""
    both, alike = Counter[str](), Counter[str]()
    for group in groups:
        prompts = dict(group.prompts.items())
        pivot = prompts.pop(group.pivot, None)
        if pivot is not None:
            both.update(prompts.keys())
            alike.update([tag for tag, prompt in prompts.items() if prompt == pivot])
    mostly = [tag for tag, count in alike.items() if 2 * count > both[tag]]
    if not mostly:
        return []
    named = some((f"{tag} ({alike[tag]} of {both[tag]} groups)" for tag in mostly), _TOLD)
    return [
        f"prompts: the same text as in the pivot in {named}. Such prompts are no translations: nothing is learnt "
        "from them about the language, and an evaluation counts them as of it."
    ]


def _weighs_nothing(group: PromptGroup) -> bool:
    """Whether every language but the pivot has the weight 0."""
    others = [tag for tag in group.prompts if tag != group.pivot]
    return bool(others) and not any(group.weights.get(tag, 1.0) for tag in others)
