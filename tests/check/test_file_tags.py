"""Tags of a file that are codes of countries: what a check says of them at the end."""

from __future__ import annotations

import pytest

from isoglot.check.page import sentences
from isoglot.pages.words import NBSP

from .conftest import check


def test_a_tag_whose_cells_are_all_another_language(tmp_path):
    rows = [
        ("How are you today?", "今日はお元気ですか", "오늘은 어떠세요", "Habari za leo?"),
        ("What is bread?", "パンとは何ですか", "빵이 무엇입니까", "Mkate ni nini?"),
        ("Where is it?", "それはどこですか", "어디에 있습니까", "Iko wapi?"),
    ]
    file = tmp_path / "g.csv"
    file.write_text("en,jp,kr,sw\n" + "".join(",".join(row) + "\n" for row in rows), encoding="utf-8")
    found = check(file, tmp_path / "out")
    said = [one.replace(NBSP, " ") for one in sentences(found) if "is the tag right?" in one]
    assert said == [
        "All 3 cells of jp are Japanese (ja): is the tag right?",
        "All 3 cells of kr are Korean (ko): is the tag right?",
    ]


def test_what_was_not_translated_is_under_the_right_tag(tmp_path):
    rows = [
        (text, text)
        for text in ("How do I bake bread at home?", "Where does the sun go at night?", "Why is it so cold here?")
    ]
    file = tmp_path / "g.csv"
    file.write_text("en,sw\n" + "".join(",".join(row) + "\n" for row in rows), encoding="utf-8")
    assert not [one for one in sentences(check(file, tmp_path / "out")) if "is the tag right?" in one]


def test_a_language_whose_column_is_empty_is_named(tmp_path):
    file = tmp_path / "g.csv"
    file.write_text("en,sw,fr\nHow so?,Vipi?,\nWhy is that so?,Kwa nini?,\n", encoding="utf-8")
    with pytest.warns(UserWarning, match="empty cells"):
        found = check(file, tmp_path / "out")
    assert (found["without_cells"], list(found["languages"])) == (["fr"], ["sw"])
    assert "No group has a text in fr, which the file has a column for." in sentences(found)


def test_groups_that_do_not_say_their_kind_are_counted(tmp_path):
    file = tmp_path / "g.csv"
    rows = ["harmful,How so?,Vipi?", ",Why is that so?,Kwa nini?", ",Where is it then?,Iko wapi?"]
    file.write_text("kind,en,sw\n" + "\n".join(rows) + "\n", encoding="utf-8")
    found = check(file, tmp_path / "out")
    assert found["without_kind"] == 2
    assert f"2{NBSP}groups of 3 do not say whether they are harmful or harmless. " in " ".join(sentences(found))
    found = check(file, tmp_path / "out", reading={"kind": "harmless"})
    assert found["without_kind"] == 0
    assert "do not say" not in " ".join(sentences(found))
