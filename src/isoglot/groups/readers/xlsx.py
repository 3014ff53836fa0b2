"""The first sheet of an XLSX workbook (ECMA-376), read as a stream.

A workbook is a zip archive of XML. Nothing in it is calculated, no entity is resolved and nothing outside is fetched.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.parsers import expat

from ...errors import DataError, MissingFileError, problem

_MOST = 2 << 30  # bytes of one part, unpacked
_COLUMNS = 16_384  # of a sheet, as Excel has them
_CHUNK = 1 << 16
_BROKEN = (
    *(
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
    ),  # of the archive; one with a password
    *(expat.ExpatError, LookupError, ValueError, OverflowError),
)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows of the first sheet, with their numbers; cells are texts as they are stored, an empty one is empty.

    Raises:
        MissingFileError: if there is no file.
        DataError: for what is no workbook.
    """
    if not path.is_file():
        raise MissingFileError(problem(str(path), "a file", "nothing", "Check the path"))
    try:
        with zipfile.ZipFile(path) as book:
            texts: list[str] = []
            if "xl/sharedStrings.xml" in book.namelist():
                shared = _Shared()
                for _ in _parsed(book, "xl/sharedStrings.xml", shared):
                    texts += shared.taken()
            sheet = _Sheet(texts)
            for _ in _parsed(book, _first_sheet(book), sheet):
                yield from sheet.taken()
    except _BROKEN as error:
        if isinstance(error, DataError):
            raise
        raise DataError(problem(str(path), "an XLSX workbook", str(error).strip("'") or "another file")) from None


def _first_sheet(book: zipfile.ZipFile) -> str:
    """The name of the first sheet's part."""
    book_sheets, targets = _Attributes("sheet"), _Attributes("Relationship")
    for name, found in (("xl/workbook.xml", book_sheets), ("xl/_rels/workbook.xml.rels", targets)):
        for _ in _parsed(book, name, found):
            pass
    if not book_sheets.found:
        raise ValueError("a workbook without sheets")
    (wanted,) = [value for name, value in book_sheets.found[0].items() if name.endswith(" id")]
    target = {one.get("Id"): one["Target"] for one in targets.found}[wanted]
    return posixpath.normpath(posixpath.join("xl", target)).lstrip("/")


def _parsed(book: zipfile.ZipFile, name: str, into: _Handler) -> Iterator[None]:
    """Hands a part to a handler; yields after each chunk."""
    info = book.getinfo(name)
    if info.file_size > _MOST:
        raise ValueError(f"{info.file_size:,} bytes of {name}")
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _no_doctype
    parser.StartElementHandler = lambda tag, attributes: into.start(tag.rpartition(" ")[2], attributes)
    parser.EndElementHandler = lambda tag: into.end(tag.rpartition(" ")[2])
    parser.CharacterDataHandler = into.text
    with book.open(info) as part:
        while chunk := part.read(_CHUNK):
            parser.Parse(chunk, False)
            yield
    parser.Parse(b"", True)
    yield


def _no_doctype(*_: Any) -> None:
    raise ValueError("a document type, which no workbook has")


class _Handler:
    """What is done with the elements of a part."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """At an element's beginning."""

    def end(self, tag: str) -> None:
        """At its end."""

    def text(self, text: str) -> None:
        """With text in it."""


class _Attributes(_Handler):
    def __init__(self, wanted: str) -> None:
        self.found: list[dict[str, str]] = []
        self._wanted = wanted

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == self._wanted:
            self.found.append(attributes)


class _Shared(_Handler):
    """The texts that cells share: each ``si`` is one, of the ``t`` in it; how it is pronounced (``rPh``) aside."""

    def __init__(self) -> None:
        self._done: list[str] = []
        self._parts: list[str] = []
        self._inside = self._aside = False

    def taken(self) -> list[str]:
        done, self._done = self._done, []
        return done

    def start(self, tag: str, attributes: dict[str, str]) -> None:  # noqa: ARG002
        if tag == "rPh":
            self._aside = True
        elif tag == "t":
            self._inside = not self._aside

    def end(self, tag: str) -> None:
        if tag == "rPh":
            self._aside = False
        elif tag == "t":
            self._inside = False
        elif tag == "si":
            self._done.append(_plain("".join(self._parts)))
            self._parts = []

    def text(self, text: str) -> None:
        if self._inside:
            self._parts.append(text)


class _Sheet(_Shared):
    """Rows of cells: a shared text by its number, a text in the cell (``is``), or a value (``v``) as it is stored."""

    def __init__(self, shared: list[str]) -> None:
        super().__init__()
        self._texts = shared
        self._rows: list[tuple[int, list[str]]] = []
        self._row: dict[int, str] = {}
        self._number = self._column = 0
        self._type = ""

    def taken(self) -> Any:
        done, self._rows = self._rows, []
        return done

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "row":
            self._number, self._column, self._row = int(attributes.get("r", self._number + 1)), 0, {}
        elif tag == "c":
            self._column = _column(attributes["r"]) if "r" in attributes else self._column + 1
            self._type, self._parts = attributes.get("t", "n"), []
        elif tag == "v":
            self._inside = True
        else:
            super().start(tag, attributes)

    def end(self, tag: str) -> None:
        if tag == "row":
            cells = [self._row.get(place, "") for place in range(1, max(self._row, default=0) + 1)]
            self._rows.append((self._number, cells))
        elif tag == "c":
            value = "".join(self._parts)
            self._row[self._column] = self._texts[_place(value)] if self._type == "s" and value else _plain(value)
            self._inside = False
        elif tag == "v":
            self._inside = False
        else:
            super().end(tag)


def _place(number: str) -> int:
    if not number.strip().isdecimal():
        raise ValueError(f"a text of number {number[:20]!r}")
    return int(number)


def _column(reference: str) -> int:
    """The number of a cell's column: 28 for ``AB7``."""
    number = 0
    for letter in reference.rstrip("0123456789"):
        number = 26 * number + ord(letter.upper()) - 64
    if not 1 <= number <= _COLUMNS:
        raise ValueError(f"a cell {reference[:20]!r}")
    return number


def _plain(text: str) -> str:
    """The text with the characters that XML cannot hold, which a workbook writes as ``_x0007_``."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text
