"""Parts of an evaluation that several processes answer side by side, each into a file of its own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from ..errors import ConfigError, problem, short

_TEXT = re.compile(r"(\d{1,4})/(\d{1,4})")
_FILE = re.compile(r"responses\.(\d{1,4})-of-(\d{1,4})\.jsonl")


class Shard(NamedTuple):
    """One of several parts, by number.

    Attributes:
        number: from 1.
        of: how many there are.
    """

    number: int
    of: int

    @classmethod
    def parse(cls, text: str) -> Shard:
        """From ``2/4``.

        Raises:
            ConfigError: for a text that names none.
        """
        found = _TEXT.fullmatch(text.strip())
        number, of = (int(found[1]), int(found[2])) if found else (0, 0)
        if not 1 <= number <= of:
            raise ConfigError(problem("--shard", "a part and how many there are, as in 2/4", short(text)))
        return cls(number, of)

    def __str__(self) -> str:
        """As in ``2-of-4``, for names of files."""
        return f"{self.number}-of-{self.of}"

    @property
    def lock(self) -> str:
        """Name of its lock, in the evaluation's folder."""
        return f".lock.{self}"

    def path(self, folder: Path) -> Path:
        """Its responses, in the evaluation's folder."""
        return folder / f"responses.{self}.jsonl"


def shards_in(folder: Path) -> list[Shard]:
    """The shards whose files are in a folder, in order."""
    found = (_FILE.fullmatch(path.name) for path in folder.glob("responses.*-of-*.jsonl"))
    return sorted((Shard(int(match[1]), int(match[2])) for match in found if match), key=lambda one: one[::-1])


def without_file(shards: list[Shard]) -> list[Shard]:
    """The shards that belong to these and are not among them."""
    counts = dict.fromkeys(one.of for one in shards)
    every = (Shard(number, of) for of in counts for number in range(1, of + 1))
    return [one for one in every if one not in shards]
