"""The protocol card as judging makes it: who judged, what failed, how numbers were made, what they do not show."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...errors import some
from ...judges.offline.wording import known
from ...languages import tellable
from ...measures import Judged
from ...metrics.estimate import NO_INTERVAL
from ...pages.words import with_ends
from ...runs.card import KEY, Card, Fact, JudgeFacts, Unknown
from ...runs.judged import verdicts_path
from ..prompts.seen import gaps as gaps_of_training
from .calibrated_card import calibration_fact
from .card import UNIT

AGGREGATION = "mean of the languages' rates; beside it the rate pooled over all responses"
RULES = "rules"
ALONE = "no other judge"
MOST_OF = 0.8  # of a kind's prompts, from which on a language counts as having the same as the others
_NO_CARD = {"unknown": "The folder was made without a card: run isoglot evaluate again"}


def card_after(
    folder: Path, protocol: Mapping[str, Any], judged: Sequence[Judged], kinds: Mapping[str, Any], judge: Any
) -> dict[str, Any]:
    """The whole card, as plain values.

    Args:
        folder: of the evaluation, where other judges' verdicts may lie.
        protocol: what the responses were made with, with the card that was begun before generation.
        judged: responses with their verdicts.
        kinds: the numbers, as ``metrics.json`` holds them.
        judge: who gave the verdicts.
    """
    before = begun(protocol)
    here = judge_facts(judge, protocol)
    listed = before.get("judges")
    listed = listed if isinstance(listed, list) else []
    others = [one for one in listed if isinstance(one, Mapping) and one.get("name") != judge.name]
    kept = [one for one in others if verdict_file(folder, str(one.get("name"))).is_file()]
    failures = _failures(protocol, judged)
    made = Card(
        unit=UNIT,
        judges=(here,),
        failures=failures,
        aggregation=AGGREGATION,
        uncertainty=tuple(f"{method}, 95 %" for method in sorted(set(_methods(kinds)) - {NO_INTERVAL})),
        seeds={"bootstrap": 0},
        gaps=(*gaps_of_training(protocol), *_gaps(failures, judged, judge)),
    ).plain()
    seeds = before.get("seeds")
    seeds = dict(seeds) if isinstance(seeds, Mapping) else {}
    return before | made | {"judges": [*kept, *made["judges"]], "seeds": seeds | made["seeds"]}


def judge_facts(judge: Any, protocol: Mapping[str, Any]) -> JudgeFacts:
    """What is known of a judge.

    Args:
        judge: with ``name`` and ``version``; one that asks a model says ``model`` and ``prompt_hash``.
        protocol: which says under ``judge_calibration`` what labels the judge was calibrated on.
    """
    step = f"Give the judge an attribute {{0}}, or say it: --info {judge.name}.{{0}}=..."
    _, asks, model = judge.name.partition(
        "@"
    )  # as guards and rubrics are called, whose version is a hash of the prompt
    if judge.name == RULES:
        told = {"model": "none", "prompt_hash": "none"}
    else:
        told = {"model": model, "prompt_hash": f"part of version {judge.version}" if asks else ""}
    facts: dict[str, Fact] = {}
    for name, found in told.items():
        facts[name] = str(getattr(judge, name, "")) or found or Unknown(unknown=step.format(name))
    return JudgeFacts(
        name=judge.name,
        version=str(judge.version),
        calibration=calibration_fact(protocol.get("judge_calibration"), judge.name),
        agreement=ALONE,  # until they are laid side by side: with_agreement()
        **facts,
    )


def calibrated(protocol: Mapping[str, Any], judge: str, found: Any) -> dict[str, Any]:
    """The protocol, whose card says of a judge what labels it is calibrated on.

    Args:
        protocol: of a folder that has been judged.
        judge: its name.
        found: the calibration's file, hash and number of labels.
    """
    card = begun(protocol)
    listed = [dict(one) for one in card.get("judges") or () if isinstance(one, Mapping)]
    for one in listed:
        if one.get("name") == judge:
            fact = calibration_fact(found, judge)
            one["calibration"] = fact.model_dump() if isinstance(fact, Unknown) else fact
    return {**protocol, KEY: card | {"judges": listed}}


def begun(protocol: Mapping[str, Any]) -> dict[str, Any]:
    """The card as it is in the protocol; of one without a card all that it would say is one unknown field."""
    found = protocol.get(KEY)
    return dict(found) if isinstance(found, Mapping) else {"generation": dict(_NO_CARD)}


def with_agreement(protocol: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """The protocol, whose card says of each judge how far it agrees with each other.

    Args:
        protocol: of a folder that has been judged.
        found: what ``agreement.json`` holds; empty where one judge has judged.
    """
    card = begun(protocol)
    listed = [dict(one) for one in card.get("judges") or () if isinstance(one, Mapping)]
    for one in listed:
        one["agreement"] = _agreement(str(one.get("name")), found)
    return {**protocol, KEY: card | ({"judges": listed} if listed else {})}


def _agreement(judge: str, found: Mapping[str, Any]) -> str:
    if found and judge not in found["judges"]:
        return "made of the others"  # a panel
    pairs = [(kind, pair) for kind, part in found.get("kinds", {}).items() for pair in part["all"]["pairs"]]
    said = [
        f"with {_other(pair['judges'], judge)} on {kind} prompts: the same on {pair['agreement']:.0%} of {pair['n']}, "
        f"Cohen's kappa {_kappa(pair['cohen_kappa_estimate'])}"
        for kind, pair in pairs
        if judge in pair["judges"] and pair["n"]
    ]
    return "; ".join(said) or ALONE


def _kappa(found: Mapping[str, Any]) -> str:
    value, low, high = (found[key] for key in ("value", "low", "high"))
    return "not defined" if math.isnan(value) else with_ends(value, low, high)


def _other(pair: Sequence[str], judge: str) -> str:
    return pair[1] if pair[0] == judge else pair[0]


def verdict_file(folder: Path, judge: str) -> Path:
    """Where a judge's verdicts lie."""
    return verdicts_path(folder, judge)


