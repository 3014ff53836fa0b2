"""Asks one translator: what is kept first, each text once, as many calls as it takes at a time, in full batches."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter, defaultdict
from collections.abc import Sequence

from ..providers.patience import Patience
from .asks import Asks, Backend, Pair
from .cache import Kept
from .translator import NoPair, Translation


class Stopped(Exception):  # noqa: N818 - no error: the work ends before this was asked
    """Nothing more is asked."""


class Asker(Asks):
    """Asks a translator, and keeps what it makes as soon as it is there.

    A text that is asked for twice at a time is asked once. Texts of one pair of languages wait for each other, so that
    a call has as many as the translator takes, of similar length. A translator of which no call succeeds any more ends
    the work: what comes next in the chain would in silence do all that this one was meant to do.

    A pair of languages that the translator turns out to lack is asked for no more, and that it is lacking is not kept:
    by the next run it may have been installed. What was translated before is still found.

    Args:
        backend: which.
        enough: set when nothing more is to be asked; what waits raises :class:`Stopped` then.

    Attributes:
        calls: that were made.
        texts: that were asked for in them.
        found: texts that were there already.
        lacks: pairs of languages that it turned out to lack, and why.
        worked: whether it has given any translation, kept ones included.
    """

    def __init__(self, backend: Backend, enough: threading.Event) -> None:
        super().__init__(backend)
        self.lacks: dict[Pair, str] = {}
        self.worked = False
        self._enough = enough
        self._asked: dict[tuple[str, Pair], asyncio.Future[Kept]] = {}
        self._waiting: defaultdict[Pair, list[str]] = defaultdict(list)
        self._running: set[asyncio.Task[None]] = set()
        self._due = False
        self._patience, self._reasons = Patience(self.translator.concurrency), Counter[str]()
        self._gone: Exception | None = None

    async def ask(self, text: str, source: str, target: str) -> Kept:
        """A text's translation, or why there is none.

        Raises:
            Stopped: when nothing more is to be asked.
            RunError: when the translator does not work any more.
        """
        asked = text, (source, target)
        if asked not in self._asked:
            if (kept := self._kept(text, source, target)) is not None:
                self.found += 1
                self.worked = self.worked or kept.translation.text is not None
                return kept
            if why := self.lacks.get((source, target)):
                return self._best_known(text, (source, target), _lacking(why))
            self._asked[asked] = asyncio.get_running_loop().create_future()
            self._waiting[asked[1]].append(text)
            self._look_soon()
        return await asyncio.shield(self._asked[asked])  # others may wait for it, too

    async def ended(self) -> None:
        """Waits for the calls under way; what they bring is kept."""
        while self._running:
            await asyncio.wait(self._running)

    def _look_soon(self) -> None:
        """Calls begin when all that now comes to ask has asked, so that batches are full."""
        if not self._due:
            self._due = True
            asyncio.get_running_loop().call_soon(self._look)

    def _look(self) -> None:
        self._due = False
        if self._gone is not None or self._enough.is_set():
            self._give_up(self._gone or Stopped())
        while self._waiting and len(self._running) < max(1, self.translator.concurrency):
            call = asyncio.create_task(self._call(*self._batch()))
            self._running.add(call)
            call.add_done_callback(self._over)

    def _over(self, call: asyncio.Task[None]) -> None:
        self._running.discard(call)
        if not call.cancelled():
            self._look_soon()

    def _batch(self) -> tuple[Pair, list[str]]:
        """Texts for one call, of the pair of which most wait; together they are as long as each other."""
        size = max(1, self.translator.batch_size)
        pair = max(self._waiting, key=lambda one: len(self._waiting[one]))
        texts = self._waiting[pair]
        if size > 1:
            texts.sort(key=len, reverse=True)
        batch, rest = texts[:size], texts[size:]
        if rest:
            self._waiting[pair] = rest
        else:
            del self._waiting[pair]
        return pair, batch

    async def _call(self, pair: Pair, texts: list[str]) -> None:
        try:
            made = await self.translator.translate(texts, *pair)
            kept = self._keep(pair, texts, made)
        except asyncio.CancelledError:
            for text in texts:
                self._asked.pop((text, pair)).cancel()
            raise
        except NoPair as lacking:
            self._lack(pair, texts, str(lacking))
            return
        except Exception as error:  # of the disk, or a fault of the translator: whoever waits raises it
            self._gone = self._gone or error
            self._fail(pair, texts, self._gone)
            return
        for text, one in zip(texts, kept, strict=True):
            self._asked.pop((text, pair)).set_result(one)

    def _lack(self, pair: Pair, texts: Sequence[str], why: str) -> None:
        """Notes that a pair is lacking, and says so to all that wait for it."""
        self.lacks[pair] = why
        self.calls += 1
        self.texts += len(texts)
        for text in [*texts, *self._waiting.pop(pair, [])]:
            self._asked.pop((text, pair)).set_result(self._best_known(text, pair, _lacking(why)))

    def _keep(self, pair: Pair, texts: Sequence[str], made: Sequence[Translation]) -> list[Kept]:
        """Keeps what was made, and gives it as it is kept: what a run that goes on will find."""
        self._cache.add(self.translator, [(text, *pair, one) for text, one in zip(texts, made, strict=True)])
        self.calls += 1
        self.texts += len(texts)
        for one in made:
            self.usage.add(one.input_tokens, one.output_tokens)
            self.worked = self.worked or one.text is not None
        self._look_whether_gone(made)
        return [self._best_known(text, pair, one) for text, one in zip(texts, made, strict=True)]

    def _best_known(self, text: str, pair: Pair, one: Translation) -> Kept:
        """What is kept of a text, though it be an earlier answer that was refused; else what came."""
        kept = self._cache.get(self.translator, text, *pair)
        if kept is None:
            return Kept(one, "")
        return kept._replace(again=one.error) if one.fails_for_now else kept

    def _look_whether_gone(self, made: Sequence[Translation]) -> None:
        failed = [one for one in made if one.fails_for_now]
        if len(failed) < len(made):
            self._patience.answered()
            self._reasons.clear()
            return
        self._patience.failed()
        self._reasons[failed[0].error] += 1
        if self._patience.over:
            raise self._patience.error(self.name, "a translation of each text", self._reasons)

    def _give_up(self, error: Exception) -> None:
        for pair, texts in self._waiting.items():
            self._fail(pair, texts, error)
        self._waiting.clear()

    def _fail(self, pair: Pair, texts: Sequence[str], error: Exception) -> None:
        for text in texts:
            future = self._asked.pop((text, pair))
            future.set_exception(error)
            future.exception()  # seen, should nobody wait for it any more


def _lacking(why: str) -> Translation:
    return Translation(None, why, lasting=True)
