"""What can be read and is most likely a mistake: prompts not translated, two tags of one language, and others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from itertools import combinations

from ..errors import some
from ..languages import base_tag, meant
from .group import FIELDS, PromptGroup

LIKE = 0.85  # share of letters that two names have in common, in their order
_TOLD = 5  # languages that a sentence names
_LOOKED_AT = 100  # keys of other data, the commonest


def oddities(groups: Sequence[PromptGroup]) -> list[str]:
    """What is odd about groups and what it means, a sentence each."""
    found = [*_same_texts(groups), *_of_one_language(groups), *_misspelt_fields(groups)]
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


def _of_one_language(groups: Sequence[PromptGroup]) -> Iterator[str]:
    """Pairs of tags that stand for the same, as in files of two people."""
    counts = Counter(tag for group in groups for tag in group.prompts)
    for first, second in combinations(counts, 2):
        if base_tag(first) is not None and meant(first, [second]):
            yield (
                f"prompts: {first} and {second} are one language, in {counts[first]:,} and {counts[second]:,} groups: "
                "training and tables take them for two. Give both one tag."
            )


def _misspelt_fields(groups: Sequence[PromptGroup]) -> list[str]:
    """Keys that are kept as other data and are, but for a letter or two, those of fields that their groups lack."""
    count = Counter(key for group in groups for key in group.extra)
    common = [key for key, _ in count.most_common(_LOOKED_AT)]
    meant = {key: get_close_matches(key.lower(), FIELDS, n=1, cutoff=LIKE) for key in common}
    likely = {key: names[0] for key, names in meant.items() if names}
    if not likely:
        return []
    lacking = Counter(
        key for group in groups for key in group.extra if key in likely and likely[key] not in group.to_record()
    )
    if not lacking:
        return []
    named = some((f"{key} ({likely[key]}? in {number} groups)" for key, number in lacking.most_common()), _TOLD)
    return [f"taken for other data: {named}. Correct the key if the field is meant."]


def _weighs_nothing(group: PromptGroup) -> bool:
    """Whether every language but the pivot has the weight 0."""
    others = [tag for tag in group.prompts if tag != group.pivot]
    return bool(others) and not any(group.weights.get(tag, 1.0) for tag in others)
