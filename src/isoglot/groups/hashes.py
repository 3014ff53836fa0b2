"""Short hashes of prompt groups: of what is trained on, and of what a model is asked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from .group import PromptGroup


def trained_on(groups: Iterable[PromptGroup]) -> str:
    """Of ids, pivots, kinds, prompts and weights, in their order."""
    digest = hashlib.sha256()
    for group in groups:
        parts = (group.id, group.pivot, group.kind, group.prompts, group.weights)
        digest.update(json.dumps(parts, ensure_ascii=False, sort_keys=True, default=_plain).encode())
    return digest.hexdigest()[:16]


def asked(groups: Iterable[PromptGroup]) -> str:
    """Of prompts with their ids and kinds, in their order."""
    digest = hashlib.sha256(b"[")  # of one JSON list, a group at a time
    for place, group in enumerate(groups):
        text = json.dumps([group.id, group.kind, _plain(group.prompts)], ensure_ascii=False)
        digest.update(f"{', ' if place else ''}{text}".encode())
    digest.update(b"]")
    return digest.hexdigest()[:16]


def _plain(mapping: Mapping[str, Any]) -> dict[str, Any]:
    return dict(mapping.items())  # at once: a dict of the mapping itself asks for every key
