"""What becomes of a group whose cells have been checked: weights, and what is left out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ..amounts import is_number
from ..groups.group import FIELDS
from ..groups.provenance import checked_by, parts
from .finding import USABLE
from .result import Result, text_hash

_DIGITS = 6
BEFORE = "unmarked_score"  # beside a mark to keep: the score that the last check would have given without it
_MARK = ("mark", "hash", BEFORE)  # of a cell's provenance


def weighed(record: Mapping[str, Any], results: Sequence[Result], *, keep_all: bool = False) -> dict[str, Any]:
    """The record with a weight for each cell that is not perfect; what has checked a cell and what was found of it
    stands in its provenance.

    What is not usable is left out: missing costs less than wrong, and a group's only translation weighs as much at any
    weight but 0. A weight is the score times the weight that was there. One that an earlier check has multiplied (its
    score is in the provenance beside its reasons) is divided by that first, so that checking twice weighs once.

    Args:
        record: of ``groups.jsonl``.
        results: of its cells, or of some.
        keep_all: whether what is not usable stays, with its weight; what is marked to be dropped does not.
    """
    prompts = dict(record["prompts"])
    weights, provenance = dict(record.get("weights") or {}), dict(record.get("provenance") or {})
    for result in results:
        tag = result.cell.language
        score = round(result.score, _DIGITS)
        if result.mark == "drop" or (result.removed and not keep_all):
            _leave_out(tag, prompts, weights, provenance)
            continue
        _set(weights, tag, _before(weights.get(tag), provenance.get(tag)) * score)
        provenance[tag] = _provenance(provenance.get(tag), result)
    made = {**record, "prompts": prompts, "weights": weights, "provenance": provenance}
    there = [key for key in FIELDS if made.get(key) not in (None, {})]
    return {key: made[key] for key in dict.fromkeys([*there, *record]) if key in there or key not in FIELDS}


def marked(
    record: Mapping[str, Any], marks: Mapping[str, tuple[str, str]], *, keep_all: bool = False
) -> dict[str, Any]:
    """The record with what people say of cells that are not checked this time.

    A dropped cell goes. A kept one has the weight that it had before any check, and the mark in its provenance, beside
    what the last check of it has found. Where a mark is taken back the cell has the score and weight of that
    check again, or is left out as not usable; where no score is known, it keeps its weight until the next check.

    Args:
        record: of ``groups.jsonl``.
        marks: language -> mark, or ``"none"`` for one that is taken back, and the hash of the texts.
        keep_all: whether what is not usable stays, with its weight.
    """
    prompts = dict(record["prompts"])
    weights, provenance = dict(record.get("weights") or {}), dict(record.get("provenance") or {})
    for tag, (mark, made_of) in marks.items():
        said = parts(provenance.get(tag))
        score, was_marked = unmarked_score(said, made_of), "mark" in said
        weight = _before(weights.get(tag), said)
        if mark == "drop":
            _leave_out(tag, prompts, weights, provenance)
        elif mark == "keep":
            score = said.get("score") if "checks" in said and not was_marked else score
            now: dict[str, Any] = {"score": 1.0} if "checks" in said else {}  # else no check has scored the cell
            now |= {"mark": mark, "hash": made_of} | ({} if score is None else {BEFORE: score})
            provenance[tag] = said | now
            _set(weights, tag, weight)
        elif was_marked and score is not None and score < USABLE and not keep_all:
            _leave_out(tag, prompts, weights, provenance)
        elif was_marked:
            provenance[tag] = {key: value for key, value in said.items() if key not in _MARK}
            if not provenance[tag]:  # there was nothing but the mark
                del provenance[tag]
            elif score is not None:
                provenance[tag]["score"] = score
                _set(weights, tag, weight * score)
    return {**record, "prompts": prompts, "weights": weights, "provenance": provenance}


def unmarked_score(said: Any, made_of: str) -> float | None:
    """The score in [0, 1] that a cell had before it was marked; None where that is not known.

    Args:
        said: its provenance.
        made_of: the hash of its texts, for which the mark must have been given.
    """
    found = said if isinstance(said, Mapping) and said.get("hash") == made_of else {}
    score = found.get(BEFORE)
    return float(score) if is_number(score) and 0 <= score <= 1 else None


def _leave_out(tag: str, *parts: dict[str, Any]) -> None:
    for of in parts:
        of.pop(tag, None)


def _set(weights: dict[str, Any], tag: str, weight: float) -> None:
    """Gives a cell its weight; one that is there already, or 1 where none is, is left as it is written."""
    if (weight := round(weight, _DIGITS)) != float(weights.get(tag, 1)):
        weights[tag] = weight


def _before(weight: Any, said: Any) -> float:
    """The weight without what an earlier check has made of it; 1 where none was given."""
    if weight is None:
        return 1.0
    score = said.get("score") if isinstance(said, Mapping) and "checks" in said else None
    if is_number(score) and 0 < score <= 1:
        whole = float(weight) / score
        return whole if math.isfinite(whole) else float(weight)
    return float(weight)


def _provenance(said: Any, result: Result) -> dict[str, Any]:
    """What is said of the cell's making, what has checked it, and what was found, now or by an earlier check."""
    before = parts(said)
    checked = {"checked": checked_by(result.checkers)}
    reasons = list(dict.fromkeys(one.reason for one in result.check.findings))
    if not reasons and result.mark is None and "checks" not in before:
        return before | checked
    found = checked | {"checks": reasons, "score": round(result.score, _DIGITS)}
    for key in _MARK:
        before.pop(key, None)
    if result.mark is not None:
        score = round(result.check.score, _DIGITS)
        found |= {"mark": result.mark, "hash": text_hash(result.cell), BEFORE: score}
    return {**before, **found}
