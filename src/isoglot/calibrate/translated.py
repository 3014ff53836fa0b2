"""Responses in other words of the same meaning: each translated, and put to the judge where that language was asked."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from ..calls import run
from ..evaluate.judging.one_judge import exchange_of
from ..judges import Exchange
from ..languages import UNDETERMINED
from ..progress import Show
from ..providers.usage import usage_said
from ..runs import Response
from ..translators import Translator
from ..translators.asking import Asker
from ..translators.asks import Backend
from ..translators.cache import opened
from .judged import JudgedFolder, Pair
from .strata import kind_of

KEPT = "probes.translations.sqlite"  # in the evaluation's folder: what was translated is not asked for again


class Translated(NamedTuple):
    """A response in another language.

    Attributes:
        pair: the response and the verdict on it.
        language: the one of the two that is not the pivot.
        exchange: what the judge is asked now: the prompt in the language translated to, and the translation.
    """

    pair: Pair
    language: str
    exchange: Exchange


class Translations(NamedTuple):
    """What a translator made of responses.

    Attributes:
        made: what it translated.
        record: who translated, what it took, and how many it did not translate.
    """

    made: list[Translated]
    record: dict[str, Any]


def translations(found: JudgedFolder, chosen: Sequence[Pair], translator: Translator, show: Show) -> Translations:
    """The chosen responses in other languages: those in the pivot language in each other, all others in the pivot.

    A response that is no answer, or is in no known language, has no translation; nor has one to a prompt that was not
    asked in the language it would be translated to.

    Args:
        found: the evaluation.
        chosen: of its responses.
        translator: which.
        show: takes the progress.

    Raises:
        RunError: when the translator does not work any more.
    """
    wanted = list(_wanted(found, chosen))
    show.begin(f"Translating by {translator.spec}")
    with opened(found.folder / KEPT) as cache:
        asker = Asker(Backend(translator, cache), threading.Event())
        texts = run(lambda: _asked(asker, wanted, show))
        record = asker.record()
    made = [
        replaced._replace(exchange=replace(replaced.exchange, response=text))
        for (replaced, _), text in zip(wanted, texts, strict=True)
        if text is not None
    ]
    return Translations(made, record | {"not_translated": len(wanted) - len(made)})


def _wanted(found: JudgedFolder, chosen: Sequence[Pair]) -> Iterator[tuple[Translated, str]]:
    """What there is to translate, the exchange still with the response as it is; and the language it is in."""
    there: dict[tuple[str, str], dict[str, Response]] = {}
    for one, _ in found.known:
        there.setdefault((one.group, kind_of(one)), {}).setdefault(one.language, one)
    for response, verdict in chosen:
        written = verdict.language or response.language
        if verdict.outcome == "invalid" or written == UNDETERMINED:
            continue
        asked: Mapping[str, Response] = there[response.group, kind_of(response)]
        pivot = response.pivot
        for tag in (tag for tag in asked if (tag == pivot) != (written == pivot)):
            exchange = replace(exchange_of(asked[tag]), response=response.response)
            yield Translated((response, verdict), tag if written == pivot else written, exchange), written


async def _asked(asker: Asker, wanted: Sequence[tuple[Translated, str]], show: Show) -> list[str | None]:
    """Translations, in their order; None where there is none."""
    done = 0

    async def ask(one: Translated, written: str) -> str | None:
        nonlocal done
        text = None
        if not asker.why_not(written, one.exchange.language):
            text = (await asker.ask(one.exchange.response, written, one.exchange.language)).translation.text
        done += 1
        show.note(usage_said(asker.usage))
        show.advance(done, len(wanted))
        return text

    try:
        return list(await asyncio.gather(*(ask(one, written) for one, written in wanted)))
    finally:
        await asker.ended()
        await asker.translator.close()
