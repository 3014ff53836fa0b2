"""The links of a chain: translators by their specs, in the order in which they are asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import ConfigError, IsoglotError, problem, raise_all
from ..evaluate.usage import Price, price_of_each
from ..translators import Translator
from ..translators.cache import TranslationCache
from ..translators.named import named


class Link(NamedTuple):
    """A translator with what its tokens cost; None: not known."""

    translator: Translator
    price: Price | None = None


# Makes the links of a chain, given the cache: some backends note there what is under way.
MakeLinks = Callable[[TranslationCache], Sequence[Link]]
NOWHERE = Path(":memory:")  # as SQLite calls the place of a store that ends with the process


def links(
    specs: Sequence[str],
    cache: TranslationCache,
    *,
    prices: Sequence[Price] = (),
    temperatures: Sequence[float] = (0.0,),
    concurrency: int = 8,
    timeout: float = 120.0,
    attempts: int = 5,
) -> list[Link]:
    """The chain that specs name.

    Args:
        specs: of the translators, as :func:`isoglot.translators.named.named` reads them.
        cache: where translations are kept; one at ``NOWHERE`` where nothing will be asked.
        prices: of all of them, or of each.
        temperatures: of chat models, each of which is one link for each of them: what fails the checks at the first is
            asked for again at the next.
        concurrency: calls at a time, of each.
        timeout: seconds that one attempt may take.
        attempts: of one call, the first included.

    Raises:
        ConfigError: with everything that is wrong.
        MissingLibraryError: where only a library is missing.
    """
    if not specs:
        raise ConfigError(problem("--backend", "what translates, as in openai:MODEL@URL", "nothing", "Name one"))
    bounds: dict[str, Any] = {
        "concurrency": concurrency, "timeout": timeout, "attempts": attempts, "cache": cache,
    }  # fmt: skip
    found: list[Link] = []
    wrong: list[IsoglotError] = []
    for spec, price in zip(specs, price_of_each(prices, len(specs), "backends"), strict=True):
        try:
            for place, temperature in enumerate(temperatures):
                one = named(spec, temperature=temperature, **bounds)
                if place and "temperature" not in one.settings:
                    break
                found.append(Link(one, price))
        except IsoglotError as error:
            wrong.append(error)
    if wrong:
        raise_all([str(error) for error in wrong], type(wrong[0]) if len(wrong) == 1 else ConfigError)
    return found
