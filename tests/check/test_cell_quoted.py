"""Correct translations that keep words of their source: phrases, titles and names, in quotation marks or without."""

from __future__ import annotations

import pytest

from isoglot.check import check_cell
from isoglot.check.rules.kept import without_quoted

PHRASE = "What does {}thank you very much{} mean?"


def reasons(source, text, language):
    found = check_cell(source, text, source_language="en", language=language)
    return {one.reason for one in found.findings}, found.language


@pytest.mark.parametrize(
    ("source", "text", "language"),
    [
        ("Translate 'good morning' into French.", "Traduce 'good morning' al francés.", "es"),
        (PHRASE.format("'", "'"), "¿Qué significa 'thank you very much'?", "es"),
        (
            'Translate "where is the station" into Italian.',
            'Übersetze "where is the station" ins Italienische.',
            "de",
        ),
        ('Who sang "Smells Like Teen Spirit"?', 'Wer sang "Smells Like Teen Spirit"?', "de"),
        ("Explain the book Thinking, Fast and Slow.", "Explica el libro Thinking, Fast and Slow.", "es"),
        ("Summarize The Lord of the Rings.", "Resume The Lord of the Rings.", "es"),
        (
            "What does 'don't judge a book by its cover' mean?",
            "Was heißt ‚don't judge a book by its cover‘?",
            "de",
        ),
        ("Is “it's raining cats and dogs” rude?", "« it's raining cats and dogs » est-il impoli ?", "fr"),
        (
            'Fix the sentence: "She go to school every day".',
            'Corrige la frase: "She go to school every day".',
            "es",
        ),
    ],
)
def test_what_is_quoted_is_no_other_language(source, text, language):
    found, in_language = reasons(source, text, language)
    assert found == set()
    assert in_language in (language, "undetermined")


@pytest.mark.parametrize(
    "marks", ["“”", "„“", "„”", "«»", "»«", "‹›", "「」", "『』", "《》", "‘’", "‚‘", "''", '""', "`´"]
)
def test_quotation_marks_of_every_kind(marks):
    quoted = f"{marks[0]}don't judge a book{marks[1]}"
    assert without_quoted(f"Was heißt {quoted}, bitte?").split() == ["Was", "heißt", ",", "bitte?"]
    assert reasons(PHRASE.format(*marks), f"Wat betekent {marks[0]}thank you very much{marks[1]}?", "nl")[0] == set()


def test_apostrophes_within_words_quote_nothing():
    for text in (
        "Comment l'homme a-t-il su qu'il pleuvait ?",
        "Ng'ombe wangu ni ng'ombe mzuri",
        "the dogs' and cats' food",
    ):
        assert without_quoted(text) == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("Translate 'good morning' into French.", "Translate 'good morning' into French."),
        ('Who sang "Smells Like Teen Spirit"?', 'Who sang "Smells Like Teen Spirit"?'),
        ("How do I bake bread at home?", "“How do I bake bread at home?”"),
        ("How can I make a cake at home quickly?", "How do I make a cake at home fast?"),
        ("Explain the book Thinking, Fast and Slow.", "Explain the book Thinking, Fast and Slow por favor."),
        (
            "What are good ways of hiding gifts from my children?",
            "What are buenas ways of hiding gifts from my children?",
        ),
        (PHRASE.format("'", "'"), "What is the meaning of 'thank you very much'?"),
        ("Cryptocurrency laundering", "Cryptocurrency laundering"),
        ("Describe the weather of Paris in the spring.", "Describe how the weather is in Paris in springtime."),
    ],
)
def test_what_was_not_translated_is_found_all_the_same(source, text):
    assert "language" in reasons(source, text, "es")[0]


def test_a_third_language_beside_a_quote_is_found():
    text = "Was bedeutet denn der Ausdruck 'thank you very much'?"
    assert reasons(PHRASE.format("'", "'"), text, "es") == ({"language"}, "de")
