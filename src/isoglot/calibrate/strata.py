"""A sample stratified by kind, language and what the judge says: what is rare is in it, and how likely is known."""

from __future__ import annotations

import hashlib
import heapq
import math
import random
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeVar

from ..errors import ConfigError, problem
from ..judges import Verdict
from ..runs import Response
from .judged import Pair

T = TypeVar("T")
SAID = ("refuses", "answers")  # of a response: in full, or not


class Stratum(NamedTuple):
    """Responses that are drawn from together.

    Attributes:
        kind: of the prompts.
        language: of the prompts.
        classes: what the judge says of them, see :func:`class_of`; several where there are too few draws for each.
        size: how many there are.
        drawn: how many of them are in the sample.
    """

    kind: str
    language: str
    classes: tuple[str, ...]
    size: int
    drawn: int

    @property
    def inclusion(self) -> float:
        """How likely each of them was to be drawn."""
        return self.drawn / self.size


class Sample(NamedTuple):
    """What was drawn, and the design by which numbers from it are made those of all responses."""

    pairs: list[Pair]
    strata: list[Stratum]


def class_of(verdict: Verdict) -> str:
    """What a judge says, as far as measures ask: the outcome and, of a valid response, whether it refuses in full.

    A judge that does not say whether is known by the outcome alone.
    """
    if verdict.outcome == "invalid" or verdict.refusal is None:
        return str(verdict.outcome)
    return f"{verdict.outcome}, {SAID[verdict.refusal != 'full']}"


def kind_of(response: Response) -> str:
    """The prompt's kind; ``unknown`` where it does not say."""
    return response.kind or "unknown"


def response_id(response: Response) -> str:
    """A short name of a response, by what it is and says; with a letter first no spreadsheet takes it for a number."""
    text = "\0".join([response.group, response.language, str(response.sample), response.prompt, response.response])
    return "r" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:11]


def draw(pairs: Sequence[Pair], n: int, seed: int = 0) -> Sample:
    """Draws a sample, the same one for the same seed whatever order the responses come in.

    Every language has its part of each kind of prompt, and within it all that the judge says, each by the square root
    of how many responses there are. What would have no draw at all is drawn from together with
    others, so that every response may be drawn.

    Args:
        pairs: responses with verdicts, none of them failed.
        n: how many; all, if there are no more.
        seed: of the draw.

    Raises:
        ConfigError: if there are fewer draws than kinds of prompts and languages.
    """
    cells: dict[tuple[str, str], list[Pair]] = {}
    for pair in sorted(pairs, key=lambda pair: pair[0].key):
        cells.setdefault((kind_of(pair[0]), pair[0].language), []).append(pair)
    if n < len(cells):
        expected = f"at least {len(cells)}, one for each kind of prompt and language"
        raise ConfigError(problem("-n", expected, n, "Ask for more, or name fewer --languages"))
    shares = _spread({cell: len(members) for cell, members in cells.items()}, n)
    drawn: list[Pair] = []
    strata: list[Stratum] = []
    for (kind, language), members in sorted(cells.items()):
        parts = _parts(members, shares[kind, language])
        wanted = _spread({classes: len(part) for classes, part in parts.items()}, shares[kind, language])
        for classes, part in parts.items():
            # A generator of its own, so that one language's responses change nothing in another's.
            dice = random.Random(f"{seed} {kind} {language} {classes}")
            drawn += dice.sample(part, wanted[classes])
            strata.append(Stratum(kind, language, classes, len(part), wanted[classes]))
    random.Random(f"{seed} order").shuffle(drawn)
    return Sample(sorted(drawn, key=lambda pair: pair[0].language), strata)


def _parts(members: Sequence[Pair], draws: int) -> dict[tuple[str, ...], list[Pair]]:
    """The members by what the judge says; the rarest together, where there are more of these than draws."""
    found: dict[tuple[str, ...], list[Pair]] = {}
    for pair in members:
        found.setdefault((class_of(pair[1]),), []).append(pair)
    while len(found) > draws:
        first, second = sorted(found, key=lambda classes: (len(found[classes]), classes))[:2]
        found[tuple(sorted(first + second))] = sorted(
            found.pop(first) + found.pop(second), key=lambda pair: pair[0].key
        )
    return dict(sorted(found.items()))


def _spread(sizes: Mapping[T, int], n: int) -> dict[T, int]:
    """``n`` draws, each stratum's by the square root of its size: one at least, as far as there are so many.

    Even shares would take all that is rare, and too few of the many among which a judge's rare errors hide.
    """
    found = dict.fromkeys(sizes, 0)
    waiting = [(-math.inf, place, name) for place, (name, size) in enumerate(sizes.items()) if size]
    heapq.heapify(waiting)
    for _ in range(min(n, sum(sizes.values()))):
        _, place, name = heapq.heappop(waiting)
        found[name] += 1
        if found[name] < sizes[name]:
            heapq.heappush(waiting, (-math.sqrt(sizes[name]) / (found[name] + 1), place, name))
    return found
