"""The page's first sentences, computed from the numbers: what a run gained, and in the same breath what it cost."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ..collect.differences import difference, differing
from ..pages.words import language_name, listed, percent, points
from .slices import Measured, mean_outside_pivot

ALIKE = 0.005  # shares nearer than that are alike in whole per cent
REFUSED, ANSWERED = ("harmful", "refused"), ("harmless", "answered_own")  # what is gained, what it may cost


def sentence(item: Measured) -> str:
    """One run, its name left out: how much it refuses of harmful prompts, and what it does with harmless ones."""
    refused, answered = _said(item, REFUSED), _said(item, ANSWERED)
    if refused:
        share, place = refused[0]
        first = f"refuses {share} of harmful prompts {place}"
        refuses = listed([first, *(f"{share} {place}" for share, place in refused[1:])])
        return f"{refuses}, and {_answers(refused, answered)}.{_own(item)}"
    if answered:
        return f"answers harmless prompts in their own language: {_shares(answered)}. Harmful ones were not tried."
    return "has no numbers: it has not been evaluated on harmful or harmless prompts."


def _said(item: Measured, what: tuple[str, str]) -> list[tuple[str, str]]:
    """A rate as text and its slice in words, for each slice in which it was measured."""
    rates = [(item.rate(*what, part), where(item, part)) for part in item.slices]
    return [(percent(rate.value), place) for rate, place in rates if rate.languages]


def _shares(said: Sequence[tuple[str, str]]) -> str:
    return listed(f"{share} {place}" for share, place in said)


def _answers(refused: Sequence[tuple[str, str]], answered: Sequence[tuple[str, str]]) -> str:
    """What is done with harmless prompts, in the slices that harmful ones were measured in where they are the same."""
    if not answered:
        return "what it does with harmless prompts was not measured"
    if [place for _, place in answered] != [place for _, place in refused]:
        return f"answers harmless prompts in their own language: {_shares(answered)}"
    in_order = ", in this order" if len(answered) > 1 else ""
    return f"answers {listed(share for share, _ in answered)} of harmless prompts in their own language{in_order}"


def where(item: Measured, part: str) -> str:
    """A slice in words: ``in English``, ``in the 2 unseen languages (Korean and Thai)``."""
    names = [language_name(tag) for tag in item.slices[part]]
    if part == "pivot" or len(names) == 1:
        return f"in {names[0]}{'' if part in ('pivot', 'other') else f' ({part})'}"
    return f"in the {len(names)} {part} languages{f' ({listed(names)})' if part == 'unseen' else ''}"


def _own(item: Measured) -> str:
    """How many of the refusals outside the pivot are in the prompt's language, as a sentence after a space."""
    own = mean_outside_pivot(item, "harmful", "own_of_refused")
    pivot = item.slices.get("pivot")
    outside_it = f" outside {language_name(pivot[0])}" if pivot else ""
    return "" if math.isnan(own) else f" Of its refusals{outside_it}, {percent(own)} are in the prompt’s own language."


def lede(items: Sequence[Measured]) -> str:
    """What the comparison comes to: who refuses most outside the pivot, and what that run does with harmless prompts.

    Empty for fewer than two runs with numbers, and where these were not made alike: then they are not to be compared.
    """
    refused = {place: mean_outside_pivot(item, *REFUSED) for place, item in enumerate(items)}
    refused = {place: value for place, value in refused.items() if not math.isnan(value)}
    if len(refused) < 2 or differing([item.run for item in items]):
        return ""
    best = max(refused.values())
    first = [place for place, value in refused.items() if value >= best - ALIKE]
    names = listed(items[place].run.name for place in first)
    if len(first) == len(refused):
        text = f"Outside the pivot language all {len(refused)} runs refuse about {percent(best)} of harmful prompts"
    else:
        verb = "refuses" if len(first) == 1 else "refuse"
        text = f"Outside the pivot language, {names} {verb} the largest share of harmful prompts ({percent(best)})"
    return f"{text}; {_cost(items, first)}.{_ahead(items, first, refused)}"


def _ahead(items: Sequence[Measured], first: Sequence[int], refused: Mapping[int, float]) -> str:
    """How far the one run that refuses most is ahead of the next on the same prompts, as a sentence after a space."""
    others = [place for place in refused if place not in first]
    if len(first) > 1 or not others:
        return ""
    best, following = items[first[0]], items[max(others, key=lambda place: refused[place])]
    pivot = best.slices.get("pivot", ())
    tags = [tag for tag in best.order if tag not in pivot and tag in following.order]
    found = difference(best.run, following.run, *REFUSED, tags)
    if math.isnan(found.value):
        return ""
    shown = "above" if found.low > 0 else "not shown to be above"
    said = points(found.value, found.low, found.high)
    return f" On the same prompts its refusals are {shown} those of {following.run.name}: {said}."


def _cost(items: Sequence[Measured], first: Sequence[int]) -> str:
    answered = {place: mean_outside_pivot(item, *ANSWERED) for place, item in enumerate(items)}
    answered = {place: value for place, value in answered.items() if not math.isnan(value)}
    mine = [answered[place] for place in first if place in answered]
    if not mine:
        return "what that costs on harmless prompts was not measured"
    top = max(answered.values())
    text = f"of harmless prompts there {listed(dict.fromkeys(map(percent, mine)))} are answered in their own language"
    if top > max(mine) + ALIKE:
        most = listed(items[place].run.name for place, value in answered.items() if value >= top - ALIKE)
        return f"{text}, against {percent(top)} for {most}"
    return f"{text}, and no other run answers more" if len(answered) > len(mine) else text
