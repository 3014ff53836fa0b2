"""Which of lm-eval's tasks belong together, and in which language each is: by the names that they have there."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ..errors import ConfigError, problem, raise_all, some, unknown
from ..languages import LANGUAGES, canonical_tag

_CODES = "|".join(["[a-z]{2}", *(tag for tag in LANGUAGES if len(tag) > 2)])  # of tasks called NAME_xx


def flores_tag(code: str) -> str:
    """The tag of a FLORES code.

    Example:
        >>> flores_tag("swh_Latn"), flores_tag("ckb_Arab"), flores_tag("zho_Hant"), flores_tag("hin_Latn")
        ('sw', 'ckb', 'zh-Hant', 'hi-Latn')
    """
    return canonical_tag(code)


def _plain_tag(code: str) -> str:
    """The tag of a code that is one, or nearly."""
    return "ja" if code == "jp" else canonical_tag(code)


def _without_region(code: str) -> str:
    return code.partition("_")[0]


@dataclass(frozen=True)
class Family:
    """Tasks that differ in their language.

    Attributes:
        pattern: of their names, with the language's code in its group.
        tag: code -> tag.
        keys: columns by which a sample is the same in every language; none: samples are parallel by position.
    """

    pattern: re.Pattern[str]
    tag: Callable[[str], str] = _plain_tag
    keys: tuple[str, ...] = field(default=())


FAMILIES = {
    "belebele": Family(re.compile("belebele_([a-z]{3}_[A-Z][a-z]{3})"), flores_tag, ("link", "question_number")),
    "global_mmlu": Family(re.compile("global_mmlu_([a-z]{2})"), keys=("sample_id",)),
    "global_mmlu_full": Family(re.compile("global_mmlu_full_([a-z]{2,3})"), keys=("sample_id",)),
    "mmmlu": Family(re.compile("mmmlu_([a-z]{2}_[a-z]{2})"), _without_region),
    "mgsm": Family(re.compile("mgsm_direct_([a-z]{2})")),
    "xwinograd": Family(re.compile("xwinograd_([a-z]{2})")),
}


def family(name: str) -> Family:
    """The family of a name: one of those above, or tasks called ``NAME_xx`` by a tag of two letters, or one we know."""
    return FAMILIES.get(name) or Family(re.compile(f"{re.escape(name)}_({_CODES})"))


def _families(known: Iterable[str]) -> set[str]:
    """What tasks that are called ``NAME_xx`` are called together."""
    matched = (re.fullmatch(f"(.+)_({_CODES})", task) for task in known)
    return {match[1] for match in matched if match}


class Chosen(NamedTuple):
    """A task in one language.

    Attributes:
        family: as the user names it.
        language: tag.
        task: its name in lm-eval: of a task, a group or a tag.
        keys: as of :class:`Family`.
    """

    family: str
    language: str
    task: str
    keys: tuple[str, ...] = ()


def chosen(
    wanted: Sequence[str], known: Collection[str], languages: Collection[str] | None = None
) -> tuple[list[Chosen], dict[str, list[str]]]:
    """The tasks that are meant.

    Args:
        wanted: names of families, or of single tasks.
        known: lm-eval's names.
        languages: tags wanted; None: all that a family has. A task that is named by itself is taken in any case.

    Returns:
        The tasks in the languages' order, and family -> languages that it does not have.

    Raises:
        ConfigError: for names that mean nothing, tasks whose language is not known, and families that have none of the
            languages.
    """
    found: list[Chosen] = []
    missing: dict[str, list[str]] = {}
    problems = []
    for name in dict.fromkeys(wanted):
        own = family(name)
        members = {own.tag(match[1]): task for task in known if (match := own.pattern.fullmatch(task))}
        tags = sorted(members) if languages is None else [tag for tag in languages if tag in members]
        found += [Chosen(name, tag, members[tag], own.keys) for tag in tags]
        if members:
            missing[name] = [tag for tag in languages or () if tag not in members]
            if not tags:
                expected, got = f"a task in {', '.join(languages or ())}", f"only {some(sorted(members), 12)}"
                problems.append(problem(f"--utility {name}", expected, got, "Choose other --languages"))
        elif name not in known:
            problems.append(unknown("--utility", "task", name, sorted({*FAMILIES, *_families(known), *known})))
        elif (one := _alone(name)) is None:
            step = "Name it by its language, as in NAME_sw"
            problems.append(problem(f"--utility {name}", "a task whose language is known", "another", step))
        else:
            found.append(one)
    raise_all(problems, ConfigError)
    return found, {name: tags for name, tags in missing.items() if tags}


def _alone(task: str) -> Chosen | None:
    """A single task, by the family that its name belongs to."""
    for name, own in FAMILIES.items():
        if match := own.pattern.fullmatch(task):
            return Chosen(name, own.tag(match[1]), task, own.keys)
    head, _, code = task.rpartition("_")
    return Chosen(head, _plain_tag(code), task) if family(head).pattern.fullmatch(task) else None
