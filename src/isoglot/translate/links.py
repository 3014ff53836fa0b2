"""The links of a chain: translators by their specs, in the order in which they are asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..errors import ConfigError, IsoglotError, problem, raise_all
from ..providers.usage import Price, price_of_each
from ..translators import Translator
from ..translators.cache import TranslationCache
from ..translators.named import named


class Link(NamedTuple):
    """A translator of a chain.

    Attributes:
        translator: which.
        price: of its tokens; None: not known.
        name: by which the others of the chain differ from it; None: its spec.
    """

    translator: Translator
    price: Price | None = None
    name: str | None = None


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
        cache: where translations are kept, and where some backends note what is under way.
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
    return [one._replace(name=name) for one, name in zip(found, _names(found), strict=True)]


def _names(chain: Sequence[Link]) -> list[str]:
    """A different name for each link: its spec; where several have that, with the settings that differ, or a number."""
    by_spec: dict[str, list[dict[str, Any]]] = {}
    for one in chain:
        by_spec.setdefault(one.translator.spec, []).append(dict(one.translator.settings))
    found, seen = list[str](), Counter[str]()
    for one in chain:
        spec, settings = one.translator.spec, one.translator.settings
        differ = [key for key in settings if any(other.get(key) != settings[key] for other in by_spec[spec])]
        name = ", ".join([spec, *(f"{key} {settings[key]}" for key in differ)])
        seen[name] += 1
        found.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return found
