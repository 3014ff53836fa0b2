"""Numbers in Han characters."""

from __future__ import annotations

import re

_HAN = re.compile("[〇零一二三四五六七八九十百千万亿兩两萬億]+")
_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "兩": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_LARGE = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}


def han_numbers(text: str) -> frozenset[str]:
    """The numbers that a text has in Han characters, in plain digits.

    Example:
        >>> sorted(han_numbers("二百五十元，二〇二四年，三万"))
        ['2024', '250', '30000']
    """
    return frozenset(str(_value(found[0][:30])) for found in _HAN.finditer(text))


def _value(written: str) -> int:
    if not {*written} & {*_UNITS, *_LARGE}:
        return int("".join(str(_DIGITS[sign]) for sign in written))
    total = section = digit = 0
    for sign in written:
        if sign in _DIGITS:
            digit = _DIGITS[sign]
        elif sign in _UNITS:
            section += (digit or 1) * _UNITS[sign]
            digit = 0
        else:
            total = (total + section + digit) * _LARGE[sign]
            section = digit = 0
    return total + section + digit
