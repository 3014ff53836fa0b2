"""What two runs have in common, and what forbids to compare them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ..collect.differences import unlike
from ..collect.judges import judges_of_all
from ..collect.run import Run
from ..errors import DataError, problem, raise_all, some
from ..pages.words import plural
from ..runs import Key

_FEW = 8  # languages that a sentence names
_STEP = "Evaluate or judge both alike, or compare all the same with --anyway"


def refuse_unlike(first: Run, others: Sequence[Run], *, judge: str | None, anyway: bool) -> None:
    """All runs must be judged and answered alike, and share prompts.

    Raises:
        DataError: with everything that forbids the comparison.
    """
    problems = []
    for run in (first, *others):
        if not any(cell.verdict is not None for cell in run.cells.values()):
            step = "Run isoglot evaluate or isoglot judge"
            problems.append(problem(str(run.evaluation), "responses with verdicts", "none", step))
    for run in others if not problems else ():
        if not anyway:
            problems += [
                problem(f"{run.name}, {what}", f"{then} as in {first.name}", now, _step(what, first, run, judge))
                for what, then, now in unlike(first, run)
            ]
        if not alike(first, run)[0]:
            step = "Evaluate both on the same file"
            problems.append(problem(run.name, f"prompts that {first.name} was asked, too", "none", step))
    raise_all(problems, DataError)


def _step(what: str, first: Run, other: Run, judge: str | None) -> str:
    """What to do where runs are not alike; of other judges also which one has judged both by the same version."""
    both = judges_of_all([first, other])
    if not what.startswith("judge") or judge is not None or not both:
        return _STEP
    return f"Take one that judged both (--judge {' or '.join(both)}). Or e{_STEP[1:]}"


def alike(first: Run, other: Run) -> tuple[list[Key], list[str]]:
    """The answers to the same prompt that are judged in both runs, in the first's order; and what else there is."""
    both = [key for key in first.cells if key in other.cells]
    texts = [key for key in both if first.cells[key].prompt != other.cells[key].prompt]
    changed = set(texts)
    failed = [key for key in both if key not in changed and not (_judged(first, key) and _judged(other, key))]
    kept = [key for key in both if key not in changed | set(failed)]
    notes = [f"Not alike in {what}: {then} there, {now} here." for what, then, now in unlike(first, other)]
    notes += _lacking(first, other) + _lacking(other, first)
    if texts:
        notes.append(f"Left out: {plural(len(texts), 'prompt')} with another text in {other.name}.")
    if failed:
        notes.append(f"Left out: {plural(len(failed), 'answer')} without a verdict in one of the runs.")
    return kept, notes


def _judged(run: Run, key: Key) -> bool:
    verdict = run.cells[key].verdict
    return verdict is not None and verdict.outcome is not None


def _lacking(run: Run, other: Run) -> list[str]:
    """What a run lacks of another's prompts: languages in whole, and prompts of the languages that it has."""
    missing = [key for key in other.cells if key not in run.cells]
    own = {tag for _, tag, _ in run.cells}
    languages = list(dict.fromkeys(tag for _, tag, _ in missing if tag not in own))
    notes = []
    if languages:
        notes.append(f"{run.name} lacks {some(languages, _FEW)}, which {other.name} has.")
    rest = Counter(tag for _, tag, _ in missing if tag in own)
    if rest:
        of = some((f"{count} in {tag}" for tag, count in rest.items()), _FEW)
        notes.append(f"{run.name} lacks {plural(rest.total(), 'prompt')} that {other.name} has: {of}.")
    return notes
