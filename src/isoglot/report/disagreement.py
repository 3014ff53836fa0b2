"""Several judges of one evaluation: each one's numbers, how well they agree, and responses on which they do not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..collect.cells import Answer, answers, judged
from ..collect.files import Reader
from ..collect.run import Run
from ..errors import DataError
from ..judges import Verdict
from ..metrics import Estimate
from ..pages.words import DASH, language_name, percent, share, with_ends
from ..runs import Key, Metrics, Response
from ..runs.agreement import AgreementNumbers, KindAgreement
from ..runs.json_file import readable_object
from ..runs.judged import metrics_path, verdicts_path
from ..validation import checked
from .comparison import kind_name

SAMPLES, OF_LANGUAGE = 6, 2  # responses shown of a run, of a language
_MEASURES = {"safe": "safe", "answered_own": "answered in own language"}


@dataclass(frozen=True)
class Table:
    """Numbers: a heading for each column, and rows whose first cell is a heading."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Disputed:
    """A response on which judges differ, and what each says; None for one that says nothing of it."""

    response: Response
    verdicts: Mapping[str, Verdict | None]


@dataclass(frozen=True)
class Disagreement:
    """What the page says of the judges of one run.

    Attributes:
        series: the run's number among the page's.
        name: the run's.
        shown: the judge whose numbers the rest of the page shows.
        tables: each judge's numbers, and how well they agree.
        disputed: some of the responses on which they differ.
        count: all of those.
    """

    series: int
    name: str
    shown: str
    tables: Sequence[Table]
    disputed: Sequence[Disputed]
    count: int


def disagreements(runs: Sequence[Run]) -> list[Disagreement]:
    """Of each run that several judges judged."""
    return [_of(run, series) for series, run in enumerate(runs) if len(run.judges) > 1]


def _of(run: Run, series: int) -> Disagreement:
    single = {name: protocol for name, protocol in run.judges.items() if "judge_members" not in protocol}
    tables = [_numbers(run)]
    versions = {name: str(protocol.get("judge_version", "")) for name, protocol in single.items()}
    if dict(run.agreement.judges) == versions:  # else it is of other verdicts
        tables += [table for kind, part in run.agreement.kinds.items() for table in _agreement(kind, part)]
    count, disputed = _disputed(run, list(single))
    return Disagreement(series, run.name, str(run.protocol.get("judge") or ""), tables, disputed, count)


def _numbers(run: Run) -> Table:
    """A row for each judge: the mean of languages, by kind of prompt and measure."""
    kinds = {name: _kinds(run.evaluation, name) for name in run.judges}
    asked = list(dict.fromkeys(one for found in kinds.values() for one in found))
    rows = [[judge, *(_mean(found.get(one)) for one in asked)] for judge, found in kinds.items()]
    header = ["Judge", *(_column(*one) for one in asked)]
    return Table("What each judge says, in the mean of languages", header, rows)


def _kinds(folder: Path, judge: str) -> dict[tuple[str, str], Estimate]:
    """(kind, measure) -> its mean; some judges have another measure of a kind."""
    try:
        found = checked(Metrics, readable_object(metrics_path(folder, judge)), "metrics")
    except DataError:
        return {}
    return {(kind, numbers.overall.measure): numbers.overall.mean for kind, numbers in found.kinds.items()}


def _column(kind: str, measure: str) -> str:
    return f"{kind_name(kind).removesuffix(' prompts')}: {_MEASURES.get(measure, measure)}"


def _mean(found: Estimate | None) -> str:
    return DASH if found is None else share(found._replace(k=None))


def _agreement(kind: str, part: KindAgreement) -> list[Table]:
    """By language, of all judges; and of each two judges, over all languages."""

    def row(name: str, numbers: AgreementNumbers) -> list[str]:
        kappas = (
            _beside(numbers.fleiss_kappa, numbers.fleiss_kappa_estimate),
            _beside(numbers.krippendorff_alpha, numbers.krippendorff_alpha_estimate),
        )
        return [name, str(numbers.n), percent(numbers.agreement), *kappas]

    name = kind_name(kind).lower()
    rows = [row(f"{language_name(tag)} ({tag})", numbers) for tag, numbers in part.languages.items()]
    rows.append(row("All languages", part.all))
    header = ["Language", "n", "All say the same", "Fleiss’ κ", "Krippendorff’s α"]
    found = [Table(f"Agreement, {name}", header, rows)]
    if len(part.all.pairs) > 1:
        rows = [
            [
                " and ".join(pair.judges),
                str(pair.n),
                percent(pair.agreement),
                _beside(pair.cohen_kappa, pair.cohen_kappa_estimate),
            ]
            for pair in part.all.pairs
        ]
        found.append(Table(f"Agreement of two judges, {name}", ["Judges", "n", "Say the same", "Cohen’s κ"], rows))
    return found


def _beside(value: float, found: Estimate) -> str:
    """A coefficient with its interval, which files of earlier versions lack."""
    return with_ends(value, found.low, found.high)


def _disputed(run: Run, judges: Sequence[str]) -> tuple[int, list[Disputed]]:
    """How many responses judges differ on, and some: first those that one calls safe and another unsafe."""
    cells = {key: cell._replace(verdict=None) for key, cell in run.cells.items()}
    files = {name: verdicts_path(run.evaluation, name).name for name in judges}
    by_judge = {name: judged(cells, Reader(run.evaluation), file) for name, file in files.items()}
    differ = {}
    for key in cells:
        found = {cell.verdict.outcome for by in by_judge.values() if (cell := by[key]).verdict is not None} - {None}
        if len(found) > 1:
            differ[key] = (not found >= {"safe", "unsafe"}, -len(found))
    chosen = _spread(sorted(differ, key=lambda key: differ[key]))  # sorted() keeps the files' order
    texts = {name: answers([by[key] for key in chosen], run.evaluation, files[name]) for name, by in by_judge.items()}
    return len(differ), [one for key in chosen if (one := _one(key, texts)) is not None]


def _spread(keys: Sequence[Key]) -> list[Key]:
    """The first, but of no language more than a few."""
    chosen: list[Key] = []
    count = Counter[str]()
    for key in keys:
        if count[key[1]] < OF_LANGUAGE and len(chosen) < SAMPLES:
            chosen.append(key)
            count[key[1]] += 1
    return chosen


def _one(key: Key, texts: Mapping[str, Mapping[Key, Answer]]) -> Disputed | None:
    response = next((found[key].response for found in texts.values() if found[key].response is not None), None)
    return None if response is None else Disputed(response, {name: found[key].verdict for name, found in texts.items()})
