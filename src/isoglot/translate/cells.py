"""Which cells of groups are to be translated, from which language, and the group with what came of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ..errors import ConfigError, problem, raise_all
from ..groups import PromptGroup
from ..groups.packed import NOTHING, packed
from ..languages import meant
from .attempts import Attempt, Task, weight_of
from .links import Link
from .plan import Plan


def source_of(group: PromptGroup, wanted: str | None) -> str | None:
    """The language that a group is translated from: the one that is wanted, else its pivot; None if it lacks that."""
    return meant(wanted or group.pivot, group.prompts)


def to_do(group: PromptGroup, targets: Sequence[str], source: str | None, *, again: bool) -> list[str]:
    """The tags to translate a group to: those that it lacks, or with ``again`` all but the source's."""
    start = source_of(group, source) or source or group.pivot
    return [tag for tag in targets if meant(tag, [start]) is None and (again or meant(tag, group.prompts) is None)]


def task_of(group: PromptGroup, source: str, target: str) -> Task:
    """The cell of a group that is to be made."""
    return Task(group.prompts[source], source, target)


def other_names(groups: Iterable[PromptGroup], targets: Sequence[str]) -> dict[str, str]:
    """What groups call the targets that they have under another tag: target -> the tag that most of them have.

    Without it a language of which some cells are missing would be two languages from then on.
    """
    counts = Counter(tag for group in groups for tag in group.prompts)
    found = {}
    for target in targets:
        names = [tag for tag, _ in counts.most_common() if meant(target, [tag]) is not None]
        if names and names[0] != target:
            found[target] = names[0]
    return found


def completed(
    group: PromptGroup, source: str, made: Mapping[str, Attempt], called: Mapping[str, str] = NOTHING
) -> PromptGroup:
    """The group with translations: their texts, where they come from, and as weight the score of one that has faults.

    Args:
        group: as it was.
        source: tag of the language that it was translated from; said where it is not the pivot.
        made: tag -> what was made; a cell that is there is replaced, with its weight and where it came from.
        called: tag -> the tag to write it under where the group does not have the language.
    """
    if not made:
        return group
    named = {meant(tag, group.prompts) or called.get(tag, tag): one for tag, one in made.items()}
    prompts = {**group.prompts, **{tag: one.prompt for tag, one in named.items() if one.prompt is not None}}
    weights = {tag: weight for tag, weight in group.weights.items() if tag not in named}
    weights |= {tag: weight_of(one.score) for tag, one in named.items() if one.score < 1}
    origin = {} if source == group.pivot else {"from": source}
    provenance = {**group.provenance, **{tag: {**one.provenance, **origin} for tag, one in named.items()}}
    return replace(group, prompts=packed(prompts), weights=weights or NOTHING, provenance=provenance)


def refuse_impossible(groups: Iterable[PromptGroup], plan: Plan, chain: Sequence[Link]) -> None:
    """Refuses languages that no translator can translate to, from any language of the groups.

    Raises:
        ConfigError: for each of them, with why.
    """
    sources = list(dict.fromkeys(tag for group in groups if (tag := source_of(group, plan.source)) is not None))
    if not sources:
        wanted = plan.source or "their pivot, which none of them has"
        raise ConfigError(
            problem("--from", "a language that the groups have", wanted, "Say which has the text: --from")
        )
    problems = []
    to_others = {target: [tag for tag in sources if meant(target, [tag]) is None] for target in plan.targets}
    if not any(to_others.values()):
        got = f"{', '.join(sources)}, which is translated from"
        raise ConfigError(problem("--to", "another language than that of the prompts", got, "Name one"))
    for target, others in to_others.items():
        reasons = {one.translator.spec: [one.translator.why_not(tag, target) for tag in others] for one in chain}
        if others and all(map(all, reasons.values())):
            why = "; ".join(f"{spec}: {said[0].rstrip('.')}" for spec, said in reasons.items())
            step = "Add a --backend that can, or leave the language out"
            problems.append(problem(f"--to {target}", "a language that a backend translates to", why, step))
    raise_all(problems, ConfigError)
