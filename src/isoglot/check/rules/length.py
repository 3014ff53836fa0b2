"""Texts that are far shorter or longer than their source lets expect, or lack a part of it."""

from __future__ import annotations

import math

from ..finding import Finding
from ..learnt.norms import Usual
from ..learnt.spreads import Spread, log_odds, normal, probability, student
from .sentences import ended, sentences

_LONG, _LEAST_LONG = 4.0, 0.6  # spreads, and a natural logarithm, from which a text is far too long
_LONG_TEXT, _SHORT_TEXT = 0.8, 20  # short texts vary more: by the root of the first and the second over their length
_SHORT = 1.2  # a natural logarithm from which a text is another one rather than a part of one
_CUT = Spread(-0.65, 0.3)  # how much shorter than usual a part is
_OF_CUT = 0.07  # share of texts that are cut
_SEEN = 0.95  # of those without an end, or with fewer sentences


def length(source: str, text: str, off: float, usual: Usual) -> Finding | None:
    """Whether the text has another length than usual, or is cut.

    Args:
        source: the pivot's text.
        text: the cell's.
        off: by how much it is longer than usual, as ``Norms.off``.
        usual: what is usual for the pair of languages.
    """
    spread = usual.spread * math.sqrt(_LONG_TEXT + _SHORT_TEXT / max(1, len(source)))
    factor = f"{math.exp(off):.2g} times the usual length"
    if off > max(_LEAST_LONG, _LONG * spread):
        return Finding("length", min(0.9, 0.3 + off / 3), factor)
    if off < -_SHORT:
        return Finding("length", 0.95, factor)
    if off > -0.1:
        return None
    right = Spread(0.0, spread)
    odds = log_odds(_OF_CUT) + normal(off, _CUT) - student(off, right)
    seen = []
    if ended(source) and not ended(text):
        odds += math.log(_SEEN / (1 - usual.ends))
        seen.append("no end")
    if (wanted := sentences(source)) > (there := sentences(text)):
        odds += math.log(_SEEN / (1 - usual.sentences))
        seen.append(f"{there} of {wanted} sentences")
    chance = probability(odds)
    return Finding("lost", min(0.95, chance), "; ".join([factor, *seen])) if chance >= 0.5 else None
