"""The groups of a file while they are checked: on disk, one record a line, and gone when the process is."""

from __future__ import annotations

import json
import tempfile
from array import array
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from ..groups import PromptGroup

_SEVERAL = 1 << 15  # bytes of records that are given together


class Spool:
    """Groups in a file without a name, whatever shape they were read from; 24 bytes of each are in memory.

    First all are added, then they are read.

    Args:
        folder: in which the file is; it takes as much disk as the groups as JSON lines.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by close()
        self._begins, self._ids, self._lines = array("Q"), array("q"), array("Q")
        self._end = 0
        self._without: set[int] = set()
        self.record = lru_cache(maxsize=256)(self._record)

    def __len__(self) -> int:
        return len(self._begins) - len(self._without)

    def add(self, group: PromptGroup, line: int) -> None:
        """Adds a group.

        Args:
            group: any.
            line: of its file, for messages.
        """
        text = json.dumps(group.to_record(), ensure_ascii=False).encode() + b"\n"
        self._begins.append(self._end)
        self._ids.append(hash(group.id))
        self._lines.append(line)
        self._file.write(text)
        self._end += len(text)

    def leave_out(self, place: int) -> None:
        """Takes a group out again."""
        self._without.add(place)

    def batches(self) -> Iterator[tuple[list[int], list[str]]]:
        """Places and records as JSON, some 32 KiB together, in their order."""
        self._file.seek(0)
        places, batch, size = list[int](), list[str](), 0
        for place, line in enumerate(self._file):
            if place not in self._without:
                places.append(place)
                batch.append(line.decode())
                size += len(line)
            if size >= _SEVERAL:
                yield places, batch
                places, batch, size = [], [], 0
        if batch:
            yield places, batch

    def line(self, place: int) -> int:
        """Where a group was in its file."""
        return self._lines[place]

    def _record(self, place: int) -> dict[str, Any]:
        self._file.seek(self._begins[place])
        found: dict[str, Any] = json.loads(self._file.readline())
        return found

    def ids_again(self) -> Iterator[tuple[int, int]]:
        """Places of groups whose id an earlier group has, and of that: (earlier, later)."""
        hashes = np.asarray(self._ids)
        order = np.argsort(hashes, kind="stable")
        again = np.flatnonzero(hashes[order[1:]] == hashes[order[:-1]])
        first: dict[str, int] = {}
        for place in sorted({int(order[at]) for after in again for at in (after, after + 1)}):
            known = first.setdefault(self.record(place)["id"], place)
            if known != place:
                yield known, place

    def close(self) -> None:
        """Ends it; nothing is left of it."""
        self._file.close()
