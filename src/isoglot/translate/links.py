"""The links of a chain: translators by their specs, in the order in which they are asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from ..errors import ConfigError, all_at_once, problem
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
    of_each = zip(specs, price_of_each(prices, len(specs), "backends"), strict=True)
    made = all_at_once(*(partial(_of_spec, spec, price, temperatures, bounds) for spec, price in of_each))
    found = [one for some in made for one in some]
    return [one._replace(name=name) for one, name in zip(found, _names(found), strict=True)]


def _of_spec(spec: str, price: Price | None, temperatures: Sequence[float], bounds: Mapping[str, Any]) -> list[Link]:
    """The links of one translator: of a chat model one for each temperature."""
    found: list[Link] = []
    for place, temperature in enumerate(temperatures):
        one = named(spec, temperature=temperature, **bounds)
        if place and "temperature" not in one.settings:
            break
        found.append(Link(one, price))
    return found


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
