"""What the columns of a table are: languages, what a group has besides, or other data that is kept."""

from __future__ import annotations

import re
import shlex
import warnings
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from ...errors import DataError, did_you_mean, problem, raise_all, short, some
from ...judges.wording import known
from ...languages import called, canonical_tag, flores_codes, instead, is_tag

ROLES = ("id", "kind", "pivot", "category", "source")
PROMPT, LANGUAGE = "prompt", "language"  # roles of a table that has one prompt a row
KINDS_SAID = {"safe": "harmless", "unsafe": "harmful"}  # as XSTest's column label says it
OWN = "prompts."  # with which the columns of languages begin in the sheets that isoglot writes
_ALIASES = {"group": "id", "lang": LANGUAGE, "text": PROMPT}
_PROSE = re.compile(r"\S\s+\S|[^\x00-\u024f]")  # two words, or a letter of another script
_SENTENCE = re.compile(r"\S\s+\S+\s+\S")  # three words


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


@dataclass
class _Cells:
    """What stands in a column whose name leaves open what it is; empty cells aside."""

    count: int = 0
    prose: int = 0
    sentences: int = 0
    values: set[str] = field(default_factory=set)  # at most three

    def add(self, cell: Any) -> None:
        text = str(cell).strip()
        if cell is None or not text:
            return
        self.count += 1
        self.prose += isinstance(cell, list) or bool(_PROSE.search(text))  # a conversation is prose
        self.sentences += bool(_SENTENCE.search(text))
        if len(self.values) < 3:
            self.values.add(text.lower()[:100])


class Survey:
    """The names of a table's columns, and what stands in those of which it matters, gathered row by row."""

    def __init__(self) -> None:
        self.names: dict[str, None] = {}
        self._asked: dict[str, _Cells] = {}

    def add(self, record: Mapping[str, Any]) -> None:
        """Takes one row into account."""
        for name in record.keys() - self.names.keys():
            if name.lower() in ("id", "group", "label") or _may_be_tag(name):
                self._asked[name] = _Cells()
        self.names |= dict.fromkeys(record)
        for name, cells in self._asked.items():
            cells.add(record.get(name))

    def is_prose(self, name: str) -> bool:
        """Whether more than half of a column's cells have two words, or a letter of another script."""
        return 2 * self._asked[name].prose > self._asked[name].count

    def is_sentences(self, name: str) -> bool:
        """Whether more than half of a column's cells have three words."""
        return 2 * self._asked[name].sentences > self._asked[name].count

    def holds_only(self, name: str, values: Collection[str]) -> bool:
        """Whether a column has no other value, of two at most."""
        return self._asked[name].values <= set(values)


def _may_be_tag(name: str) -> bool:
    tag = canonical_tag(name)
    return is_tag(tag) and not _is_nothing_else(name, tag)


def given(path: Path, seen: Survey, wanted: Mapping[str, str]) -> Columns:
    """The columns as someone says them: language or role -> name. Roles that are not said are found by their names.

    Raises:
        DataError: for names that there are not, what is neither language nor role, and a mapping without prompts.
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
    if not languages and PROMPT not in found:
        problems.append(problem("columns", "languages, as in en=prompt", ", ".join(wanted) or "none"))
    raise_all(problems, DataError)
    known = {role: name for role, name in _roles(seen).items() if name not in wanted.values()}
    return _made(names, languages, known | found)


def detected(path: Path, seen: Survey) -> Columns:
    """The columns by their names, and by what stands in them where a name only may be a tag (``no``, ``url``).

    Raises:
        DataError: for two columns of one thing, and a table without prompts.
    """
    names = list(seen.names)
    if any(name.startswith(OWN) for name in names):
        return _own(names)
    roles = _roles(seen)
    taken = {*roles.values(), *(name for name in names if name.lower() in (*ROLES, PROMPT, LANGUAGE))}
    may_be = {name: canonical_tag(name) for name in names if name not in taken and is_tag(canonical_tag(name))}
    languages = {name: tag for name, tag in may_be.items() if _is_nothing_else(name, tag) or seen.is_prose(name)}
    counts = Counter([*languages.values(), *(name.lower() for name in names if name not in languages)])
    twice = [(name, count) for name, count in counts.items() if count > 1]
    problems = [problem(str(path), "each column once", f"{short(name)} {count} times") for name, count in twice]
    if roles.get("id", "").lower() == "id" and seen.is_sentences(roles["id"]):
        step = "If it is Indonesian, name it id-ID"
        problems.append(problem(f"{path}, column id", "names of groups", "sentences", step))
    if not languages and PROMPT not in roles:
        problems.append(problem(str(path), "columns named by language tags", _some(names), _which(names)))
    raise_all(problems, DataError)
    left = [name for name in may_be if name not in languages]
    if left:
        warnings.warn(
            f"{path}: columns {_some(left)} have the form of language tags and no prompts in them; they are taken "
            "for other data.",
            stacklevel=2,
        )
    return _made(names, languages, roles)


def _which(names: Sequence[str]) -> str:
    """What to do with a table without columns of languages, with the tags of those that are named in English."""
    found: dict[str, str] = {}
    for name in names:
        for tag in [tag for part in re.findall(r"[^\W_]+", name) if (tag := called(part)) is not None]:
            found.setdefault(tag, name)
    said, plain = ",".join(f"{tag}={name}" for tag, name in found.items()), ", ".join(found)
    if found:
        return f"If they are languages, name them {plain}, or say so: --columns {shlex.quote(said)}"
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


def _is_nothing_else(name: str, tag: str) -> bool:
    """Whether a name is surely a tag.

    That is a code of FLORES-200, or one of a language that prompts often are in, and not another code of it (``per``).
    """
    return name.strip() in flores_codes() or (
        known(tag) and tag.startswith(name.strip().lower().replace("_", "-").partition("-")[0])
    )


def _some(names: Sequence[str]) -> str:
    return some((name if len(name) < 40 else short(name) for name in names), 20)
