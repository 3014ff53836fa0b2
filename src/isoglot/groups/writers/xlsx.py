"""A workbook of one sheet (ECMA-376), all cells text: what any spreadsheet opens, and nothing that it calculates."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable
from pathlib import Path
from xml.sax.saxutils import escape

from ...errors import DataError, problem

_ROWS, _CHARACTERS = 1_048_576, 32_767  # of a sheet, of a cell: what Excel opens
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
    '<sheets><sheet name="prompts" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}
# Characters that XML cannot hold or would change, and what looks like such an escape.
_ESCAPED = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


def write_rows(path: Path, rows: Iterable[list[str]], name: str) -> None:
    """Writes rows of texts; the same rows give the same bytes.

    Args:
        path: of the workbook.
        rows: of the sheet.
        name: what to call the file in a message.

    Raises:
        DataError: for more rows, or longer texts, than a spreadsheet opens.
    """
    with zipfile.ZipFile(path, "w") as book:
        for part, text in _PARTS.items():
            book.writestr(_info(part), _HEAD + text)
        with book.open(_info("xl/worksheets/sheet1.xml"), "w", force_zip64=True) as sheet:
            sheet.write(f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
            for number, row in enumerate(rows, start=1):
                sheet.write(_row(number, row, name).encode())
            sheet.write(b"</sheetData></worksheet>")


def _info(part: str) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(part)  # of 1980: no clock in the file
    made.compress_type = zipfile.ZIP_DEFLATED
    return made


def _row(number: int, row: list[str], name: str) -> str:
    step = "Write a .csv or a .jsonl"
    if number > _ROWS:
        raise DataError(problem(name, f"at most {_ROWS:,} rows, as spreadsheets have", "more", step))
    longest = max(map(len, row))
    if longest > _CHARACTERS:
        expected = f"at most {_CHARACTERS:,} characters in a cell, as spreadsheets have"
        raise DataError(problem(f"{name}, line {number}", expected, f"{longest:,}", step))
    cells = [
        f'<c r="{_letters(place)}{number}" t="inlineStr"><is><t xml:space="preserve">{_xml(text)}</t></is></c>'
        for place, text in enumerate(row)
        if text
    ]
    return f'<row r="{number}">{"".join(cells)}</row>'


def _letters(place: int) -> str:
    """``A`` of the first column, ``AB`` of the twenty-eighth."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _xml(text: str) -> str:
    return escape(_ESCAPED.sub(lambda found: f"_x{ord(found[0]):04X}_", text))
