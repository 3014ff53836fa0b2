"""What a reader of the page must know before believing its numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from ..collect.differences import differing
from ..collect.judges import judges_of_all
from ..evaluate.prompts.seen import learnt_by_heart
from ..evaluate.protocol.judged_card import MOST_OF
from ..judges.about import uncovered
from ..pages.words import language_name, listed, plural
from ..runs import LanguageMetrics
from ..runs.evaluations import expected_of
from .corrected import labels_of_others
from .slices import Measured, languages_of

COLLAPSE = 0.95  # cosine between different prompts' representations from which on they are called collapsed
RISE = 0.02  # and by how much training has to have raised it
FEW = 50  # prompts a language below which a page warns


def cautions(items: Sequence[Measured]) -> list[str]:
    """A sentence for each, the weightiest first."""
    return [
        *_protocols(items),
        *_learnt(items),
        *_parts(items),
        *_same_weights(items),
        *collapses(items),
        *_few(items),
        *_other_prompts(items),
        *_uncovered(items),
        *labels_of_others(items),
        *_failed(items),
        *_cut(items),
    ]


def collapses(items: Sequence[Measured]) -> list[str]:
    """A sentence for each run in which training has made different prompts alike."""
    return [text for item in items if (text := _collapse(item))]


def _protocols(items: Sequence[Measured]) -> list[str]:
    """Runs whose numbers were computed with different prompts, judges or decoding cannot be compared."""
    differ = differing([item.run for item in items])
    if not differ:
        return []
    said = f"The runs were not evaluated alike: they differ in {listed(differ)}. Do not compare their numbers."
    in_judges = set(differ) <= {"judge", "judge version", "judge settings"}
    if in_judges and (both := judges_of_all([item.run for item in items])):
        said += f" Verdicts of one judge are there: isoglot report --judge {' or '.join(both)}."
    return [said]


def _learnt(items: Sequence[Measured]) -> list[str]:
    """Runs that were asked what they were trained on."""
    return [f"{item.run.name}: {said}." for item in items if (said := learnt_by_heart(item.run.protocol))]


def _parts(items: Sequence[Measured]) -> list[str]:
    """Evaluations that were stopped and judged as they were."""
    found = []
    for item in items:
        asked, answered = expected_of(item.run.protocol), item.run.protocol.get("answered")
        if isinstance(asked, int) and isinstance(answered, int) and answered < asked:
            found.append(
                f"Only {answered} of {asked} answers of {item.run.name} are there. "
                "They are no random sample of the whole."
            )
    return found


def _few(items: Sequence[Measured]) -> list[str]:
    counts = [n.asked for item in items for kind in item.run.kinds.values() for n in kind.languages.values()]
    if not counts or min(counts) >= FEW:
        return []
    text = f"Few prompts: in some language and kind only {min(counts)}."
    if len(items) > 1 and not differing([item.run for item in items]):
        text += (
            " Go by the differences on the same prompts in the comparison, not by whether two intervals overlap; "
            "where the interval of a difference includes 0, neither run is shown to be better."
        )
    return [text]


def _other_prompts(items: Sequence[Measured]) -> list[str]:
    """Kinds of which languages have other prompts, as beside a set in English: their rates cannot be compared."""
    found: dict[str, None] = {}
    for item in items:
        for kind, numbers in item.run.kinds.items():
            counts = {tag: one.asked for tag, one in numbers.languages.items()}
            most = max(counts.values(), default=0)
            if few := [tag for tag, count in counts.items() if count < MOST_OF * most]:
                told = listed([f"{language_name(tag)} {counts[tag]}" for tag in few])
                found[f"of {kind} ones there are {most}, in {told}"] = None
    if not found:
        return []
    return [
        f"Languages do not have the same prompts: {'; '.join(found)}. Go by the differences between runs; one between "
        "such languages may be one of the prompts."
    ]


def _same_weights(items: Sequence[Measured]) -> list[str]:
    """Two runs that evaluated one model are most likely a mix-up of paths."""
    by_hash: dict[str, list[str]] = {}
    for item in items:
        if known := item.run.protocol.get("model_hash"):
            by_hash.setdefault(str(known), []).append(item.run.name)
    same = [names for names in by_hash.values() if len(names) > 1]
    return [f"{listed(names)} were evaluated with the same model weights. Is that what you meant?" for names in same]


def _uncovered(items: Sequence[Measured]) -> list[str]:
    """Languages that a judge was not made for, by judge."""
    found: dict[str, dict[str, None]] = {}
    for item in items:
        if others := uncovered(item.run.protocol, languages_of(item.run)):
            found.setdefault(str(item.run.protocol.get("judge")), {}).update(dict.fromkeys(others))
    return [
        f"The judge {judge} was not made for {listed(map(language_name, tags))} (marked *): "
        "label some of its verdicts before you go by them."
        for judge, tags in found.items()
    ]


def _failed(items: Sequence[Measured]) -> list[str]:
    said = _counted(items, "response", lambda numbers: numbers.outcomes.get("failed", 0))
    return [f"The judge failed on {said}; they are in no rate."] if said else []


def _cut(items: Sequence[Measured]) -> list[str]:
    said = _counted(items, "prompt", lambda numbers: numbers.prompts_cut)
    return [f"Too long for the model's context, and answered without their beginning: {said}."] if said else []


def _counted(items: Sequence[Measured], noun: str, count: Callable[[LanguageMetrics], int]) -> str:
    """``3 prompts of x and 1 prompt of y``; empty where there is none."""
    counts = {
        item.run.name: sum(count(numbers) for kind in item.run.kinds.values() for numbers in kind.languages.values())
        for item in items
    }
    return listed(f"{plural(found, noun)} of {name}" for name, found in counts.items() if found)


def _collapse(item: Measured) -> str:
    """Says so if training has made different prompts alike, at the layer where that is worst.

    Where there are harmful and harmless prompts, only all of them together count: harmful ones that have drawn near to
    each other, and stay apart from harmless ones, are what refusing them all looks like.
    """
    spectrum = item.run.spectrum
    if spectrum is None:
        return ""
    rises = []
    mixed = {"harmful", "harmless", "all"} <= spectrum.after.kinds.keys()
    for kind, after in spectrum.after.kinds.items():
        if mixed and kind != "all":
            continue
        curve = after.between_cosine
        old = spectrum.before.kinds[kind].between_cosine if kind in spectrum.before.kinds else ()
        for place, (layer, now) in enumerate(zip(spectrum.layers, curve, strict=False)):
            was = old[place] if place < len(old) else math.nan
            if now >= COLLAPSE and not now - was < RISE:  # also where it is not known what was before
                rises.append((now, -layer, kind, was))
    if not rises:
        return ""
    now, layer, kind, was = max(rises, key=lambda rise: rise[:2])
    what = "prompts" if kind in ("all", "unknown") else f"{kind} prompts"
    since = "" if math.isnan(was) else f", {was:.2f} before training"
    return (
        f"{item.run.name} has collapsed: at layer {-layer} different {what} have nearly one representation "
        f"(cosine {now:.2f}{since}). A model that cannot tell prompts apart may refuse, or answer, all of them alike."
    )
