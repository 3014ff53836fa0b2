"""Numbers and names as the page writes them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from ..amounts import counted
from ..languages import base_tag, language
from ..metrics import Estimate
from ..metrics.corrected import says_nothing

DASH = "–"
NBSP = "\u00a0"


def percent(value: float) -> str:
    r"""A share in per cent, without decimals but near 0 and 1, where rounding would hide the last cases.

    Example:
        >>> percent(0.954), percent(0.998), percent(1.0), percent(0.0001), percent(float("nan"))
        ('95\xa0%', '99.8\xa0%', '100\xa0%', '<0.1\xa0%', '–')
    """
    if math.isnan(value):
        return DASH
    if 0 < value < 0.0005 or 0.9995 < value < 1:
        return f"{'<0.1' if value < 0.5 else '>99.9'}{NBSP}%"
    near_an_end = 0 < value < 0.01 or 0.99 < value < 1
    return f"{100 * value:.{1 if near_an_end else 0}f}{NBSP}%"


def between(low: float, high: float) -> str:
    """An interval of shares, ``86–95 %``; empty where there is none."""
    if math.isnan(low) or math.isnan(high):
        return ""
    ends = [percent(end).removesuffix(f"{NBSP}%") for end in (low, high)]
    return f"{DASH.join(ends)}{NBSP}%"


def points(value: float, low: float = math.nan, high: float = math.nan) -> str:
    r"""A difference of shares in points, with its interval; a decimal where 0 is near enough to need one.

    Example:
        >>> points(0.45, 0.38, 0.52), points(-0.034, -0.071, 0.004)
        ('+45\xa0points (+38 to +52)', '−3.4\xa0points (−7.1 to +0.4)')
    """
    if math.isnan(value):
        return DASH
    known = [end for end in (value, low, high) if not math.isnan(end)]
    digits = 1 if any(0 < abs(end) < 0.01 for end in known) else 0
    said = [f"{100 * end:+.{digits}f}".replace("-", "−") if end else "0" for end in known]
    return f"{said[0]}{NBSP}points" + (f" ({said[1]} to {said[2]})" if len(said) == 3 else "")


def share(rate: Estimate) -> str:
    """A share with its interval and, for a rate, its counts: ``91 % (86–95 %, 164 of 180)``."""
    if math.isnan(rate.value):
        return f"{DASH} (n = 0)"
    counts = f"{rate.k} of {rate.n}" if rate.k is not None else ""
    inside = ", ".join(part for part in (between(rate.low, rate.high), counts) if part)
    return f"{percent(rate.value)} ({inside})" if inside else percent(rate.value)


def corrected(rate: Estimate) -> str:
    r"""A rate corrected for the judge's errors; without the rate where nothing is known of it, empty without one.

    Example:
        >>> corrected(Estimate(0.43, 0.3, 0.55)), corrected(Estimate(0.43, 0.02, 0.97))
        ('corrected 43\xa0% (30–55\xa0%)', 'corrected: not known (2–97\xa0%)')
    """
    if math.isnan(rate.value):
        return ""
    inside = between(rate.low, rate.high)
    if says_nothing(rate.low, rate.high):
        return f"corrected: not known ({inside})"
    return f"corrected {percent(rate.value)}{f' ({inside})' if inside else ''}"


def decimal(value: float, digits: int = 2) -> str:
    """A number, or a dash where there is none. No negative zero.

    Example:
        >>> decimal(0.3456), decimal(-0.001), decimal(float("nan"))
        ('0.35', '0.00', '–')
    """
    if math.isnan(value):
        return DASH
    text = f"{value:.{digits}f}"
    return text.removeprefix("-") if float(text) == 0 else text.replace("-", "−")


def decimals(low: float, high: float, digits: int = 2) -> str:
    """An interval of numbers, ``0.59 to 0.84``; empty where there is none.

    Example:
        >>> decimals(-0.05, 0.412), decimals(float("nan"), 0.4)
        ('−0.05 to 0.41', '')
    """
    return "" if math.isnan(low) or math.isnan(high) else f"{decimal(low, digits)} to {decimal(high, digits)}"


def with_ends(value: float, low: float, high: float, digits: int = 2) -> str:
    """A number with its interval, ``0.71 (0.59 to 0.84)``; without one where there is none.

    Example:
        >>> with_ends(0.71, 0.59, 0.84), with_ends(0.71, float("nan"), float("nan"))
        ('0.71 (0.59 to 0.84)', '0.71')
    """
    inside = decimals(low, high, digits)
    return f"{decimal(value, digits)} ({inside})" if inside else decimal(value, digits)


def short(value: float) -> str:
    """A number in at most about four figures, as an axis shows it.

    Example:
        >>> short(0.25), short(12000), short(1.0), short(0.00012)
        ('0.25', '12000', '1', '0.00012')
    """
    if value == int(value) and abs(value) < 1e6:
        return str(int(value)).replace("-", "−")
    return f"{value:.3g}".replace("-", "−")


def told_apart(values: Sequence[float]) -> list[str]:
    """Ticks of an axis as :func:`short` has them, or all with the digits that the finest of them needs.

    Example:
        >>> told_apart([0.0, 0.25, 0.5]), told_apart([1.5, 1.525, 1.55])
        (['0', '0.25', '0.5'], ['1.500', '1.525', '1.550'])
    """
    texts = [short(value) for value in values]
    if all(math.isclose(float(text.replace("−", "-")), value) for text, value in zip(texts, values, strict=True)):
        return texts
    digits = next((n for n in range(1, 12) if all(math.isclose(round(one, n), one) for one in values)), 12)
    return [decimal(value, digits) for value in values]


def language_name(tag: str) -> str:
    """The language's English name without what stands in brackets; the tag itself where it is unknown.

    Example:
        >>> language_name("ckb"), language_name("pt-BR"), language_name("zh-Hant"), language_name("xx")
        ('Central Kurdish', 'Portuguese', 'Traditional Chinese', 'xx')
    """
    if base_tag(tag) is None:
        return tag
    found = language(tag)
    return found.name if found.tag != base_tag(tag) else found.name.split(" (")[0]


def listed(items: Iterable[str], *, limit: int = 6) -> str:
    """``a, b and c``; beyond the limit, ``a, b and 7 more``.

    Example:
        >>> listed(["a", "b", "c"]), listed("abcdefghi", limit=3)
        ('a, b and c', 'a, b and 7 more')
    """
    names = list(items)
    if len(names) > limit:
        names = [*names[: limit - 1], f"{len(names) - limit + 1} more"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


def plural(count: int, noun: str) -> str:
    """``1 prompt``, ``2,000 prompts``: the number stays in the line of its noun."""
    return counted(count, noun).replace(" ", NBSP, 1)
