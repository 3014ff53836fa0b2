"""Prompt sets by name: where they come from, under which licence, and how their files are found and read."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ...errors import ConfigError, MissingFileError, problem, raise_all, unknown
from ...files import written_whole
from ...groups import PromptGroups

DATA = "ISOGLOT_DATA"  # the environment variable that says where they are
_PKU = "pku_saferlhf_safety_test.jsonl"
_POLYREFUSE = ("ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "ru", "th", "yo")


@dataclass(frozen=True)
class Suite:
    """A published set of prompts.

    Attributes:
        name: by which it is asked for.
        source: who published it, where.
        licence: of its prompts, as an SPDX identifier.
        places: paths in a folder of data at which it is looked for.
        url: folder of its public files.
        files: their names there.
        columns: of a table; None for a shape that is known.
        read_as: the source of its groups, once they are read, in their readers' word where these have one.
        translated: by whom, where that is known.
    """

    name: str
    source: str
    licence: str
    places: tuple[str, ...]
    url: str
    files: tuple[str, ...]
    columns: Mapping[str, str] | None = field(default=None, hash=False)
    read_as: str = ""
    translated: str = ""

    def find(self, folder: Path) -> Path | None:
        """Its file or folder, in a folder of data."""
        return next((folder / place for place in self.places if (folder / place).exists()), None)

    def read(self, path: Path, *, tell: Callable[[str], None] | None = None) -> PromptGroups:
        """Its prompts.

        Raises:
            DataError, MissingFileError: as :meth:`~isoglot.groups.PromptGroups.read`.
        """
        groups = PromptGroups.read(path, columns=self.columns, tell=tell)
        return PromptGroups(replace(one, source=one.source or self.read_as or None) for one in groups)

    def facts(self, groups: PromptGroups) -> dict[str, Any]:
        """What a protocol says of it.

        Args:
            groups: those of its prompts that are asked.
        """
        return {"name": self.name, "source": self.source, "licence": self.licence, "hash": groups.prompts_hash}

    def download(self, folder: Path) -> Path:
        """Fetches its public files into a folder of data; those that are there are not fetched again.

        Returns:
            Its file or folder there.

        Raises:
            MissingFileError: if one cannot be had.
        """
        place = folder / self.places[0]
        for name in self.files:
            target = place / name if len(self.files) > 1 else place
            if not target.exists():
                _fetch(f"{self.url}/{name}", target)
        return place


def _fetch(url: str, target: Path) -> None:
    import shutil
    import urllib.request

    try:
        with (
            urllib.request.urlopen(url, timeout=60) as answer,  # noqa: S310 - the registry's own addresses
            written_whole(target) as aside,
            open(aside, "wb") as file,
        ):
            shutil.copyfileobj(answer, file)
    except OSError as error:
        step = f"Fetch it in another way, and give its path; it belongs at {target}"
        raise MissingFileError(problem(url, "a file", f"{type(error).__name__}: {error}", step)) from None


_ALL = (
    Suite(
        "multijail",
        "MultiJail, DAMO-NLP-SG (arXiv 2310.06474)",
        "MIT",
        ("multijail/MultiJail.csv", "MultiJail.csv"),
        "https://huggingface.co/datasets/DAMO-NLP-SG/MultiJail/resolve/main",
        ("MultiJail.csv",),
        read_as="MultiJail",
        translated="by native speakers (arXiv 2310.06474)",
    ),
    Suite(
        "pku",
        "PKU-SafeRLHF test prompts in ten languages, Yuyan-B/MLC",
        "CC-BY-NC-4.0",
        (
            "pku/pku_saferlhf_safety_test.jsonl",
            "mlc-paper/pku_saferlhf_safety_test.jsonl",
            "pku_saferlhf_safety_test.jsonl",
        ),
        "https://raw.githubusercontent.com/Yuyan-B/MLC/3d1e9faee896c535f7d8067e693bd8d70624dcd1/safe_eval",
        (_PKU,),
        read_as="PKU-SafeRLHF (multilingual)",
    ),
    Suite(
        "polyrefuse",
        "PolyRefuse, mainlp/Multilingual-Refusal",
        "Apache-2.0",
        ("polyrefuse", "PolyRefuse"),
        "https://raw.githubusercontent.com/mainlp/Multilingual-Refusal/23b7e9495b97693f77b5e33f49b437626a66af1c/PolyRefuse",
        tuple(f"{part}_translated_{tag}.json" for part in ("harmful_val", "harmless_test") for tag in _POLYREFUSE),
        read_as="PolyRefuse",
    ),
    Suite(
        "xstest",
        "XSTest, paul-rottger/xstest (arXiv 2308.01263)",
        "CC-BY-4.0",
        ("xstest/xstest_prompts.csv", "xstest_prompts.csv"),
        "https://raw.githubusercontent.com/paul-rottger/xstest/main",
        ("xstest_prompts.csv",),
        columns={"en": "prompt", "id": "id", "kind": "label", "category": "type"},
        read_as="XSTest",
    ),
)
SUITES: Mapping[str, Suite] = {suite.name: suite for suite in _ALL}


def read_suites(
    names: Sequence[str], data: Path | None, *, tell: Callable[[str], None] | None = None
) -> list[tuple[Suite, PromptGroups]]:
    """The prompts of several sets.

    Args:
        names: of the sets.
        data: the folder in which they are; None: what the environment variable ``ISOGLOT_DATA`` says.
        tell: called with what each column of a table was taken for.

    Raises:
        ConfigError: for names that mean nothing, or if nobody says where they are.
        MissingFileError: with everything that is not there.
    """
    raise_all([unknown("--suite", "prompt set", name, SUITES) for name in names if name not in SUITES], ConfigError)
    given = data or (Path(os.environ[DATA]) if os.environ.get(DATA) else None)
    if given is None:
        expected, step = "the folder in which the sets are", f"Give --data FOLDER, or set {DATA}"
        raise ConfigError(problem("--data", expected, "nothing", step))
    folder, found, missing = given, {}, []
    for name in dict.fromkeys(names):
        path = SUITES[name].find(folder)
        if path is None:
            step = f"Its source: {SUITES[name].source}, {SUITES[name].url}"
            missing.append(problem(str(folder), f"{name} at {' or '.join(SUITES[name].places)}", "nothing", step))
        else:
            found[name] = path
    raise_all(missing, MissingFileError)
    return [(SUITES[name], SUITES[name].read(path, tell=tell)) for name, path in found.items()]


def with_free_ids(
    named: Sequence[tuple[Suite, PromptGroups]], others: Collection[str], *, tell: Callable[[str], None]
) -> list[tuple[Suite, PromptGroups]]:
    """The sets, with the set's name before an id that another prompt has: ``xstest/17``.

    Published sets number their prompts, as people do in sheets of their own.

    Args:
        named: as :func:`read_suites` gives them.
        others: ids of the prompts that are asked besides.
        tell: called with how many ids of a set were changed.
    """
    used, found = set(others), []
    for suite, groups in named:
        if meets := _free_ids(suite.name, [group.id for group in groups], used):
            example = next(iter(meets.values()))
            tell(f"{suite.name}: {len(meets)} of {len(groups)} ids are those of other prompts, too: now {example} ...")
            groups = PromptGroups(replace(group, id=meets.get(group.id, group.id)) for group in groups)
        used |= {group.id for group in groups}
        found.append((suite, groups))
    return found


def _free_ids(suite: str, ids: Sequence[str], used: Collection[str]) -> dict[str, str]:
    """Another id for each that is used, which is not used either: prompts out of such an evaluation have the name."""
    taken, made = {*used, *ids}, {}
    for met in (one for one in ids if one in used):
        name = f"{suite}/{met}"
        while name in taken:
            name = f"{suite}/{name}"
        made[met] = name
        taken.add(name)
    return made
