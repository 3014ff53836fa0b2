"""How wide tables are: as wide as asked for, but no word or number of a row is ever lost."""

import re

import pytest

from isoglot.cli.output.console import print_table
from isoglot.cli.output.widths import column_widths

HEAD = ["language", "name", "of groups", "same as another"]
ROWS = [["sw", "Swahili", "100 %", "1,234"], ["zh-Hant", "Traditional Chinese", "99.8 %", "0"]]


@pytest.fixture
def shown(capsys, monkeypatch):
    def show(columns):
        monkeypatch.setenv("COLUMNS", columns)
        print_table("Cells", HEAD, ROWS)
        return capsys.readouterr().out

    return show


@pytest.mark.parametrize("columns", ["1", "20", "40", "60"])
def test_every_word_and_number_stays_in_one_line_however_narrow_the_table(shown, columns):
    out = shown(columns)
    for word in ("sw", "zh-Hant", "Swahili", "Traditional", "Chinese", "100 %", "99.8 %", "1,234"):
        assert re.search(rf"(?<!\S){re.escape(word)}(?!\S)", out), word


def test_a_table_is_no_wider_than_asked_where_its_words_let_it(shown):
    wide = shown("200").splitlines()[1:]
    assert {len(line) for line in wide} == {8 + 19 + 9 + 15 + 3 * 4 + 1}  # the longest cells, borders and spaces
    for columns in (50, 60):
        assert max(map(len, shown(str(columns)).splitlines())) == columns
    least = 8 + 11 + 6 + 7 + 3 * 4 + 1  # language, Traditional, 99.8 % or groups, another
    assert max(map(len, shown("1").splitlines())) == least


@pytest.mark.parametrize("columns", ["²", "", "0", "-5", "wide", "9" * 5000])
def test_what_is_no_width_counts_as_not_said(shown, columns):
    assert shown(columns) == shown("160")


def test_long_words_of_the_head_give_way_last_and_only_if_they_must():
    table = [["measure", "characters", "two words"], ["a", "1", "2"]]
    assert column_widths(table, 200) == [7, 10, 9]
    assert column_widths(table, 32) == [7, 10, 5]  # 32 - 3 * 3 - 1 = 22
    assert column_widths(table, 31) == [7, 9, 5]
    assert column_widths(table, 1) == [7, 8, 5]


def test_a_long_path_goes_on_in_the_next_line():
    assert column_widths([["what", "found"], ["a", "/" * 100]], 60) == [4, 49]
    assert column_widths([["what", "found"], ["a", "/" * 100]], 10) == [4, 24]


def test_wide_characters_take_two_places_and_a_table_may_be_empty():
    assert column_widths([["a", "b"], ["中文", "x"]], 5) == [4, 1]
    assert column_widths([["a", "bc"]], 5) == [1, 2]


@pytest.mark.parametrize("name", ["COLUMNS", "LINES"])
@pytest.mark.parametrize("said", ["²", "0", "-5", "wide", "9" * 5000])
def test_help_is_shown_whatever_the_terminal_is_said_to_be(call, monkeypatch, name, said):
    monkeypatch.setenv(name, said)
    status, out, _ = call("groups", "show", "--help")
    assert status == 0
    assert "Say what was read" in out
