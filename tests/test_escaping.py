"""Text of strangers, wherever it is shown: nothing in it acts on a terminal, a page or a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from pathlib import Path

import pytest

from isoglot import cli
from isoglot.cli.output import console, progress
from isoglot.escaping import csv_cell, visible
from isoglot.files import as_json
from isoglot.pages.words import NBSP
from isoglot.sweep.tables import _csv

NASTY = "\x1b]0;owned\x07\x1b[2Jname\u202e\r\x9b31m"


def harmless(text: str) -> bool:
    return not any(char in text for char in "\x1b\x07\r\x9b\u202e") and "name" in text


def test_what_languages_need_stays():
    text = f"می\u200cخواهم\u200f، שלום\u200e!\tZeile\nZwei{NBSP}%"
    assert visible(text) == text
    assert visible("\u2066x\u2069\x00\ud800") == "⟨U+2066⟩x⟨U+2069⟩␀\ufffd"
    assert not set("<>&'\"") & set(visible("".join(map(chr, range(0x20)))))


def test_messages_and_tables(capsys):
    console.say(NASTY)
    assert harmless(capsys.readouterr().err)
    console.print_table(f"[red]{NASTY}[/red]", [f"[b]{NASTY}", "n"], [[NASTY, "[link=file:///x]1[/link]"]])
    out = capsys.readouterr().out
    assert harmless(out)
    for markup in ("[red]", "[/red]", "[b]", "[link=file:///x]"):
        assert markup in out


WRITERS = ("console", "progress", "app", "widths")  # the last asks only whether the output is a terminal


def test_commands_write_by_the_console_only():
    files = [file for file in Path(cli.__file__).parent.glob("*.py") if file.stem not in WRITERS]
    assert len(files) > 5
    assert [file.name for file in files if re.search(r"std(out|err)|\bprint\(|echo\(", file.read_text())] == []


def test_json_says_the_same_and_acts_on_nothing():
    value = {NASTY: [f"{NASTY}\ud800", "می\u200cخواهم", math.nan]}
    assert json.loads(as_json(value)) == {NASTY: [f"{NASTY}\ud800", "می\u200cخواهم", None]}
    assert harmless(as_json(value))
    assert "می\u200cخواهم" in as_json(value)
    as_json(value).encode()


def test_progress(capsys):
    with progress.steps() as shown:
        shown.begin(NASTY)
        shown.note(NASTY)
        shown.advance(1, 1)
    assert harmless(capsys.readouterr().err)


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+1+1", "-2+3", "@SUM(1)", "\t=1"])
def test_spreadsheets_take_nothing_for_a_formula(text):
    ((shown,),) = csv.reader(io.StringIO(_csv([[text]])))
    assert shown == csv_cell(text) == f"'{text}"


def test_numbers_of_tables_stay_numbers():
    assert list(csv.reader(io.StringIO(_csv([["-0.5", "+3", -0.5, "a-b", ""]])))) == [["-0.5", "+3", "-0.5", "a-b", ""]]
