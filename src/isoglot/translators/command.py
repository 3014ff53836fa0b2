"""A command that reads lines and writes lines, as most translation tools do."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import shutil
import signal
from collections.abc import Mapping, Sequence
from typing import Any

from ..calls import within
from ..errors import ConfigError, MissingFileError, first_line, problem
from ..escaping import visible, whole
from ..judges.untrusted import filled
from ..providers.failure import without_secrets
from .codes import three_letters, two_letters
from .keeping import keeping
from .known import unknown_language
from .translator import NoPair, Translation

_ROOM, _LONGER = 1 << 20, 100  # bytes of what it writes: so many, and so many times what it is given
_BLOCK = 1 << 16
_GRACE = 1.0  # seconds for what is ended
_PLAIN = "Hello."  # what every command translates that has the languages
_MEANINGS = "{source} and {target} are tags, {source3} and {target3} codes of three letters"


class CommandTranslator:
    """Runs a command for each batch of lines; no shell reads its line.

    It is given a line for each line of the texts, and has to write one for each. It works on several batches at a time.
    If it fails for a plain line too, and not only for the texts, it lacks the pair of languages, provided that its
    command line names them.

    Args:
        spec: ``command:LINE``; in it ``{source}``, ``{target}``, ``{source3}``, ``{target3}`` stand for the languages.
        concurrency: processes at a time, at most.
        timeout: seconds for one batch.

    Raises:
        ConfigError: for an empty line, or one whose quotes do not match.
        MissingFileError: where there is no such command.
    """

    backend = "command"
    batch_size = 32
    only_asking_tells = True

    def __init__(self, spec: str, *, concurrency: int = 8, timeout: float = 120.0) -> None:
        line = spec.partition(":")[2]
        try:
            self._arguments = shlex.split(line)
        except ValueError as error:
            raise ConfigError(
                problem("backend", "command:LINE", f"{without_secrets(spec)!r} ({first_line(error)})")
            ) from None
        if not self._arguments:
            raise ConfigError(problem("backend", "command:LINE", repr(spec), f"In LINE {_MEANINGS}"))
        if shutil.which(self._arguments[0]) is None:
            got = f"{self._arguments[0]!r}, which is not there"
            raise MissingFileError(problem("backend", "a command that can be run", got, "Install it, or name its path"))
        self.spec, self.model = without_secrets(spec), without_secrets(line)
        self.settings: Mapping[str, Any] = {}
        self.concurrency = max(1, min(concurrency, os.cpu_count() or 1))
        self._timeout = timeout
        self._works: dict[tuple[str, ...], bool] = {}  # of each pair of languages, once that is known
        self._running: set[asyncio.subprocess.Process] = set()
        self._closed = False

    def why_not(self, source: str, target: str) -> str:
        """Why a tag is no language; which languages the command has is seen only when it is asked."""
        return unknown_language(source, target)

    def estimate(self, text: str, source: str, target: str) -> tuple[int, int]:  # noqa: ARG002
        """It counts no tokens."""
        return 0, 0

    async def translate(self, texts: Sequence[str], source: str, target: str) -> Sequence[Translation]:
        """Translations; see :class:`~isoglot.translators.Translator`.

        Raises:
            NoPair: where it fails for every text and its command line names the languages.
        """
        self._closed = False
        tags = {"source": two_letters(source), "target": two_letters(target)}
        codes = {"source3": three_letters(source), "target3": three_letters(target)}
        arguments = [filled(one, **tags, **codes) for one in self._arguments]
        return await keeping(texts, lambda lines: self._lines(arguments, lines), unit="line", target=target)

    async def close(self) -> None:
        """Ends what still runs."""
        self._closed = True
        for process in self._running:
            _kill(process)  # what waits for it sees to the rest

    async def _lines(self, arguments: list[str], lines: list[str]) -> list[Translation]:
        """A translation of each line; a batch that fails is halved until the line that it fails for is alone."""
        try:
            made = await self._made(arguments, lines)
            self._works[tuple(arguments)] = True
            return made
        except TimeoutError:
            return [self._failed(f"an answer in {self._timeout:g} seconds", "none")] * len(lines)
        except OSError as error:
            return [self._failed("a command that can be run", first_line(error))] * len(lines)
        except _Failed as failed:
            wrong = self._failed(failed.expected, str(failed))
        if self._closed:
            return [wrong] * len(lines)
        if not await self._has(arguments):
            if arguments != self._arguments:
                raise NoPair(wrong.error)
            return [wrong] * len(lines)
        if len(lines) == 1:
            return [wrong]
        half = len(lines) // 2
        return [one for some in (lines[:half], lines[half:]) for one in await self._lines(arguments, some)]

    async def _has(self, arguments: list[str]) -> bool:
        """Whether it has the pair of languages, so that it is the text that it fails for."""
        pair = tuple(arguments)
        if pair not in self._works:
            try:
                await self._made(arguments, [_PLAIN])
                self._works[pair] = True
            except _Failed:
                self._works.setdefault(pair, False)  # another batch may have been translated meanwhile
            except OSError:  # out of time, too
                return True
        return self._works[pair]

    async def _made(self, arguments: list[str], lines: list[str]) -> list[Translation]:
        """A translation of each line, at once.

        Raises:
            TimeoutError, OSError: where it does not end in time, or cannot be run.
            _Failed: where it says so, or writes another number of lines.
        """
        given = "".join(f"{whole(line).replace(chr(0), '')}\n" for line in lines)
        out = await within(self._timeout, self._run(arguments, given.encode()))
        made = out.removesuffix("\n").split("\n") if out else []
        if len(made) != len(lines):
            raise _Failed(f"{len(made)} lines", f"a line for each of {len(lines)}")
        return [Translation(one.rstrip("\r")) for one in made]

    async def _run(self, arguments: list[str], given: bytes) -> str:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *arguments, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True
        )
        self._running.add(process)
        try:
            out, said = await _spoken(process, given)
        except BaseException:
            await _end(process)
            raise
        finally:
            self._running.discard(process)
        if process.returncode:
            lines = said.decode("utf-8", "replace").strip().splitlines() or [""]
            told = " ... ".join(dict.fromkeys([lines[0].strip(), lines[-1].strip()]))
            raise _Failed(f"status {process.returncode}: {told}".rstrip(": "))
        return out.decode("utf-8", "replace")

    def _failed(self, expected: str, got: str) -> Translation:
        said = visible(without_secrets(got))[:300]
        return Translation(None, problem(self.spec, expected, said, "Try the command in a shell"))


class _Failed(Exception):  # noqa: N818 - told to the user as what a translation lacks
    """A command that did something else than translate.

    Args:
        got: what.
        expected: in place of it.
    """

    def __init__(self, got: str, expected: str = "status 0") -> None:
        super().__init__(got)
        self.expected = expected


async def _spoken(process: asyncio.subprocess.Process, given: bytes) -> tuple[bytes, bytes]:
    """What a process writes that is given some bytes, and the end of what it says besides.

    Raises:
        _Failed: for more than any translation has, as of a command that never ends.
    """
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    most = _ROOM + _LONGER * len(given)
    out = asyncio.create_task(_read(process.stdout, most))
    said = asyncio.create_task(_read_end(process.stderr))
    parts: list[asyncio.Task[Any]] = [out, said, asyncio.create_task(_write(process.stdin, given))]
    try:
        await asyncio.gather(*parts)
        await process.wait()
    finally:
        for part in parts:
            part.cancel()
        await asyncio.gather(*parts, return_exceptions=True)
    return out.result(), said.result()


async def _write(stream: asyncio.StreamWriter, given: bytes) -> None:
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it need not read
        stream.write(given)
        await stream.drain()
        stream.close()


async def _read(stream: asyncio.StreamReader, most: int) -> bytes:
    found = bytearray()
    while part := await stream.read(_BLOCK):
        found += part
        if len(found) > most:
            raise _Failed(f"more than {most:,} bytes", "translations")
    return bytes(found)


async def _read_end(stream: asyncio.StreamReader) -> bytes:
    found = b""
    while part := await stream.read(_BLOCK):
        found = (found + part)[-_BLOCK:]
    return found


def _kill(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL) if hasattr(os, "killpg") else process.kill()


async def _end(process: asyncio.subprocess.Process) -> None:
    """Ends a process with all that it has started; its pipes end with it, but those that are full are read before."""
    assert process.stdout is not None
    assert process.stderr is not None
    _kill(process)
    rest = asyncio.gather(_read_end(process.stdout), _read_end(process.stderr), process.wait())
    with contextlib.suppress(TimeoutError):  # of a process that left the others and holds the pipes
        await within(_GRACE, rest)
    process._transport.close()  # type: ignore[attr-defined]
