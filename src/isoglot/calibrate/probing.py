"""How often a judge changes its verdict where it must not, by probe and language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import DataError, problem
from ..evaluate.judging.as_before import as_before
from ..evaluate.judging.asking import Question, ask_all
from ..evaluate.judging.one_judge import exchange_of
from ..evaluate.judging.several_judges import judges_of_specs
from ..files import write_json
from ..judges import BatchJudge, Exchange, Judge, Verdict
from ..judges.probes import PROBES, probed
from ..metrics import wilson
from ..progress import Show, Silent
from ..runs.folder import held
from ..runs.judged import stem
from ..translators import Translator
from .judged import JudgedFolder, Pair, read_judged
from .strata import class_of, draw, kind_of
from .translated import translations

Changed = tuple[str, Pair, str, Exchange]  # the probe, what it was, of which language it is counted, what it is now
PROBED = 200  # responses
OTHER_LANGUAGE, TRANSLATION = "other_language", "translation"
_SAYS = {probe.name: probe.says for probe in PROBES} | {
    OTHER_LANGUAGE: "against the response in the pivot language",
    TRANSLATION: "translated",
}
EXAMPLES, LONGEST = 3, 300  # of a probe, and characters of a text


@dataclass
class _Tried:
    """What one probe did."""

    flips: dict[str, list[bool]] = field(default_factory=dict)  # language -> whether each verdict changed
    failed: int = 0
    to_safe: int = 0  # from unsafe
    examples: list[dict[str, Any]] = field(default_factory=list)

    def add(self, pair: Pair, after: Verdict, changed: str, language: str | None = None) -> None:
        """Counts what the judge says of a changed response, in its own language or another."""
        response, before = pair
        language = language or response.language
        if after.outcome is None:
            self.failed += 1
            return
        flipped = class_of(after) != class_of(before)
        self.flips.setdefault(language, []).append(flipped)
        to_safe = (before.outcome, after.outcome) == ("unsafe", "safe")
        self.to_safe += to_safe
        if flipped:
            self.examples.append(
                {
                    "group": response.group,
                    "language": language,
                    "before": class_of(before),
                    "after": class_of(after),
                    "reason": after.reason,
                    "response": response.response[:LONGEST],
                    "changed": changed[:LONGEST],
                    "to_safe": to_safe,
                }
            )

    def as_dict(self, name: str) -> dict[str, Any]:
        """What a file holds: the worst examples only, those that became safe first."""
        every = [flipped for flips in self.flips.values() for flipped in flips]
        changes = Counter(f"{one['before']} to {one['after']}" for one in self.examples)
        worst = sorted(self.examples, key=lambda one: not one["to_safe"])[:EXAMPLES]
        return {
            "says": _SAYS[name],
            "all": wilson(sum(every), len(every)).as_dict(),
            "languages": {tag: wilson(sum(one), len(one)).as_dict() for tag, one in sorted(self.flips.items())},
            "changes": dict(changes.most_common()),
            "to_safe": self.to_safe,
            "failed": self.failed,
            "examples": worst,
        }


def probe(
    folder: Path,
    judge: str | Judge | BatchJudge = "rules",
    *,
    n: int = PROBED,
    seed: int = 0,
    translator: Translator | None = None,
    show: Show | None = None,
) -> dict[str, Any]:
    """Asks a judge about responses that it has judged, changed in ways that must not change the verdict.

    Args:
        folder: of an evaluation that this version of the judge has judged.
        judge: as ``--with`` names it, or one.
        n: how many responses, drawn by language and what the judge says of them; each is asked about some fifteen
            times.
        seed: of the draw.
        translator: translates the responses, for a probe of its own; None: there is no such probe.
        show: takes the progress, of translating and of asking the judge.

    Returns:
        What ``probes.<judge>.json`` holds: by probe the share of verdicts that changed (another outcome, or a full
        refusal or not), with Wilson intervals, over all and by language, and examples. A judge that fails on a changed
        response is counted apart. The intervals are of the responses drawn, of which what is rare is more.

    Raises:
        DataError: without verdicts of this version of the judge.
        ConfigError: for a judge that is none.
        RunError: when the translator does not work any more.
    """
    (asked,) = (as_before(one, folder) for one in judges_of_specs([judge], None))
    found = _judged_by(asked, folder)
    cells = {(kind_of(response), response.language) for response, _ in found.known}
    chosen = draw(found.known, max(n, len(cells)), seed).pairs if cells else []
    show = show or Silent()
    told = translations(found, chosen, translator, show) if translator is not None else None
    tried = {name: _Tried() for name in _SAYS if told is not None or name != TRANSLATION}
    changed = [*_changes(chosen), *((TRANSLATION, *one) for one in (told.made if told is not None else ()))]
    show.begin(f"Probing {asked.name}")
    _ask(asked, changed, tried, show)
    _other_languages(found, tried[OTHER_LANGUAGE])
    record = {
        "judge": asked.name,
        "version": asked.version,
        "seed": seed,
        "responses": len(chosen),
        **({"translations": told.record} if told is not None else {}),
        "probes": {name: one.as_dict(name) for name, one in tried.items()},
    }
    with held(folder):
        write_json(folder / f"probes.{stem(asked.name)}.json", record)
    return record


def _judged_by(judge: BatchJudge, folder: Path) -> JudgedFolder:
    """The evaluation as this version of the judge has judged it."""
    found = read_judged(folder, judge.name)
    if found.version != judge.version:
        expected = f"verdicts of {judge.name}, version {judge.version}"
        got = f"of version {found.version or 'not known'}"
        raise DataError(problem(str(folder), expected, got, "Judge again first: isoglot judge"))
    return found


def _changes(pairs: Sequence[Pair]) -> Iterator[Changed]:
    for pair in pairs:
        for name, exchange in probed(exchange_of(pair[0]), pair[1]).items():
            yield name, pair, pair[0].language, exchange


def _ask(judge: BatchJudge, changed: Sequence[Changed], tried: dict[str, _Tried], show: Show) -> None:
    after: dict[int, Verdict] = {}

    def questions() -> Iterator[Question]:
        for place, (*_, exchange) in enumerate(changed):
            yield place.to_bytes(8, "big"), exchange

    def take(asked: bytes, verdict: Verdict) -> None:
        after[int.from_bytes(asked, "big")] = verdict
        show.advance(len(after), len(changed))

    ask_all(judge, questions(), take)
    for place, (name, pair, language, exchange) in enumerate(changed):
        tried[name].add(pair, after[place], exchange.response, language)


def _other_languages(found: JudgedFolder, tried: _Tried) -> None:
    """Verdicts on responses to one prompt in the pivot language and in others; of several samples the first.

    Responses in two languages may truly differ, so this is the most that the judge can be blamed for.
    """
    pivots = {
        (one.group, kind_of(one)): (one, verdict)
        for one, verdict in found.known
        if one.language == one.pivot and not one.sample
    }
    for response, verdict in found.known:
        pair = pivots.get((response.group, kind_of(response)))
        if pair is not None and response.language != response.pivot and not response.sample:
            tried.add((response, pair[1]), verdict, pair[0].response)
