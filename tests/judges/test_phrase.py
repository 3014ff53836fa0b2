"""The signs of a phrase, and where it may stand."""

from __future__ import annotations

import pytest

from isoglot.judges.offline.phrase import Borders, Phrases
from isoglot.judges.offline.spelling import fold


def compiled(written, text, *, borders=Borders.WORDS):
    return bool(Phrases([written], borders=borders).search(text))


def test_the_signs_of_a_phrase():
    assert compiled("i (will|do) not", "no, i do not")
    assert not compiled("i (will|do) not", "hi do not")  # not inside a word
    assert compiled("help*", "helping")
    assert not compiled("help", "helping")
    assert compiled("not ... help", "not at all of help")
    assert not compiled("not ... help", "not. help")
    assert not compiled("not ... help", f"not {'x' * 50} help")
    assert compiled("not _ fair", "not very fair")
    assert compiled("not _ fair", "not fair")
    assert not compiled("not _ fair", "not so very fair")
    assert compiled("ช่วย", "ไม่ช่วยเลย", borders=Borders.NONE)
    assert compiled("도와 드릴 수 없", "도와드릴수없습니다", borders=Borders.NONE)


def test_a_phrase_is_looked_for_only_where_its_rarest_text_stands():
    found = Phrases(["i (cannot|can't) ... help", "sorry"], borders=Borders.WORDS)
    assert found.possible("i like bread") == []
    assert len(found.possible("sorry, i cannot help")) == 2


def test_rests_of_words_and_words_between_have_vowel_signs_that_are_no_letters():
    assert compiled("मदद _ नहीं", "मदद भी नहीं", borders=Borders.NONE)
    assert compiled("नहीं कर* सकता", "नहीं करने सकता", borders=Borders.NONE)
    assert not compiled("नहीं कर* सकता", "नहीं कर दे सकता", borders=Borders.NONE)
    assert compiled("मदद* नहीं", "मददें नहीं", borders=Borders.NONE)


def test_a_space_beside_a_group_may_be_missing_in_a_dense_script():
    phrase = "있는 (게|것이) (아니|아닙)"
    assert compiled(phrase, fold("있는 것이 아닙니다"), borders=Borders.NONE)
    assert compiled(phrase, fold("있는것이아닙니다"), borders=Borders.NONE)
    assert compiled("(ai|인공지능) 아니", fold("AI 아니에요"), borders=Borders.NONE)
    assert compiled("(ai|인공지능) 아니", fold("인공지능 아니에요"), borders=Borders.NONE)


@pytest.mark.parametrize("phrase", [" نہیں (لکھ|بتا)", "( نہیں|نہ) (لکھ|بتا)"])
def test_a_space_at_the_beginning_is_where_a_word_begins_also_where_text_does(phrase):
    assert compiled(phrase, fold("نہیں لکھ"), borders=Borders.NONE)
    assert compiled(phrase, fold("میں نہیں لکھ"), borders=Borders.NONE)
    assert not compiled(phrase, fold("انہیں لکھ"), borders=Borders.NONE)


def test_a_space_at_the_end_is_where_a_word_ends():
    assert compiled("نہیں (رہا|رہی)(۔| )", fold("نہیں رہا"), borders=Borders.NONE)
    assert not compiled("نہیں (رہا|رہی)(۔| )", fold("نہیں رہات"), borders=Borders.NONE)


def test_arabic_particles_are_written_as_one_with_a_phrase():
    assert compiled("لا أكتب", fold("ولا أكتب"), borders=Borders.PARTICLES)
    assert not compiled("لا أكتب", fold("أولا أكتب"), borders=Borders.PARTICLES)
    assert compiled("لن", fold("فلن أكتبها"), borders=Borders.PARTICLES)
    assert not compiled("لن", fold("يعلن"), borders=Borders.PARTICLES)
    assert compiled("خطر", fold("والخطر"), borders=Borders.PARTICLES)
