"""Tags that are no language's, or another's than the texts are in, as a country's code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ..languages import UNDETERMINED, base_tag, identify, instead, language, of_country
from ..models.messages import prompt_text
from .group import PromptGroup

_LOOKED_AT, _FEWEST, _MOSTLY = 50, 3, 0.8  # texts of a tag: at most; at least; the part of them that shows a language


def strange_tags(groups: Sequence[PromptGroup]) -> list[str]:
    """What is strange about the tags of groups, and what to write, a sentence or two for each."""
    counts = Counter(tag for group in groups for tag in group.prompts)
    return [said for tag in counts if (said := _strange(tag, groups))]


def _strange(tag: str, groups: Sequence[PromptGroup]) -> str:
    if (base := base_tag(tag)) is None:
        return f"prompts: {tag} is the tag of no language that is known. {instead(tag).rstrip('.')}."
    others = [one for one in of_country(tag) if one != base]
    if others and (other := _texts_are(groups, tag, others)):
        names = language(tag).name, language(other).name
        return f"prompts: {tag} is {names[0]}, and most of its texts are {names[1]} ({other}). Is the tag right?"
    return ""


def _texts_are(groups: Sequence[PromptGroup], tag: str, others: Sequence[str]) -> str | None:
    """Which of other languages most texts of a tag are in."""
    texts = [prompt_text(group.prompts[tag]) for group in groups if tag in group.prompts][:_LOOKED_AT]
    found = Counter(identify(text, [tag, *others]) for text in texts)
    found.pop(UNDETERMINED, None)
    most, count = max(found.items(), key=lambda one: one[1], default=("", 0))
    return most if most in others and count >= max(_FEWEST, _MOSTLY * found.total()) else None
