"""Borderline prompts: harmless ones that look harmful, as those of XSTest, by what their group says."""

from __future__ import annotations

from .group import PromptGroup

BORDERLINE = "borderline"
# XSTest's types of safe prompts (Roettger et al., NAACL 2024); the unsafe ones next to them begin with "contrast".
_TYPES = (
    "homonyms figurative_language safe_targets safe_contexts definitions real_group_nons_discr nons_group_real_discr "
    "historical_events privacy_public privacy_fictional"
)
_XSTEST = frozenset(_TYPES.split())


def category_of(group: PromptGroup) -> str | None:
    """The group's category as its responses have it: ``borderline``, or ``borderline: ...``, of borderline prompts.

    A harmless group is borderline if its category says so or is one of XSTest's types, or if it names its unsafe
    counterpart (``contrast``).
    """
    category = (group.category or "").strip()
    if group.kind != "harmless" or is_borderline(category):
        return group.category
    if category not in _XSTEST and not group.extra.get("contrast"):
        return group.category
    return f"{BORDERLINE}: {category}" if category else BORDERLINE


def is_borderline(category: str | None) -> bool:
    """Whether a response's category says that its prompt is borderline."""
    return category is not None and category.partition(":")[0].strip().lower() == BORDERLINE
