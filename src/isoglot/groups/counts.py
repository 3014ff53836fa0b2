"""How many prompts there are: by kind and by language."""

from __future__ import annotations

from collections import Counter
from typing import Any

from .groups import PromptGroups

UNKNOWN = "unknown"


def counts(groups: PromptGroups) -> dict[str, Any]:
    """Plain values: ``groups``, ``prompts``, ``kinds`` (kind -> groups), ``languages`` (tag -> prompts)."""
    languages = Counter(tag for group in groups for tag in group.prompts)
    return {
        "groups": len(groups),
        "prompts": languages.total(),
        "kinds": dict(Counter(group.kind or UNKNOWN for group in groups)),
        "languages": {tag: languages[tag] for tag in groups.languages},
    }
