"""How well the judges of an evaluation agree, as tables."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .console import print_table, put
from .shares import percent

_KAPPAS = {"Fleiss' κ": "fleiss_kappa", "Krippendorff's α": "krippendorff_alpha"}


def show_agreement(folder: Path) -> None:
    """Prints what ``agreement.json`` says; nothing where there is one judge."""
    from ...runs.json_file import readable_object
    from ...runs.judged import AGREEMENT

    found = readable_object(folder / AGREEMENT)
    for kind, part in found.get("kinds", {}).items():
        rows = [_row(tag, numbers) for tag, numbers in part["languages"].items()]
        title = f"Agreement of {len(found['judges'])} judges, {kind} prompts (95 %)"
        print_table(title, ["language", "n", "all agree", *_KAPPAS], [*rows, _row("all", part["all"])])
        for pair in part["all"]["pairs"]:
            if not pair["n"]:  # one of them has failed on all that the other has judged
                continue
            one, other = pair["judges"]
            kappa = _with_interval(pair["cohen_kappa_estimate"])
            put(f"{one} and {other} agree on {percent(pair['agreement'])} of {pair['n']}, Cohen's κ {kappa}")
        put("")


def _row(name: str, numbers: Mapping[str, Any]) -> list[str]:
    kappas = [_with_interval(numbers[f"{key}_estimate"]) for key in _KAPPAS.values()]
    return [name, str(numbers["n"]), percent(numbers["agreement"]), *kappas]


def _with_interval(found: Mapping[str, Any]) -> str:
    from ...pages.words import with_ends

    value, low, high = (math.nan if found[key] is None else found[key] for key in ("value", "low", "high"))
    return with_ends(value, low, high)
