"""What the columns of a table are: languages, what a group has besides, or other data that is kept."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from ...errors import DataError, did_you_mean, problem, raise_all, short, some
from ...languages import canonical_tag, instead, is_tag
from .option import columns_option
from .overlooked import left_out, overlooked
from .survey import KINDS_SAID, Survey, is_surely_tag, named_in_english

ROLES = ("id", "kind", "pivot", "category", "source")
PROMPT, LANGUAGE = "prompt", "language"  # roles of a table that has one prompt a row
OWN = "prompts."  # with which the columns of languages begin in the sheets that isoglot writes
_ALIASES = {"group": "id", "lang": LANGUAGE, "text": PROMPT}


class Columns(NamedTuple):
    """What the columns of a table are.

    Attributes:
        languages: name -> tag.
        roles: what a group has besides (``kind`` ...) -> name.
        rest: names of what is kept as it is.
    """

    languages: Mapping[str, str]
    roles: Mapping[str, str]
    rest: Sequence[str]

    @property
    def is_own(self) -> bool:
        """Whether isoglot wrote the sheet."""
        return any(name.startswith(OWN) for name in self.languages)

    def __str__(self) -> str:
        """What each was taken for, in words."""
        prompts = [
            tag if name in (tag, OWN + tag) else f"{tag} (column {name})" for name, tag in self.languages.items()
        ]
        said = [f"prompts in {_some(prompts)}"] if prompts else [f"one {self.roles[PROMPT]} a row"]
        said += [role if role == name else f"{role} from {name}" for role, name in self.roles.items() if role != PROMPT]
        return "; ".join([*said, f"kept: {_some(self.rest)}"] if self.rest else said)


def given(path: Path, seen: Survey, wanted: Mapping[str, str]) -> Columns:
    """The columns as someone says them: language or role -> name. Roles that are not said are found by their names.

    So are languages where none is said.

    Raises:
        DataError: for names that there are not, what is neither language nor role, and a table without prompts.
    """
    roles, names = (*ROLES, PROMPT, LANGUAGE), list(seen.names)
    problems = [
        problem(f"{path}, columns.{what}", f"one of {_some(names)}", short(name), did_you_mean(str(name), names))
        for what, name in wanted.items()
        if name not in names
    ]
    problems += [
        problem(f"columns.{what}", f"a language tag or one of {', '.join(roles)}", short(what), instead(str(what)))
        for what in wanted
        if what not in roles and not is_tag(canonical_tag(what))
    ]
    languages = {name: canonical_tag(what) for what, name in wanted.items() if what not in roles}
    found = {what: name for what, name in wanted.items() if what in roles}
    problems += _twice(path, {what: name for what, name in wanted.items() if what not in roles})
    raise_all(problems, DataError)
    if not languages and PROMPT not in found:
        rest = detected(path, seen, without=wanted)
        return _made(names, rest.languages, {**rest.roles, **found})
    known = {role: name for role, name in _roles(seen).items() if name not in wanted.values()}
    if said := left_out(seen, languages, {*_roles(seen).values(), *found.values()}, found):
        warnings.warn(f"{path}: {said}", stacklevel=2)
    return _made(names, languages, known | found)


def _twice(path: Path, languages: Mapping[str, str]) -> list[str]:
    """What is wrong where one column is said to be two languages, or two columns are one: one would be lost."""
    tags, names = Counter(map(canonical_tag, languages)), Counter(languages.values())
    return [
        problem(f"{path}, columns", f"each {what} once", f"{short(one)} {count} times")
        for what, counts in (("language", tags), ("column", names))
        for one, count in counts.items()
        if count > 1
    ]


def detected(path: Path, seen: Survey, without: Mapping[str, str] = MappingProxyType({})) -> Columns:
    """The columns by their names, and by what stands in them where a name only may be a tag (``no``, ``url``).

    Args:
        path: what to call the table.
        seen: its columns.
        without: what is said already: role -> name.

    Raises:
        DataError: for two columns of one thing, and a table without prompts.
    """
    names = [name for name in seen.names if name not in without.values()]
    if any(name.startswith(OWN) for name in names):
        return _own(names)
    roles = {role: name for role, name in _roles(seen).items() if name in names}
    taken = {*roles.values(), *(name for name in names if name.lower() in (*ROLES, PROMPT, LANGUAGE))}
    may_be = {name: canonical_tag(name) for name in names if name not in taken and is_tag(canonical_tag(name))}
    languages = {name: tag for name, tag in may_be.items() if is_surely_tag(name, tag) or seen.is_prose(name)}
    counts = Counter([*languages.values(), *(name.lower() for name in names if name not in languages)])
    twice = [(name, count) for name, count in counts.items() if count > 1]
    problems = [problem(str(path), "each column once", f"{short(name)} {count} times") for name, count in twice]
    if roles.get("id", "").lower() == "id" and seen.is_sentences(roles["id"]):
        step = "If it is Indonesian, name it id-ID"
        problems.append(problem(f"{path}, column id", "names of groups", "sentences", step))
    if not languages and PROMPT not in roles:
        problems.append(problem(str(path), "columns named by language tags", _some(names), _which(names, without)))
    raise_all(problems, DataError)
    left = [name for name in may_be if name not in languages]
    if left:
        warnings.warn(
            f"{path}: columns {_some(left)} have the form of language tags and no prompts in them; they are taken "
            "for other data.",
            stacklevel=2,
        )
    if said := overlooked(seen, languages, {**roles, **without}, without):
        warnings.warn(f"{path}: {said}", stacklevel=2)
    return _made(names, languages, roles)


def _which(names: Sequence[str], said: Mapping[str, str]) -> str:
    """What to do with a table without columns of languages, with the tags of those that are named in English.

    Args:
        names: of its columns.
        said: role -> name, which are to be said again.
    """
    found: dict[str, str] = {}
    for name in names:
        for tag in named_in_english(name):
            found.setdefault(tag, name)
    if found:
        return f"If they are languages, name them {', '.join(found)}, or say so: {columns_option(found | dict(said))}"
    return (
        "Name them en, sw ..., add a column prompt, or say which they are: --columns en=NAME, or in a run file "
        "data.groups: {path: ..., columns: {en: NAME}}"
    )


def _made(names: Sequence[str], languages: Mapping[str, str], roles: Mapping[str, str]) -> Columns:
    if languages:  # a table by languages may have columns of these names besides
        roles = {role: name for role, name in roles.items() if role in ROLES}
    taken = {*languages, *roles.values()}
    return Columns(languages, roles, [name for name in names if name not in taken])


def _own(names: Sequence[str]) -> Columns:
    """The columns of a sheet that isoglot wrote, which names everything as it is."""
    languages = {name: name.removeprefix(OWN) for name in names if name.startswith(OWN)}
    return _made(names, languages, {name: name for name in names if name in ROLES})


def _roles(seen: Survey) -> dict[str, str]:
    """Roles by the names of columns; rows of one ``group`` belong together, whatever their ``id``.

    A column ``label`` of nothing but ``safe`` and ``unsafe`` is the kind, as in XSTest.
    """
    names = list(seen.names)
    found = {name.lower(): name for name in names if name.lower() in (*ROLES, PROMPT, LANGUAGE)}
    for name in names:
        if name.lower() == "group" or (name.lower() in _ALIASES and _ALIASES[name.lower()] not in found):
            found[_ALIASES[name.lower()]] = name
    labels = [name for name in names if name.lower() == "label" and "kind" not in found]
    if labels and seen.holds_only(labels[0], KINDS_SAID):
        found["kind"] = labels[0]
    return found


def _some(names: Sequence[str]) -> str:
    return some((name if len(name) < 40 else short(name) for name in names), 20)
