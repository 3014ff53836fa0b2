"""Several sets of groups as one: a prompt that several have is one group, with the languages of all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from ..errors import DataError, problem, raise_all, short
from ..languages import meant
from .compared import normal
from .group import PromptGroup, pivot_user_text
from .groups import PromptGroups
from .near import clusters
from .provenance import is_only_passed, with_passed, without_findings
from .relabel import renamed

_FIELDS = ("kind", "category", "source")
_PROMPTS = "prompts."


class Merged(NamedTuple):
    """What became of the sets.

    Attributes:
        groups: all of them.
        joined: groups that came from several sets.
        added: cells that a group got from a later set.
        renamed: new id -> the id that another prompt had already.
        called: tag of a later set -> the tag that an earlier one has for the same language, which counts.
        conflicts: sentences about what two sets say differently, of which the first was kept.
        repeated: pairs of ids whose pivots are equal, case and spaces aside.
        near: groups, beyond the first, that are near-duplicates of another.
    """

    groups: PromptGroups
    joined: int
    added: int
    renamed: Mapping[str, str]
    called: Mapping[str, str]
    conflicts: Sequence[str]
    repeated: Sequence[tuple[str, str]]
    near: int


def merged(sets: Sequence[tuple[str, PromptGroups]], *, prefer: str | None = None) -> Merged:
    """Joins sets of groups.

    Groups of one id and one text in the pivot are the same group: a later one adds its languages, and what the first
    does not say, such as weight and provenance of a translation that both have alike. Of one id and another text in the
    pivot the later one is another group: its id becomes ``<name of its set>/<id>``. A language has the tag of the first
    set that has it (:func:`~isoglot.languages.meant`).

    Args:
        sets: the name of each (of its file), and its groups.
        prefer: ``"first"``: what the first set says counts; None: what two say differently is an error.

    Raises:
        DataError: with everything that two sets say differently about one group.
    """
    found: dict[str, PromptGroup] = {}
    own: dict[str, str] = {}  # id -> the set it came from first
    later: dict[str, dict[str, str]] = {}  # id -> what that set does not say of it -> the set that said it first
    new_ids: dict[str, str] = {}
    tags: dict[str, None] = {}  # of all sets so far
    called: dict[str, str] = {}
    conflicts: list[str] = []
    joined: set[str] = set()
    added = Counter[str]()
    for name, groups in sets:
        there = _known_as(groups, tags)
        for group in groups:
            called |= (names := _new_names(group, there))
            group = renamed(group, names)
            tags.update(dict.fromkeys([group.pivot, *group.prompts]))
            known = found.get(group.id)
            if known is None:
                found[group.id], own[group.id] = group, name
            elif known.pivot != group.pivot or _asked(known) != _asked(group):
                new = _free(f"{name}/{group.id}", found)
                found[new], own[new] = replace(group, id=new), name
                new_ids[new] = group.id
            else:
                told = later.setdefault(group.id, {})
                conflicts += _differences(known, group, dict.fromkeys(_said(known), own[group.id]) | told, name, names)
                told |= dict.fromkeys(_said(group).keys() - _said(known).keys(), name)
                added.update(group.prompts.keys() - known.prompts.keys())
                found[group.id] = _joined(known, group)
                joined.add(group.id)
    if prefer is None:
        raise_all(conflicts, DataError)
    everything = PromptGroups(found.values())
    near = clusters([_asked(group) for group in everything])
    return Merged(
        everything, len(joined), added.total(), new_ids, called, conflicts, _repeated(everything),
        sum(len(places) - 1 for places in near),
    )  # fmt: skip


def _known_as(groups: PromptGroups, known: Mapping[str, Any]) -> dict[str, str]:
    """Tags of a set -> those of earlier sets for the same languages, which may be the same tags."""
    tags = dict.fromkeys(tag for group in groups for tag in _tags(group))
    return {tag: there for tag in tags if (there := meant(tag, known)) is not None}


def _new_names(group: PromptGroup, there: Mapping[str, str]) -> dict[str, str]:
    """Tags of a group -> other tags that earlier sets have for the same languages; none where it has several for one.

    Args:
        group: of a later set.
        there: what :func:`_known_as` says of its set.
    """
    names = {tag: there[tag] for tag in _tags(group) if tag in there}
    times = Counter(names.values())
    return {tag: name for tag, name in names.items() if tag != name and times[name] == 1}


def _tags(group: PromptGroup) -> dict[str, None]:
    return dict.fromkeys([group.pivot, *group.prompts, *group.weights, *group.provenance])


def _free(name: str, taken: Mapping[str, Any]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    return free


def _said(group: PromptGroup) -> dict[str, Any]:
    """What a group says that another set may say differently: the text in each language, and what it has besides."""
    fields = {name: getattr(group, name) for name in _FIELDS if getattr(group, name) is not None}
    return {f"{_PROMPTS}{tag}": prompt for tag, prompt in group.prompts.items()} | fields


def _differences(
    known: PromptGroup, group: PromptGroup, whose: Mapping[str, str], second: str, names: Mapping[str, str]
) -> list[str]:
    """What two groups that are the same say differently, in words: also under the tags that the second's file has.

    Args:
        known: of the sets so far.
        group: of a later set.
        whose: what is said of it -> the set that said it.
        second: the later set.
        names: tags in the later set's file -> those of earlier sets.
    """
    as_written = {f"{_PROMPTS}{new}": f"{_PROMPTS}{new} ({tag} in {second})" for tag, new in names.items()}
    there = _said(known)
    step = "Correct one, or keep the first with --prefer first"
    return [
        problem(
            f"{second}, group {short(group.id)}, {as_written.get(what, what)}",
            f"{short(there[what])} as in {whose[what]}",
            short(other),
            step,
        )
        for what, other in _said(group).items()
        if what in there and there[what] != other
    ]


def _joined(known: PromptGroup, group: PromptGroup) -> PromptGroup:
    """The first group, and what the second says besides."""

    def both(name: str) -> dict[str, Any]:
        return {**getattr(group, name), **getattr(known, name)}

    new = {tag: prompt for tag, prompt in group.prompts.items() if tag not in known.prompts}
    said = {
        name: getattr(known, name) if getattr(known, name) is not None else getattr(group, name) for name in _FIELDS
    }
    weights = {**{tag: value for tag, value in group.weights.items() if tag in new}, **known.weights}
    provenance = {**{tag: value for tag, value in group.provenance.items() if tag in new}, **known.provenance}
    for tag in (tag for tag, prompt in known.prompts.items() if group.prompts.get(tag) == prompt):
        weight, about = _of_one_text(*((one.weights.get(tag), one.provenance.get(tag)) for one in (known, group)))
        weights |= {} if weight is None else {tag: weight}
        provenance |= {} if about is None else {tag: about}
    record = {
        **both("extra"),
        "id": known.id,
        "pivot": known.pivot,
        "prompts": {**known.prompts, **new},
        "weights": weights,
        "provenance": provenance,
        **said,
    }
    return PromptGroup.from_record({key: value for key, value in record.items() if value is not None})


def _of_one_text(first: tuple[float | None, Any], second: tuple[float | None, Any]) -> tuple[float | None, Any]:
    """Weight and provenance of a text that two sets have alike, None where neither says any.

    A set that says who made a text has its own weight for it, or none. That a check has found nothing is said of nearly
    every text once a file was checked: it leaves room for who made it. What a check has found goes with the weight that
    the check has made: beside another weight it would be taken out of that by the next check.
    """
    (weight, said), (other, told) = first, second
    if said is not None and not is_only_passed(said):
        return weight, said
    goes_with = weight is None or (weight == other and said is None)
    about = with_passed(told if goes_with else without_findings(told), said)
    return other if weight is None else weight, about


def _asked(group: PromptGroup) -> str:
    return pivot_user_text(group.pivot, group.prompts)


def _repeated(groups: PromptGroups) -> list[tuple[str, str]]:
    first: dict[str, str] = {}
    found = []
    for group in groups:
        known = first.setdefault(normal(_asked(group)), group.id)
        if known != group.id:
            found.append((known, group.id))
    return found
