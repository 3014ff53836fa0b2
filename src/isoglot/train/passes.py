"""How far the trainer has come with the data before the first step: it tells nobody, but its progress bars know."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..progress import Show

UNNAMED = "Preparing the data"


@contextmanager
def passes_shown(show: Show) -> Iterator[None]:
    """Shows each pass over the data in the context (tokenizing, packing, reference log probabilities) as a step.

    Each has the name that its bar has. The bars themselves stay off the terminal where they are switched off.
    """
    from datasets import arrow_dataset

    places = [(arrow_dataset, "hf_tqdm", _told), (sys.modules.get("trl.trainer.dpo_trainer"), "tqdm", _told_each)]
    found = [(module, name, getattr(module, name), told) for module, name, told in places if hasattr(module, name)]
    try:
        for module, name, bar, told in found:
            setattr(module, name, told(bar, show))
        yield
    finally:
        for module, name, bar, _ in found:
            setattr(module, name, bar)


def _told(bar: Any, show: Show) -> Any:
    """A kind of bar that is set by hand, and shown."""

    class Told(bar):  # type: ignore[misc]
        def __init__(self, *args: Any, desc: str | None = None, total: int | None = None, **kwargs: Any) -> None:
            self._done, self._of = int(kwargs.get("initial") or 0), total or 0
            show.begin(desc or UNNAMED)
            show.advance(self._done, self._of)
            super().__init__(*args, desc=desc, total=total, **kwargs)

        def update(self, n: float | None = 1) -> bool | None:
            self._done += int(n or 0)  # one that is switched off does not count
            show.advance(self._done, self._of)
            made: bool | None = super().update(n)
            return made

    return Told


def _told_each(bar: Any, show: Show) -> Any:
    """A kind of bar that goes through something, and shown."""

    def told(iterable: Any, *args: Any, desc: str | None = None, **kwargs: Any) -> Iterator[Any]:
        count = len(iterable)
        show.begin(desc or UNNAMED)
        for done, item in enumerate(bar(iterable, *args, desc=desc, **kwargs), start=1):
            yield item
            show.advance(done, count)

    return told
