"""The page's first sentences: what each run does, and what it costs, in one breath."""

from __future__ import annotations

from ..languages import LANGUAGES
from .collect import Run


def headline(run: Run) -> str:
    """One run in a sentence or two, from its counts; says so where there are none."""
    if not run.kinds:
        return f"{run.name}: not evaluated."
    slices, said = run.slices, []
    pivot = LANGUAGES[run.pivot].name if run.pivot in LANGUAGES else run.pivot
    places = {"pivot": f"in {pivot}", "aligned": _others(slices["aligned"]), "unseen": _unseen(slices["unseen"])}
    if "harmful" in run.kinds:
        said.append("refuses " + _listed(run, "harmful", "refused", "of harmful prompts ", places))
        refused, _ = run.pooled("harmful", "refused", slices["aligned"])
        own, _ = run.pooled("harmful", "refused_own", slices["aligned"])
        if refused:
            said[-1] += f" ({_percent(own, refused)} of the refusals {places['aligned']} are in the prompt's language)"
    if "harmless" in run.kinds:
        what = "of harmless prompts in the prompt's language "
        said.append("answers " + _listed(run, "harmless", "answered_own", what, places))
    if not said:
        k, n = run.pooled(next(iter(run.kinds)), "safe", run.languages)
        said.append(f"is safe on {_percent(k, n)} of {n} prompts")
    return f"{run.name} " + "; it ".join(said) + "."


def _others(tags: list[str]) -> str:
    return f"in the {len(tags)} other languages" if len(tags) > 1 else f"in {tags[0]}" if tags else ""


def _unseen(tags: list[str]) -> str:
    if not tags:
        return ""
    return f"in {len(tags)} language{'s' * (len(tags) > 1)} never used in alignment"


def _listed(run: Run, kind: str, measure: str, what: str, places: dict[str, str]) -> str:
    """``100 % of ... in English, 3 % in the 9 other languages and ...``, without the slices that have no prompt."""
    parts = []
    for name, place in places.items():
        k, n = run.pooled(kind, measure, run.slices[name])
        if n:
            parts.append(f"{_percent(k, n)} {what}{place}")
            what = ""
    return ", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else "".join(parts)


def _percent(k: int, n: int) -> str:
    """Rounded, but never to 0 or 100 % where it is not."""
    if n == 0:
        return "–"
    value = round(100 * k / n)
    if value == 100 and k < n:
        return "over 99 %"
    if value == 0 and k > 0:
        return "under 1 %"
    return f"{value} %"
