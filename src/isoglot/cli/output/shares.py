"""Shares and their intervals, as the tables in a terminal show them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def percent(value: float | None) -> str:
    """A share in per cent, as the pages write it; a dash where there is none."""
    from ...pages.words import NBSP
    from ...pages.words import percent as of_pages

    return of_pages(math.nan if value is None else value).replace(NBSP, " ")


def ends(found: Mapping[str, Any]) -> str:
    """The interval of a share, ``86 % – 95 %``; empty where there is none.

    Args:
        found: an estimate as files hold it: ``low`` and ``high``, None where they are not known.
    """
    low, high = percent(found["low"]), percent(found["high"])
    return "" if low == percent(None) else f"{low} – {high}"


def with_interval(found: Mapping[str, Any]) -> str:
    """A share with its interval, ``91 % (86 % – 95 %)``; a dash where it is not known.

    Args:
        found: an estimate as files hold it: ``value``, ``low`` and ``high``, None where they are not known.
    """
    inside = ends(found)
    return f"{percent(found['value'])} ({inside})" if inside else percent(found["value"])
