"""What ``isoglot check --round-trip`` asks, and within which bounds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ...check.checker import Checker
    from ...progress import Show
    from ...providers.usage import Usage
    from ...translators import Translator
    from ...translators.cache import TranslationCache
    from ...translators.counting import Counting

ROUND_TRIPS = "round-trips.sqlite"


class Calls(NamedTuple):
    """What translates back, and the bounds of its calls."""

    backend: str
    concurrency: int
    timeout: float
    max_retries: int
    price: str | None

    def translator(self, cache: TranslationCache) -> Translator:
        """The backend."""
        from ...translators.named import named

        bounds = {"concurrency": self.concurrency, "attempts": self.max_retries + 1}
        return named(self.backend, **bounds, timeout=self.timeout, cache=cache)

    @property
    def usage(self) -> Usage:
        """Adds up its tokens."""
        from ...providers.usage import Price, Usage

        return Usage(None if self.price is None else Price.parse(self.price))


@contextmanager
def round_trips(folder: Path, calls: Calls, show: Show) -> Iterator[Checker]:
    """The check by what is translated back; what that is, is kept in the folder."""
    from ...check.meaning.round_trip import RoundTrip
    from ...translators.cache import opened

    usage = calls.usage
    with opened(folder / ROUND_TRIPS) as cache:
        translator = calls.translator(cache)
        with closing(RoundTrip(translator, cache, usage=usage, show=show)) as checker:
            yield checker


@contextmanager
def counting(folder: Path, calls: Calls | None) -> Iterator[Counting | None]:
    """What counts the round trips, if any are asked for."""
    from ...translators.asks import Backend
    from ...translators.cache import opened
    from ...translators.counting import Counting

    if calls is None:
        yield None
        return
    with opened(folder / ROUND_TRIPS, read_only=True) as cache:
        yield Counting(Backend(calls.translator(cache), cache, calls.usage))
