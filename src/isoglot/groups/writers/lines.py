"""Prompt groups as lines of ``groups.jsonl``."""

from __future__ import annotations

import json

from ..group import PromptGroup


def group_line(group: PromptGroup) -> str:
    """The line of one group, with its line feed."""
    return json.dumps(group.to_record(), ensure_ascii=False) + "\n"
