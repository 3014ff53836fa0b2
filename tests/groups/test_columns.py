"""Columns that are named by hand: none is lost, and what a warning says to write is understood."""

from __future__ import annotations

import csv
import shlex

import pytest

from isoglot import PromptGroups
from isoglot.errors import DataError
from isoglot.groups.readers.option import columns_said


def written(tmp_path, text: str):
    path = tmp_path / "prompts.csv"
    path.write_text(text, encoding="utf-8")
    return path


def refused(path, columns) -> str:
    with pytest.raises(DataError) as caught:
        PromptGroups.read(path, columns=columns)
    return str(caught.value)


def test_columns_that_would_be_lost_are_refused_where_they_are_named(tmp_path):
    path = written(tmp_path, "kind,a,b\nharmful,How?,Why?\n")
    assert "each language once, got 'en' 2 times" in refused(path, {"en": "a", "EN": "b"})
    assert "each column once, got 'a' 2 times" in refused(path, {"en": "a", "sw": "a"})
    swapped = written(tmp_path, "kind,en,sw\nharmful,Vipi?,How?\n")
    (group,) = PromptGroups.read(swapped, columns={"en": "sw", "sw": "en"})
    assert group.prompts == {"en": "How?", "sw": "Vipi?"}


@pytest.mark.parametrize("name", ["Chinese, simplified", 'a=b "Chinese"', '"Chinese"', "it's Chinese"])
def test_the_option_that_a_warning_gives_takes_the_column_whatever_is_in_its_name(tmp_path, name):
    path = tmp_path / "named.csv"
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["en", "kind", name], ["How?", "harmful", "怎么做?"]])
    with pytest.warns(UserWarning, match="taken for other data") as found:
        PromptGroups.read(path)
    words = shlex.split(str(found[0].message).partition("To use them: ")[2].removesuffix("."))
    (group,) = PromptGroups.read(path, columns=columns_said(words[1]))
    assert (words[0], group.prompts["zh"]) == ("--columns", "怎么做?")


def test_what_was_said_of_a_table_without_languages_is_in_what_it_is_told_to_say(tmp_path):
    path = written(tmp_path, "English,Spanish,Type\nHow?,Como?,harmful\n")
    assert refused(path, {"kind": "Type"}).endswith("or say so: --columns en=English,es=Spanish,kind=Type.")
