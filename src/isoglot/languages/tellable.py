"""Which languages the identifier can tell from which, so that numbers about language can say it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from .identifier import can_know
from .registry import Language, entry
from .tags import own

_KINDS = {"zh": 1}  # of Chinese without a script, beside traditional characters, the simplified ones are meant


@dataclass(frozen=True)
class Tellable:
    """What numbers about language rest on.

    Attributes:
        apart: tags that are told from all others asked about.
        alike: pairs that are not told from each other, or too often taken for one another.
        unknown: tags of languages that the identifier does not know: text in them is undetermined.
    """

    apart: tuple[str, ...]
    alike: tuple[tuple[str, str], ...]
    unknown: tuple[str, ...]


def tellable(tags: Iterable[str]) -> Tellable:
    """Which of some languages can be told apart.

    Args:
        tags: languages by any tag; each is in ``unknown``, in a pair of ``alike``, or in ``apart``.

    Example:
        >>> found = tellable(["en", "sw", "ku", "ckb", "ny"])
        >>> found.apart, found.alike, found.unknown
        (('en', 'sw'), (('ku', 'ckb'),), ('ny',))
    """
    asked = list(dict.fromkeys(tags))
    known = {tag: found for tag in asked if (found := entry(tag)) is not None and can_know(found)}
    alike = tuple((one, other) for one, other in combinations(known, 2) if _alike(known[one], known[other]))
    paired = {tag for pair in alike for tag in pair}
    return Tellable(
        tuple(tag for tag in known if tag not in paired), alike, tuple(tag for tag in asked if tag not in known)
    )


def _alike(one: Language, other: Language) -> bool:
    if not set(one.scripts[: _KINDS.get(one.tag)]) & set(other.scripts[: _KINDS.get(other.tag)]):
        return False
    bases = {one.tag.partition("-")[0], other.tag.partition("-")[0]}
    if len(bases) == 1 or any(bases <= set(group.split()) for group in own()["close"]):
        return True
    return bool({*one.detector, *one.often_called} & {*other.detector, *other.often_called})
