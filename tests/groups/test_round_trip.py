"""Read, write, read gives the same groups: every writer, any script, direction, control characters, formulas."""

from __future__ import annotations

import csv
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isoglot import PromptGroups
from isoglot.errors import DataError
from isoglot.groups import PromptGroup

TAGS = ("en", "sw", "ckb", "zh-Hant", "id", "no", "pt-BR", "xx")
HARD = (
    "=1+1",
    "'=1",
    "''@x",
    "+49",
    "-x",
    "\ttab",
    "a\r\nb\rc\nd",
    ' "quoted", and; more\t',
    "بەکوردی \u202eabc\u202c",
    "👩‍👩‍👧‍👦 🇰🇪",
    "_x0041_ _x005F_",
    "\x01\x0b\x1f\x7f\x85\u2028\ufeff\ufffe",
    "<a>&amp;]]>",
    "नमस्ते ในประเทศ 日本 𐍈",
)
texts = st.one_of(
    st.sampled_from(HARD),
    st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1, max_size=30),
).filter(lambda text: text.strip())
plain = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=8).filter(lambda t: t == t.strip())


@st.composite
def sets(draw):
    names = draw(st.lists(plain, min_size=1, max_size=4, unique=True))
    return PromptGroups(
        PromptGroup(
            id=name,
            prompts=draw(st.dictionaries(st.sampled_from(TAGS), texts, min_size=1, max_size=4)),
            pivot=draw(st.sampled_from(["en", "sw"])),
            kind=draw(st.sampled_from(["harmful", "harmless", None])),
            category=draw(st.none() | plain),
            source=draw(st.none() | plain),
            extra={"note": draw(plain | st.sampled_from(["=a", "'=a"])), "url": "some long words", "group": "g"},
        )
        for name in names
    )


@pytest.mark.filterwarnings("ignore:.*empty cells", "ignore:.*the same text as in the pivot")
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(groups=sets())
def test_read_write_read_gives_the_same_groups(groups, tmp_path):
    for name in ("a.jsonl", "a.parquet", "a.csv", "a.tsv", "a.xlsx"):
        found = PromptGroups.read(groups.write(tmp_path / name))
        assert [group.to_record() for group in found] == [group.to_record() for group in groups], name
        assert found.fingerprint == groups.fingerprint


def test_a_sheet_is_what_a_spreadsheet_reads_and_calculates_nothing(tmp_path):
    groups = PromptGroups.from_columns({"en": ["=1+1", "b"], "sw": ["", "c"]}, kind="harmful")
    path = groups.write(tmp_path / "a.csv")
    assert path.read_bytes().startswith(b"\xef\xbb\xbfid,kind,pivot,category,source,prompts.en,prompts.sw\r\n")
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[1:] == [["00001", "harmful", "en", "", "", "'=1+1", ""], ["00002", "harmful", "en", "", "", "b", "c"]]
    with zipfile.ZipFile(groups.write(tmp_path / "a.xlsx")) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert '<c r="F2" t="inlineStr"><is><t xml:space="preserve">=1+1</t></is></c>' in sheet
    assert "<f>" not in sheet
    assert (tmp_path / "a.xlsx").read_bytes() == groups.write(tmp_path / "b.xlsx").read_bytes()


def test_what_a_sheet_cannot_hold_is_said(tmp_path):
    talk = {"en": [{"role": "user", "content": "a"}]}
    with pytest.raises(DataError, match="group 't': expected texts, which a cell can hold, got messages"):
        PromptGroups([PromptGroup("t", talk)]).write(tmp_path / "a.csv")
    long = PromptGroups([PromptGroup("t", {"en": "x" * 40_000})])
    with pytest.raises(DataError, match="line 2: expected at most 32,767 characters in a cell"):
        long.write(tmp_path / "a.xlsx")
    assert not any(tmp_path.iterdir())
    weighted = PromptGroups([PromptGroup("t", {"en": "a"}, weights={"en": 0.5}, extra={"n": 3})])
    with pytest.warns(UserWarning, match=r"does not hold weights \(1 groups\), n \(1 groups\)"):
        weighted.write(tmp_path / "a.csv")


def test_a_workbook_as_spreadsheets_write_it(tmp_path):
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    shared = f"<sst {main}><si><t>en</t></si><si><r><t>How </t></r><r><t>so?</t></r><rPh><t>x</t></rPh></si></sst>"
    rows = (
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="inlineStr"><is><t>kind</t></is></c></row>'
        '<row r="3"><c r="A3" t="s"><v>1</v></c><c r="C3" t="str"><f>A1</f><v>harmful</v></c></row>'
        '<row r="4"><c r="A4"><v>42</v></c><c r="C4" t="inlineStr"><is><t>safe</t></is></c></row>'
    )
    path = book(tmp_path / "a.xlsx", f"<worksheet {main}><sheetData>{rows}</sheetData></worksheet>", shared)
    with pytest.raises(DataError, match="each column once"):  # the column between has no name and nothing in it
        PromptGroups.read(
            book(
                tmp_path / "b.xlsx",
                "<worksheet><sheetData><row><c><v>1</v></c><c><v>1</v></c></row></sheetData></worksheet>",
                shared,
            )
        )
    first, second = PromptGroups.read(path)
    assert (first.id, first.prompts["en"], first.kind) == ("a-3", "How so?", "harmful")
    assert (second.prompts["en"], second.kind) == ("42", "harmless")


def book(path: Path, sheet: str, shared: str) -> Path:
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr(
            "xl/workbook.xml", f'<workbook xmlns:r="{office}"><sheets><sheet name="a" r:id="r9"/></sheets></workbook>'
        )
        made.writestr(
            "xl/_rels/workbook.xml.rels",
            '<Relationships><Relationship Id="r9" Target="/xl/worksheets/s.xml"/></Relationships>',
        )
        made.writestr("xl/worksheets/s.xml", sheet)
        made.writestr("xl/sharedStrings.xml", shared)
    return path


def test_a_workbook_is_a_strangers_file(tmp_path):
    bomb = '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><worksheet>&c;</worksheet>'
    far = '<worksheet><sheetData><row><c r="ZZZZ1"><v>1</v></c></row></sheetData></worksheet>'
    for name, sheet in (("doctype", bomb), ("far", far), ("index", far.replace('r="ZZZZ1"', 't="s"')), ("cut", "<a>")):
        with pytest.raises(DataError, match="expected an XLSX workbook"):
            PromptGroups.read(book(tmp_path / f"{name}.xlsx", sheet, "<sst/>"))
    (tmp_path / "none.xlsx").write_text("id,en\n1,a\n")
    with pytest.raises(DataError, match="expected an XLSX workbook, got File is not a zip file"):
        PromptGroups.read(tmp_path / "none.xlsx")
