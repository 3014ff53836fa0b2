"""The page of a check: what is flagged and why, and the worst cells for somebody to keep or to drop."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Container, Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2

from .. import __version__
from ..escaping import visible
from ..languages import LANGUAGES, UNDETERMINED, base_tag
from ..metrics import Estimate
from ..packaged import packaged_text
from ..pages.templates import environment, scripted, shared, styled
from ..pages.words import between, language_name, listed, percent, plural, share

REASON_WORDS = {
    "language": "another language",
    "script": "letters of another script",
    "refusal": "the translator declined",
    "answer": "an answer, or talk about the translation",
    "echo": "not translated",
    "repetition": "goes round in circles",
    "lost": "a part is missing",
    "length": "unusual length",
    "kept": "numbers, links or placeholders lost",
    "markup": "other markup",
    "duplicate": "another prompt's translation",
    "round_trip": "says something else when translated back",
    "meaning": "another meaning",
}
_TOLD, _LONGEST = 8, 60
_NEARLY, _FEWEST = 0.8, 3  # part of a tag's cells, and how many, that show that it is another language's
_PART = 0.05  # of a tag's cells, from which a language is one that it is used for


def render(summary: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> str:
    """The page's HTML.

    Args:
        summary: what ``check.json`` holds.
        rows: the worst cells, as :class:`~isoglot.check.worst.Worst` gives them, and some of those that passed, as
            :class:`~isoglot.check.sample.Sample` does.
    """
    passed = sum(row["passed"] for row in rows)
    key = hashlib.sha256("\n".join(summary["files"]).encode(errors="replace")).hexdigest()[:12]
    there = {finding["reason"] for row in rows for finding in row["findings"]}
    return (
        _templates()
        .get_template("check.html.j2")
        .render(
            **styled(shared("tool.css") + packaged_text(__package__, "templates", "check.css")),
            **scripted(
                shared("tool.js") + packaged_text(__package__, "templates", "check.js"),
                {"key": key, "rows": rows, "words": REASON_WORDS},
            ),
            version=__version__,
            name=visible(listed(Path(path).name for path in summary["files"])),
            title=title(summary["flagged"], summary["cells"]),
            summary=summary,
            languages=[_language(tag, one) for tag, one in summary["languages"].items()],
            sentences=sentences(summary),
            filtering=[
                (name, visible(value), one)
                for name in ("kind", "category")
                for value, one in summary["filtering"][f"by_{name}"].items()
            ],
            tags=[(tag, language_name(tag)) for tag in sorted({row["language"] for row in rows})],
            reasons=[(name, words) for name, words in REASON_WORDS.items() if name in there],
            count=len(rows) - passed,
            passed=passed,
            told=summary["flagged"] + summary["marked"],
            percent=percent,
        )
    )


def title(flagged: int, cells: int) -> str:
    """How many cells are flagged, in words."""
    return f"{flagged:,} of {plural(cells, 'translation')} {'is' if flagged == 1 else 'are'} flagged"


def _language(tag: str, one: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the table of languages, in words."""
    found, rate = one["languages_found"], Estimate(**one["share"])
    return {
        "tag": tag,
        "name": language_name(tag),
        "cells": one["cells"],
        "flagged": one["flagged"],
        "share": f"{percent(rate.value)} ({between(rate.low, rate.high)})",
        "reasons": [(REASON_WORDS.get(name, name), count) for name, count in one["by_reason"].items()],
        "found": [(other, language_name(other), count) for other, count in found.items()],
        "removed": one["removed"],
    }


def sentences(summary: Mapping[str, Any]) -> list[str]:
    """What else is to be known before using the file."""
    filtering, twice, marks = summary["filtering"], summary["near_duplicates"], summary["marks"]
    found = [_several(tag, one, summary["pivots"]) for tag, one in summary["languages"].items()]
    found += [_elsewhere(tag, one, summary["pivots"]) for tag, one in summary["languages"].items()]
    found.append(_removed(filtering, summary["cells"], marks))
    found += [_over_represented(one) for one in filtering["over_represented"][:_TOLD]]
    if (more := len(filtering["over_represented"]) - _TOLD) > 0:
        found.append(f"check.json names {more} more that lose more than the rest.")
    if twice["groups"]:
        first = "; ".join(_names(ids) for ids in twice["first"])
        repeats = "repeats" if twice["groups"] == 1 else "repeat"
        found.append(f"{plural(twice['groups'], 'group')} nearly {repeats} the pivot of another: {first}.")
    for name, one in summary["prompts_as_answers"].items():
        where = f"{plural(one['count'], 'group')} of {one['groups']:,}"
        found.append(f"In {where} the field {_names([name])} holds the prompt again: {_names(one['first'])}.")
    found += [
        f"{name} gave up before the end, so that nothing or little of what it finds is here: {why}"
        for name, why in summary["gave_up"].items()
    ]
    for name, untold in summary["untold"].items():
        found += [f"{name} tells little in {language_name(tag)}: {why}." for tag, why in untold.items()]
    for name, unchecked in summary["unchecked"].items():
        found += [_unchecked(name, tag, one) for tag, one in unchecked.items()]
    if summary["without_cells"]:
        found.append(f"No group has a text in {listed(summary['without_cells'])}, which the file has a column for.")
    if summary["without_pivot"]:
        found.append(f"{plural(summary['without_pivot'], 'group')} without a pivot could not be checked.")
    if count := summary["without_kind"]:
        found.append(
            f"{plural(count, 'group')} of {summary['groups']:,} do not say whether they are harmful or harmless. "
            "Training takes such groups for harmful ones: say it, by a column kind or by --kind."
        )
    if any(marks[name] for name in ("keep", "drop", "stale", "unknown")):
        found.append(_marks(marks))
    if count := marks["waiting"]:
        was, it = ("mark was", "its cell keeps") if count == 1 else ("marks were", "their cells keep")
        found.append(f"{count:,} {was} taken back in languages that were not checked: {it} the weight until they are.")
    if (passed := summary["passed"])["looked_at"]:
        found.append(
            f"Of translations in which nothing was found {passed['looked_at']:,} have marks, {passed['dropped']:,} of "
            f"them to drop: {share(Estimate(**passed['share']))}. That is about what the checks miss, if these were "
            "drawn by chance, as on this page."
        )
    return [visible(one) for one in found if one]


