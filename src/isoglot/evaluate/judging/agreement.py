"""How well the judges of one evaluation agree on outcomes, by kind of prompt and language."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from ...files import write_json
from ...metrics import (
    Estimate,
    clustered_rate,
    cohen_kappa_estimate,
    fleiss_kappa_estimate,
    krippendorff_alpha_estimate,
)
from ...runs.judged import AGREEMENT, judges_of
from ..protocol.judged_card import with_agreement
from ..protocol.made_with import protocol_of
from ..protocol.protocol_files import rewrite_protocol
from .side_by_side import members_on_disk, side_by_side

Row = Sequence[str | None]  # of a response: one outcome a judge; None where it failed


def write_agreement(folder: Path) -> dict[str, Any]:
    """Writes ``agreement.json``: how well the judges of a folder agree on outcomes, by kind of prompt and language.

    Returns:
        What the file holds: ``judges`` (names -> versions) and ``kinds``: kind -> ``{"languages": {tag: numbers},
        "all": numbers}``; the numbers are those of :func:`agreement`. Empty, without a file, for fewer than two judges.
    """
    judges = members_on_disk(folder) if len(judges_of(folder)) > 1 else {}
    if len(judges) < 2:
        (folder / AGREEMENT).unlink(missing_ok=True)
        return {}
    outcomes: dict[str, dict[str, list[tuple[str, Row]]]] = {}
    for response, verdicts in side_by_side(folder, list(judges)):
        of_kind = outcomes.setdefault(response.kind or "unknown", {})
        row = [verdict.bare().outcome for verdict in verdicts]
        of_kind.setdefault(response.language, []).append((response.group, row))

    def of(found: Sequence[tuple[str, Row]]) -> dict[str, Any]:
        return agreement([row for _, row in found], list(judges), [group for group, _ in found])

    kinds = {
        kind: {
            "languages": {tag: of(found) for tag, found in by_language.items()},
            "all": of([one for found in by_language.values() for one in found]),
        }
        for kind, by_language in outcomes.items()
    }
    found = {"judges": judges, "kinds": kinds}
    write_json(folder / AGREEMENT, found)
    return found


def settle(folder: Path) -> None:
    """Writes how well a folder's judges agree, and says so in its protocol; to be called when it has been judged."""
    rewrite_protocol(folder, with_agreement(protocol_of(folder), write_agreement(folder)))


def agreement(rows: Sequence[Row], judges: Sequence[str], prompts: Sequence[str] | None = None) -> dict[str, Any]:
    """How well judges agree on the outcomes of responses.

    Args:
        rows: one a response.
        judges: their names.
        prompts: whose a response is, since several to one prompt are one piece of evidence; None: each has its own.

    Returns:
        ``n`` (responses that all judged), ``agreement`` (share of them on which all say the same), ``fleiss_kappa`` of
        them, ``krippendorff_alpha`` (of all responses that two or more judged), and ``pairs``: for each two judges
        their names, ``n``, ``agreement`` and ``cohen_kappa``. NaN where a number is not defined. Each number has its
        interval under its name with ``_estimate``.
    """
    of = list(range(len(rows))) if prompts is None else prompts
    whole = [place for place, row in enumerate(rows) if None not in row]
    pairs = []
    for one, other in combinations(range(len(judges)), 2):
        both = [place for place, row in enumerate(rows) if row[one] is not None and row[other] is not None]
        found = {
            "agreement": _alike([[rows[place][one], rows[place][other]] for place in both], [of[one] for one in both]),
            "cohen_kappa": cohen_kappa_estimate([row[one] for row in rows], [row[other] for row in rows], clusters=of),
        }
        pairs.append({"judges": [judges[one], judges[other]], "n": len(both), **_with_intervals(found)})
    known, of_known = [rows[place] for place in whole], [of[place] for place in whole]
    numbers = {
        "agreement": _alike(known, of_known),
        "fleiss_kappa": fleiss_kappa_estimate(known, clusters=of_known),
        "krippendorff_alpha": krippendorff_alpha_estimate(rows, clusters=of),
    }
    return {"n": len(whole), **_with_intervals(numbers), "pairs": pairs}


def _with_intervals(numbers: Mapping[str, Estimate]) -> dict[str, Any]:
    """Each number by its name, as it always stood there, and with its interval."""
    bare = {name: found.value for name, found in numbers.items()}
    return bare | {f"{name}_estimate": found.as_dict() for name, found in numbers.items()}


def _alike(rows: Sequence[Row], prompts: Sequence[Hashable]) -> Estimate:
    return clustered_rate([len(set(row)) == 1 for row in rows], prompts)
