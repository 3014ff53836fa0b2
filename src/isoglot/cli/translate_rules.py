"""Which options of ``isoglot translate`` count only for some of the backends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import some
from ..translators.kinds import FORMS, TAKEN_BY
from .ignored import Rule


def _rule(option: str) -> Rule:
    """Of an option that some kinds take. Where a kind is unknown, that is the mistake to be told of."""
    kinds = TAKEN_BY[option]

    def count(values: Mapping[str, Any]) -> bool:
        named = [spec.partition(":")[0] for spec in values["backend"]]
        return any(kind in kinds or kind not in FORMS for kind in named)

    words = f"{', '.join(kinds[:-1])} or {kinds[-1]}"
    return Rule((option,), count, f"a backend of the kind {words}", lambda values: some(values["backend"], 3))


RULES = tuple(map(_rule, TAKEN_BY))