def _removed(filtering: Mapping[str, Any], cells: int, marks: Mapping[str, int]) -> str:
    """How many cells the groups that are written lack, or have with a low weight."""
    elsewhere = marks["dropped_elsewhere"] + marks["failed_elsewhere"]
    dropped = marks["drop"] - marks["dropped_elsewhere"]
    more = f"{plural(elsewhere, 'translation')} in languages that were not checked"
    more = f" {more} {'is' if elsewhere == 1 else 'are'} left out by marks." if elsewhere else ""
    if not filtering["removed"]:
        said = f"No translation that was checked scores under {filtering['below']}, so none of these is left out."
        return said + more if elsewhere else f"No translation scores under {filtering['below']}, so none is left out."
    one = filtering["removed"] == 1
    why = f"{'scores' if one else 'score'} under {filtering['below']}"
    why += f" or {'is' if one else 'are'} marked to drop" if dropped else ""
    what = f"{filtering['removed']:,} of {plural(cells, 'translation')} {why}"
    if filtering["left_out"]:
        return f"{what}, and {'is' if one else 'are'} left out of the groups.jsonl that is written.{more}"
    return f"{what}; what is not marked to drop is kept, with a low weight.{more}"


def _marks(marks: Mapping[str, int]) -> str:
    """How many marks counted, and how many did not, in two short sentences at most."""
    stored = f" ({marks['stored']:,} by marks that stand in the file)" if marks["stored"] else ""
    counts = [
        f"{marks['keep']:,} kept{stored}" if marks["keep"] else "",
        f"{marks['drop']:,} dropped" if marks["drop"] else "",
    ]
    elsewhere = f" ({marks['elsewhere']:,} in languages that were not checked)" if marks["elsewhere"] else ""
    used = ", ".join(filter(None, counts))
    said = f"Marks: {used}{elsewhere}." if used else "No mark counts."
    why = [
        f"{marks[name]:,} {words}" if marks[name] else ""
        for name, words in (("stale", "of texts that have changed since"), ("unknown", "of cells that are not there"))
    ]
    if ignored := " and ".join(filter(None, why)):
        return f"{said} Not used: {ignored}."
    return said


def _unchecked(name: str, tag: str, one: Mapping[str, Any]) -> str:
    """Of a checker that has checked other cells of the language."""
    named = _names(one["first"]) + (f" and {more:,} more" if (more := one["count"] - len(one["first"])) else "")
    why = f" (of the last one: {one['why']})" if one["why"] else ""
    return f"{name} left {plural(one['count'], 'translation')} in {language_name(tag)} unchecked{why}: {named}."


def _several(tag: str, one: Mapping[str, Any], pivots: Container[str]) -> str:
    """That cells of one tag are in several languages, as those of a macrolanguage may be; empty if they are not.

    What is in the pivot's language was not translated, which is another fault.
    """
    others = {other: count for other, count in one["languages_found"].items() if other != UNDETERMINED}
    found = {other: count for other, count in others.items() if other == tag or other not in pivots}
    often = {other: count for other, count in found.items() if count >= _PART * one["cells"]}
    if len(often) < 2:
        return ""
    named = listed(f"{language_name(other)} ({other}) in {count:,}" for other, count in often.items())
    return f"{tag} is used for several languages: {named} of {plural(one['cells'], 'cell')}. Give each its own tag."


def _elsewhere(tag: str, one: Mapping[str, Any], pivots: Container[str]) -> str:
    """That nearly all cells of a tag are in one other language, as where it is the code of a country; empty if not."""
    found = {other: count for other, count in one["languages_found"].items() if other != UNDETERMINED}
    other, count = max(found.items(), key=lambda item: item[1], default=(tag, 0))
    members = LANGUAGES[base].members if (base := base_tag(tag)) is not None else ()
    if other in (tag, base, *members) or other in pivots or count < max(_FEWEST if base else 1, _NEARLY * one["cells"]):
        return ""
    cells = plural(one["cells"], "cell")
    what = f"All {cells}" if 1 < count == one["cells"] else f"{count:,} of {cells}"
    return f"{what} of {tag} {'is' if count == 1 else 'are'} {language_name(other)} ({other}): is the tag right?"


def _names(names: Sequence[str]) -> str:
    """Names that strangers gave, each cut to what a sentence bears."""
    return ", ".join(name if len(name) <= _LONGEST else f"{name[:_LONGEST]}..." for name in names)


def _over_represented(one: Mapping[str, Any]) -> str:
    what = language_name(one["value"]) if one["what"] == "language" else _names([one["value"]])
    own, rest = share(Estimate(**one["share"])), percent(one["rest"]["value"])
    return f"The {one['what']} {what} loses more than the rest: {own} against {rest}."


@functools.cache
def _templates() -> jinja2.Environment:
    return environment(str(__package__))
