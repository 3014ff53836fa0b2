"""What a cell's provenance says of its making and of checks of it: of ours, and of those that somebody else has made.

``checks`` beside a ``score`` are what our own checks have found, and ``checked`` says by what, in a form of its own.
People use both keys too, for whoever has checked a text: that is not to be lost.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from .. import __version__

OTHERS = "also_checked"  # checks that are not ours
_OF_FINDINGS = ("checked", "checks", "score", "unmarked_score")
_OUR_FORM = re.compile(r"rules(, .+)? \(isoglot \d[^\s()]*\)")


def checked_by(models: Sequence[str]) -> str:
    """What has checked a cell, as ``rules, MODEL (isoglot VERSION)``.

    Args:
        models: names of those that could say something of it, in addition to the rules.
    """
    return f"{', '.join(['rules', *models])} (isoglot {__version__})"


def is_ours(checked: Any) -> bool:
    """Whether a ``checked`` has the form that :func:`checked_by` gives it."""
    return isinstance(checked, str) and _OUR_FORM.fullmatch(checked) is not None


def findings(said: Mapping[str, Any]) -> Sequence[Any] | None:
    """What a check or a translation with isoglot has found of the cell; None where no such result stands there.

    Args:
        said: a cell's provenance.
    """
    return _each(said["checks"]) if "checks" in said and "score" in said else None


def others(said: Mapping[str, Any]) -> list[Any]:
    """The checks that somebody else has made, each once, as its file says them; a key with nothing under it says none.

    Args:
        said: a cell's provenance.
    """
    told = [*_each(said.get(OTHERS))]
    told += _each(said.get("checks")) if findings(said) is None else []
    told += [] if is_ours(said.get("checked")) else _each(said.get("checked"))
    return [one for place, one in enumerate(told) if one not in told[:place]]


def parts(said: Any) -> dict[str, Any]:
    """A cell's provenance by name, whatever form its file gives it; others' checks stand under :data:`OTHERS` alone.

    Args:
        said: a text, which is about the making, an object, or None.
    """
    if not isinstance(said, Mapping):
        return {} if said is None else {"made": said}
    foreign = {"checks"} if findings(said) is None else set()
    foreign |= set() if is_ours(said.get("checked")) else {"checked"}
    if foreign.isdisjoint(said):
        return dict(said)
    kept = {key: value for key, value in said.items() if key not in foreign}
    told = others(said)
    return kept | ({OTHERS: told if len(told) > 1 or _is_list(said) else told[0]} if told else {})


def is_only_passed(said: Any) -> bool:
    """Whether it says no more than that a check of ours has found nothing: nothing of who made the text."""
    return isinstance(said, Mapping) and said.keys() == {"checked"} and is_ours(said["checked"])


def with_passed(said: Any, passed: Any) -> Any:
    """A text's provenance, and what has checked the same text in another set.

    Args:
        said: what one set says of it; None: nothing.
        passed: what the other says: None, or what :func:`is_only_passed` holds for. It counts before a check that
            ``said`` names, but where ``said`` has findings too, as these are of the check beside them.
    """
    if said is None or passed is None:
        return passed if said is None else said
    apart = parts(said)
    return {**passed, **apart} if findings(apart) is not None else {**apart, **passed}


def without_findings(said: Any) -> Any:
    """A text's provenance without what a check of ours has found of it; None where nothing is left.

    Args:
        said: what a set says of it; None: nothing.
    """
    if not isinstance(said, Mapping):
        return said
    apart = parts(said)
    found = _OF_FINDINGS if findings(apart) is not None else ()
    return {key: value for key, value in apart.items() if key not in found} or None


def _is_list(said: Mapping[str, Any]) -> bool:
    """Whether any of the keys that may name others has a list, so that a list stays one."""
    return any(isinstance(said.get(key), (list, tuple)) for key in (OTHERS, "checks", "checked"))


def _each(value: Any) -> Sequence[Any]:
    if isinstance(value, (list, tuple)):
        return value
    return [value] if value else []