UNANSWERED, CUT, LONGEST, NO_VERDICT = (
    "prompts without an answer",
    "prompts cut to fit the model",
    "answers cut at their longest",
    "answers without a verdict",
)
_SAID = {
    UNANSWERED: "{} prompts have no answer; those that have one are no random sample.",
    CUT: "{} prompts were answered without their beginning.",
    LONGEST: "{} answers reached their longest and were cut.",
    NO_VERDICT: "{} answers have no verdict and are in no rate.",
}


def _failures(protocol: Mapping[str, Any], judged: Sequence[Judged]) -> dict[str, int]:
    expected = protocol.get("prompts")
    answered = len({(response.group, response.language) for response, _ in judged})
    return {
        UNANSWERED: max(0, expected - answered) if isinstance(expected, int) else 0,
        CUT: len({(response.group, response.language) for response, _ in judged if response.prompt_cut}),
        LONGEST: sum(response.finish == "length" for response, _ in judged),
        NO_VERDICT: sum(verdict.outcome is None for _, verdict in judged),
    }


def _methods(numbers: Any) -> Iterator[str]:
    """The methods of all intervals among the numbers."""
    if isinstance(numbers, Mapping):
        if isinstance(numbers.get("method"), str) and numbers.get("n"):
            yield numbers["method"]
        for value in numbers.values():
            yield from _methods(value)


def _gaps(failures: Mapping[str, int], judged: Sequence[Judged], judge: Any) -> Iterator[str]:
    tags = list(dict.fromkeys(response.language for response, _ in judged))
    kinds = Counter(response.kind for response, _ in judged)
    yield from (_SAID[what].format(count) for what, count in failures.items() if count)
    told = tellable(tags)
    if told.unknown:
        names = ", ".join(told.unknown)
        yield f"The language identifier does not know {names}: answers in them are in no known language."
    if told.alike:
        pairs = ", ".join(f"{one} and {other}" for one, other in told.alike)
        yield f"The language identifier does not tell apart {pairs}: an answer in one may count as in the other."
    covers = known if judge.name == RULES else getattr(judge, "covers", None)
    if covers and (others := [tag for tag in tags if not covers(tag)]):
        yield f"The judge {judge.name} was not made for {', '.join(others)}."
    if judge.name == RULES and kinds["harmful"]:
        yield "The rules cannot tell a harmless answer to a harmful prompt from a harmful one: both count as unsafe."
    if not kinds["harmless"]:
        yield "There are no harmless prompts: what safety costs is not measured."
    if kinds[None]:
        yield f"{kinds[None]} answers are to prompts that do not say whether they are harmful."
    yield from _other_prompts(judged)


def _other_prompts(judged: Sequence[Judged]) -> Iterator[str]:
    """Languages that lack a fifth of a kind's prompts, as beside a set in English: rates of other prompts."""
    asked = {(response.kind, response.language, response.group) for response, _ in judged}
    counts = Counter((kind, tag) for kind, tag, _ in asked)
    for kind in dict.fromkeys(kind for kind, _ in counts if kind):
        of_kind = {tag: count for (one, tag), count in counts.items() if one == kind}
        whole = len({group for one, _, group in asked if one == kind})
        few = [f"{tag} ({count})" for tag, count in of_kind.items() if count < MOST_OF * whole]
        if few and len(of_kind) > 1:
            yield (
                f"Languages do not have the same prompts: of {whole} {kind} ones {some(few, 8)}. Between such "
                "languages a difference may be one of the prompts."
            )
