"""What someone states about groups that their file does not say: pivot, source, licence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..errors import DataError, problem, short
from ..languages import canonical_tag, is_tag
from .groups import PromptGroups


def stated(
    groups: PromptGroups, *, pivot: str | None = None, source: str | None = None, licence: str | None = None
) -> PromptGroups:
    """The groups with what is stated.

    Args:
        groups: as they were read.
        pivot: of all groups, whatever they say.
        source: of groups that say none.
        licence: of groups that say none.

    Raises:
        DataError: for a pivot that is no tag, or that no group has a prompt in.
    """
    if pivot is not None:
        pivot = canonical_tag(pivot)
        if not is_tag(pivot) or pivot not in groups.languages:
            expected = f"a language of the groups ({', '.join(groups.languages[:20])})"
            raise DataError(problem("pivot", expected, short(pivot)))

    def changes(group: Any) -> dict[str, Any]:
        found: dict[str, Any] = {} if pivot is None else {"pivot": pivot}
        if source is not None and group.source is None:
            found["source"] = source
        if licence is not None and "licence" not in group.extra:
            found["extra"] = {**group.extra, "licence": licence}
        return found

    return PromptGroups(replace(group, **changes(group)) for group in groups)
