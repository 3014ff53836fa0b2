"""Which options of calls count only for some of the backends that translate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...errors import some
from ...translators.kinds import FORMS, TAKEN_BY
from .ignored import Rule


def taken_by(backend: str, options: Sequence[str] = tuple(TAKEN_BY)) -> tuple[Rule, ...]:
    """A rule for each option that some kinds of backends take. Where a kind is unknown, that is the mistake to tell.

    Args:
        backend: the parameter that names the backend, or several.
        options: parameters, by the names in ``TAKEN_BY``.
    """
    return tuple(_rule(backend, option) for option in options)


def takes(option: str, specs: Sequence[str]) -> bool:
    """Whether one of the backends takes an option."""
    kinds = [spec.partition(":")[0] for spec in specs]
    return any(kind in TAKEN_BY[option] or kind not in FORMS for kind in kinds)


def _rule(backend: str, option: str) -> Rule:
    kinds = TAKEN_BY[option]

    def named(values: Mapping[str, Any]) -> list[str]:
        found = values[backend]
        return [found] if isinstance(found, str) else list(found or ())

    words = f"{', '.join(kinds[:-1])} or {kinds[-1]}"
    return Rule(
        (option,),
        lambda values: takes(option, named(values)),
        f"a backend of the kind {words}",
        lambda values: some(named(values), 3),
    )
