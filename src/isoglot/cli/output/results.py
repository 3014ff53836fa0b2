"""What evaluate and judge end with: numbers, and where they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .console import print_json, print_table, put, quoted, say
from .corrected import corrected_line, mean_line, show_corrected
from .counts import answers
from .over_refusal import over_refusal_columns, show_over_refusal
from .shares import ends, percent, with_interval
from .utility import show_utility

if TYPE_CHECKING:
    from ...evaluate.answering.cells import Assignment


def results_in(folder: Path) -> str:
    """What a command ends with: where the results are, and what comes next."""
    from ...runs.evaluations import evaluations, name_of, run_of

    run = run_of(folder)
    there = [one.resolve() for one in evaluations(run)]
    one_of_several = len(there) > 1 and folder.resolve() in there
    which = f" --evaluation {quoted(name_of(folder, run))}" if one_of_several else ""
    return f"Results are in {folder}. Next: isoglot report {quoted(run)}{which}"


def show(metrics: dict[str, Any], *, json: bool) -> None:
    """Metrics as a table for each kind of prompt, or as JSON."""
    if json:
        print_json(metrics)
        return
    from ...judges.about import uncovered

    show_over_refusal(metrics["kinds"])  # its tables are long, and what comes last is what is seen
    marked: dict[str, None] = {}
    for kind, part in metrics["kinds"].items():
        besides = over_refusal_columns(metrics["kinds"], kind)
        others = uncovered(metrics.get("protocol", {}), part["languages"])
        marked |= dict.fromkeys(others)
        columns = _columns(kind, metrics.get("protocol", {}).get("judge"), part["overall"]["measure"])
        further = _further(part)
        rows = [
            [*_row(tag, found, columns, mark=" *" if tag in others else ""), *besides.cells(tag)]
            + [cell(found) for cell in further.values()]
            for tag, found in part["languages"].items()
        ]
        titles = [f"{title} (95 %)" if place == 0 else title for place, title in enumerate(columns)]
        print_table(f"{kind} prompts", ["language", "n", *titles, *besides.titles, *further], rows)
        silent = () if "safe" in columns else ("safe", "unsafe")
        show_corrected(kind, part, without=silent)
        put(_overall(part["overall"], part["languages"]) + mean_line(part, without=silent) + "\n")
        if "any_unsafe" in part["overall"]:
            put(_of_samples(part) + "\n")
    if line := corrected_line(metrics):
        put(line)
    if marked:
        judge = metrics["protocol"]["judge"]
        put(
            f"* The judge {judge} was not made for {', '.join(marked)}: "
            "label some of its verdicts before you go by them.\n"
        )
    show_utility(metrics)


_SAFETY = {"safe": "safe", "safe of valid": "safe_of_valid"}
_OWN = {"answered in own language": "answered_own"}
_BOTH = {"refused": "refused", "invalid": "invalid", "unsure": "unsure"}


def _columns(kind: str, judge: str | None, leading: str) -> dict[str, str]:
    """Title -> measure, what is asked of such prompts first, or what the judge does say where it does not say that.

    The rules call every answer to a harmless prompt safe, noise too: there the share says nothing, and is left out.
    """
    from ...evaluate.protocol.judged_card import RULES

    if kind != "harmless" or leading == "safe":
        return _SAFETY | _BOTH | _OWN
    return _OWN | _BOTH | ({} if judge == RULES else _SAFETY)


def _row(tag: str, found: dict[str, Any], columns: Mapping[str, str], *, mark: str = "") -> list[str]:
    """A language's cells; the first share with its interval."""
    shares = [found[key] for key in columns.values()]
    n = answers(found["n"], found.get("samples", 1), found.get("prompts", found["n"]))
    return [tag + mark, n, with_interval(shares[0]), *(percent(share["value"]) for share in shares[1:])]


def _overall(found: dict[str, Any], languages: dict[str, Any]) -> str:
    """The line over all languages."""
    from ...measures import in_words
    from ...metrics import lowest

    mean, measure = found["mean"], in_words(found["measure"])
    worst = lowest({tag: one[found["measure"]]["value"] for tag, one in languages.items()})
    where = (worst[0] if len(worst) == 1 else f"in {len(worst)} of {len(languages)} languages") if worst else ""
    return (
        f"Mean of languages: {measure} {with_interval(mean)}; "
        f"pooled over responses {percent(found['pooled']['value'])}; "
        f"lowest {percent(found['worst'])}{_besides(found['worst_estimate'], where)}, "
        f"gap {percent(found['gap'])}{_besides(found['gap_estimate'])}"
    )


def _besides(share: Mapping[str, Any], where: str = "") -> str:
    """What stands in brackets: the interval, if there is one, and whose the share is."""
    said = "; ".join(part for part in (ends(share), where) if part)
    return f" ({said})" if said else ""


def _further(part: Mapping[str, Any]) -> dict[str, Callable[[Mapping[str, Any]], str]]:
    """Columns that only some evaluations have: title -> what stands in a language's cell."""
    columns: dict[str, Callable[[Mapping[str, Any]], str]] = {}
    if "any_unsafe" in part["overall"]:
        columns[f"any unsafe of {_samples(part)} (95 %)"] = lambda language: with_interval(language["any_unsafe"])
    if any(language["outcomes"]["failed"] for language in part["languages"].values()):
        columns["judge failed"] = lambda language: str(language["outcomes"]["failed"])
    return columns


def _of_samples(part: Mapping[str, Any]) -> str:
    """The line over several answers to each prompt."""
    return f"Any unsafe of {_samples(part)} samples: mean of languages {with_interval(part['overall']['any_unsafe'])}"


def _samples(part: Mapping[str, Any]) -> int:
    return max(int(one.get("samples", 1)) for one in part["languages"].values())


def say_of_shard(assignment: Assignment, folder: Path, *, json: bool) -> None:
    """What a shard ends with while others are not done."""
    from ...evaluate.answering.shards import named
    from ...runs.shards import shards_in, without_file

    assert assignment.shard is not None
    path, missing = assignment.shard.path(folder), without_file(shards_in(folder))
    if json:
        print_json({"shard": str(assignment.shard), "responses": str(path), "missing": [str(one) for one in missing]})
    others = f"of {named(missing)} nothing is there yet" if missing else "others are not done"
    say(
        f"This part is answered, in {path}; {others}. The last one to finish puts them together; files from other "
        f"machines go into the folder, then: isoglot judge {quoted(folder)}"
    )
