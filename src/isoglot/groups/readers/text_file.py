"""Text of files, as it is or packed by gzip, whatever their names say.

What is packed is unpacked as it is read, and only to a bound: a few kilobytes may unpack to more than any memory has.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ...errors import DataError, MissingFileError, problem
from ...files import suffix_of

_PACKED = b"\x1f\x8b"
_MOST, _TIMES = 256 << 20, 100  # bytes unpacked, and times the file's own; text is seldom packed to a twentieth
_BROKEN = (EOFError, gzip.BadGzipFile, zlib.error)
# Marks with which a file begins that is no text in UTF-8: what it is, and what to do.
_MARKS = {
    b"\xff\xfe": ("UTF-16", ""),
    b"\xfe\xff": ("UTF-16", ""),
    b"\x28\xb5\x2f\xfd": ("a file packed by zstd", "Unpack it, as by zstd -d, or pack it by gzip"),
    b"BZh": ("a file packed by bzip2", "Unpack it, as by bunzip2 -k, or pack it by gzip"),
    b"\xfd7zXZ\x00": ("a file packed by xz", "Unpack it, as by unxz -k, or pack it by gzip"),
    b"PK\x03\x04": ("a zip archive, as a workbook is one", "Unpack it, or name a workbook .xlsx"),
    b"PAR1": ("a Parquet file", "Name it .parquet, without a --shape"),
}


def read_text(path: Path) -> str:
    """The file's text, without a byte-order mark, with lines that end as Python has them.

    Raises:
        MissingFileError: if it is not there.
        DataError: if it is not UTF-8; if it is packed by gzip and damaged, or unpacks to more than 256 MiB and more
            than 100 times its size.
    """
    try:
        with opened(path) as file:
            text = file.read().decode("utf-8-sig")
    except FileNotFoundError:
        raise MissingFileError(problem(str(path), "a file", "nothing", "Check the path")) from None
    except IsADirectoryError:
        raise DataError(problem(str(path), "a file", "a folder")) from None
    except UnicodeDecodeError as error:
        raise DataError(_no_text(path, error)) from None
    except _BROKEN as error:
        raise DataError(_damaged(path, error)) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def text_lines(path: Path, newline: str | None = None) -> Iterator[str]:
    """The file's lines, one at a time, without a byte-order mark; errors are those of :func:`read_text`.

    Args:
        path: the file.
        newline: as ``open`` has it; ``""`` keeps how lines end.
    """
    if not path.is_file():
        read_text(path)  # says what is wrong
    try:
        with io.TextIOWrapper(opened(path), encoding="utf-8-sig", newline=newline) as file:
            yield from file
    except UnicodeDecodeError:
        read_text(path)  # says where
        raise
    except _BROKEN as error:
        raise DataError(_damaged(path, error)) from None


def opened(path: Path) -> BinaryIO:
    """The file's bytes, unpacked if they are packed by gzip.

    Raises:
        OSError: if it cannot be opened.
        DataError: as it is read, for one that unpacks to more than the bound.
    """
    file = open(path, "rb")  # noqa: SIM115 - it is the caller's
    if not file.peek(len(_PACKED)).startswith(_PACKED):
        return file
    return io.BufferedReader(_Unpacked(path, file), 1 << 16)


class _Unpacked(io.RawIOBase):
    """The bytes of an open file that is packed by gzip, to a bound."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self._path, self._packed, self._file = path, file, gzip.GzipFile(fileobj=file)
        self._left = max(_MOST, _TIMES * path.stat().st_size)

    def readable(self) -> bool:
        """It can be read."""
        return True

    def readinto(self, into: memoryview) -> int:  # type: ignore[override]
        """Reads as ``io.RawIOBase`` does."""
        found = self._file.read(len(into))
        self._left -= len(found)
        if self._left < 0:
            expected = f"at most {_MOST >> 20} MiB, or {_TIMES} times the file's size, once it is unpacked"
            step = "Unpack it by hand, if that is what it should be"
            raise DataError(problem(str(self._path), expected, "more", step))
        into[: len(found)] = found
        return len(found)

    def close(self) -> None:
        """Closes the file."""
        if not self.closed:
            self._packed.close()
        super().close()


def _damaged(path: Path, error: Exception) -> str:
    return problem(str(path), "a whole file packed by gzip", f"one that is damaged ({error})", "Get or pack it again")


def _no_text(path: Path, error: UnicodeDecodeError) -> str:
    """What a file is that is no UTF-8, as far as its beginning says it."""
    other = f"another encoding (byte {error.start})", ""
    got, step = next((said for mark, said in _MARKS.items() if error.object.startswith(mark)), other)
    save = 'Save it as "CSV UTF-8"' if suffix_of(path) in (".csv", ".tsv") else "Save it as UTF-8"
    return problem(str(path), "UTF-8 text", got, step or save)
