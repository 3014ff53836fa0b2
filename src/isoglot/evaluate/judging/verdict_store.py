"""One judge's verdicts on disk, found by what the judge was asked: what was paid for once is not paid for again."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from ...judges import BatchJudge, Exchange, Verdict
from ...judges.batch import and_tokens
from ...runs.judged import partial_path, verdicts_path
from ...runs.responses import asked_line, read_asked

Add = Callable[[bytes, Verdict], None]
Read = Callable[[bytes], Verdict]
_BLOCK = 1 << 16


class VerdictStore:
    """Verdicts by a hash of judge, version and exchange; in memory there are only their places in the files.

    New verdicts are added to a file aside as they come, and are there after a kill. Those of a judge whose verdicts are
    ``kept`` are found there and in the whole file of an earlier judging. That a judge failed counts for this run; the
    next asks it again.

    Args:
        folder: of the evaluation.
        judge: whose verdicts.
    """

    def __init__(self, folder: Path, judge: BatchJudge) -> None:
        self._whole, self._partial = verdicts_path(folder, judge.name), partial_path(folder, judge.name)
        self._kept = judge.kept
        self._salt = json.dumps([judge.name, judge.version]).encode()
        self._paid: dict[bytes, Verdict] = {}  # attempts that failed and took tokens
        self._earlier, self._new = dict[bytes, int](), dict[bytes, int]()  # hash -> place in the whole file, aside
        if judge.kept:
            self._earlier, self._new = self._places(self._whole), self._places(self._partial)
        else:
            self._partial.unlink(missing_ok=True)

    def __len__(self) -> int:
        return len(self._earlier.keys() | self._new.keys())

    def __contains__(self, asked: bytes) -> bool:
        return asked in self._new or asked in self._earlier

    def asked(self, exchange: Exchange) -> bytes:
        """What identifies a question to this judge."""
        parts = [exchange.prompt, exchange.response, exchange.language, exchange.kind, exchange.category]
        if exchange.history:
            parts.append(json.dumps(list(exchange.history), sort_keys=True))
        text = "".join("-" if part is None else f"{len(part)}:{part}" for part in parts)  # says where each part ends
        return hashlib.blake2b(self._salt + text.encode("utf-8", "surrogatepass"), digest_size=16).digest()

    @contextmanager
    def adding(self) -> Iterator[Add]:
        """Gives what adds a verdict; one that is kept is on its way to the disk when that returns."""
        with open(self._partial, "ab+") as file:
            _cut_half_line(file)

            def add(asked: bytes, verdict: Verdict) -> None:
                before = self._paid.pop(asked, None)
                verdict = verdict if before is None else and_tokens(verdict, [before])
                place = file.tell()
                file.write(asked_line(asked.hex(), verdict).encode())
                if self._kept:
                    file.flush()
                self._new[asked] = place

            yield add

    @contextmanager
    def reading(self) -> Iterator[Read]:
        """Gives what reads a verdict that is there."""
        with ExitStack() as stack:
            places = [
                (found, path) for found, path in ((self._new, self._partial), (self._earlier, self._whole)) if found
            ]
            files = [(found, stack.enter_context(open(path, "rb"))) for found, path in places]

            def read(asked: bytes) -> Verdict:
                found, file = next(pair for pair in files if asked in pair[0])
                file.seek(found[asked])
                return read_asked(file.readline())[1]

            yield read

    def done(self) -> None:
        """The whole file holds everything: the one aside is not needed any more."""
        self._partial.unlink(missing_ok=True)

    def _places(self, path: Path) -> dict[bytes, int]:
        """Where the verdicts of a file are; of one that failed only its tokens are remembered.

        What is no verdict, or does not say what was asked, is passed over.
        """
        found: dict[bytes, int] = {}
        place = 0
        with open(path if path.exists() else os.devnull, "rb") as file:
            for row in file:
                try:
                    text, verdict = read_asked(row) if row.endswith(b"\n") else ("", None)
                    asked = bytes.fromhex(text)
                except ValueError:  # a DataError is one
                    asked = b""
                if asked and verdict is not None:
                    if verdict.outcome is not None:
                        found[asked] = place
                    elif verdict.input_tokens or verdict.output_tokens:
                        self._paid[asked] = verdict
                place += len(row)
        return found


def _cut_half_line(file: IO[bytes]) -> None:
    """Cuts off what a kill left half-written, and goes to the end."""
    size = end = file.seek(0, 2)
    while end:
        begin = max(0, end - _BLOCK)
        file.seek(begin)
        line_feed = file.read(end - begin).rfind(b"\n")
        if line_feed >= 0:
            end = begin + line_feed + 1
            break
        end = begin
    if end < size:
        file.truncate(end)
    file.seek(0, 2)
