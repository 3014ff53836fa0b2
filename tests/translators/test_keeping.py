"""What stays as it is: found, sent as marks, put back; texts cut into what engines take."""

from __future__ import annotations

import asyncio
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoglot.translators import Translation
from isoglot.translators.keeping import keeping
from isoglot.translators.named import named
from isoglot.translators.parts import apart, cut
from isoglot.translators.pieces import between, masked
from isoglot.translators.sentences import sentences

CODE = "```python\nprint('house')\n```"
PIECES = (
    "`the house`", "``a`b``", "https://example.com/the/house?red=1#top", "www.example.org/house", "me+you@example.org",
    "@someone", "{name}", "{0:.2f}", "{{ user.name }}", "${HOME}", "$PATH", "%s", "%(red)s", "%1$d", "<b>", "</b>",
    "<your name>", "<|im_end|>", "[YOUR CITY]", "&quot;", "/usr/share/house.txt", "C:\\the\\house",
)  # fmt: skip


class Engine:
    """Upper case in place of a translation; loses or changes marks as it is told to."""

    def __init__(self, change=lambda text: text):
        self.asked, self.change = [], change

    async def __call__(self, texts):
        self.asked += texts
        return [Translation(self.change(text.upper()), input_tokens=1, output_tokens=2) for text in texts]


def kept(engine, *texts, unit="whole", target="sw"):
    return asyncio.run(keeping(texts, engine, unit=unit, target=target))


@pytest.mark.parametrize("unit", ["whole", "line", "sentence"])
def test_pieces_are_never_sent_and_stand_as_they_did(unit):
    for change, lost in (
        (str, False),
        (lambda text: text.replace("[1]", "【 １ 】"), False),
        (lambda text: text.replace("[1]", ""), True),
        (lambda text: text.replace("[1]", "[1] [1]"), True),
    ):
        for piece in PIECES:
            engine = Engine(change)
            (found,) = kept(engine, f"see {piece}, then go [9].\n{CODE}\n- and {piece} again\n", unit=unit)
            assert found.text == f"SEE {piece}, THEN GO [9].\n{CODE}\n- AND {piece} AGAIN\n"
            assert not any(piece in text or "print" in text for text in engine.asked)
            assert ("see" in engine.asked) == lost
            assert (found.input_tokens, found.output_tokens) == (len(engine.asked), 2 * len(engine.asked))


@given(
    st.lists(
        st.sampled_from([*PIECES, CODE, "[999999]", "［２］", "\n", "```", "- ", " ", "Go. ", "去。", "\u2028", "é"])
        | st.text()
    )
)
def test_what_nobody_changes_comes_back_as_it_was(parts):
    async def same(texts):
        return [Translation(text) for text in texts]

    text = "".join(parts)
    assert [kept(same, text, unit=unit)[0].text for unit in ("whole", "line")] == [text, text]
    (found,) = kept(same, text, unit="sentence")  # to a language with spaces, after full stops without
    assert "".join(found.text.split()) == "".join(text.split())


def test_plain_prose_has_no_pieces():
    for text in (
        "100% sure, 20% done",
        "it costs $5 and/or 3 < 4",
        "He said: {",
        "a_b and [1] [2]",
        "email me @ home",
        "1/2 or w/o",
    ):
        assert masked(text).pieces == {}, text
    for unit in ("whole", "line", "sentence"):
        text = "  # Title\r\n\r\n1. One. Two!\u2028- Three\n```\nunclosed {x}\n"
        assert "".join(part.text for part in cut(text, unit)) == text
        assert [part.text for part in cut(" \n123 {x} ...", unit) if part.sent] == []


def test_no_text_takes_long():
    """Of what a matcher may try in many ways: where the steps grow with the square, this test takes minutes."""
    for part in ("`", "a.", "<!--", "`a``b", "{", "[A", "/a", "&a", "http://", "- ", "```a\n", ". ", '"'):
        text = part * (40_000 // len(part))
        assert "".join(piece for piece, _ in between(*masked(text))) == text
        assert "".join(sentences(text)) == text


def test_sentences_of_many_scripts_and_what_is_between_them():
    for text, expected in (
        ("Dr. No came at 3.5 pm. He left! Why?", ["Dr. No came at 3.5 pm. ", "He left! ", "Why?"]),
        ("क्या? मैं ठीक हूँ। तुम?", ["क्या? ", "मैं ठीक हूँ। ", "तुम?"]),
        ("كيف حالك؟ جيد. شكرا", ["كيف حالك؟ ", "جيد. ", "شكرا"]),
        ("他说：“你好。”然后走了！", ["他说：“你好。”", "然后走了！"]),
        ("ذهبت غدًا. عاد", ["ذهبت غدًا. ", "عاد"]),
        ("Նա եկավ։ Նա գնաց։", ["Նա եկավ։ ", "Նա գնաց։"]),
        ("သူလာသည်။ သူသွား", ["သူလာသည်။ ", "သူသွား"]),
        ("Wait... what? no", ["Wait... what? ", "no"]),
    ):
        assert sentences(text) == expected
    assert [one.text for one in kept(Engine(), "Go. Stop.", "去。走。", unit="sentence", target="zh")] == [
        "GO.STOP.",
        "去。走。",
    ]
    assert [one.text for one in kept(Engine(), "Go.  Stop.", "去。走。", unit="sentence")] == [
        "GO.  STOP.",
        "去。 走。",
    ]


def test_nothing_is_asked_twice_and_an_error_is_the_whole_texts():
    engine = Engine()
    made = kept(engine, "One. Two.", "Two. Three.", "", "12", unit="sentence")
    assert engine.asked == ["One.", "Two.", "Three."]
    assert [one.text for one in made] == ["ONE. TWO.", "TWO. THREE.", "", "12"]
    assert [one.input_tokens for one in made] == [2, 1, 0, 0]

    async def fails(texts):
        return [Translation(None, "no", input_tokens=4) if "bad" in text else Translation(" ") for text in texts]

    bad, empty = kept(fails, "bad\nbad2", "fine", unit="line")
    assert (bad.text, bad.error, bad.lasting, bad.input_tokens) == (None, "no", False, 8)
    assert (empty.text, empty.error, empty.lasting) == (None, "an empty translation", True)


def test_control_characters_that_an_engine_adds_are_left_out():
    async def made(texts):
        return [Translation({"a\x0cb": "A\x0c\x1b[2JB\x00\x9b", "nothing": "\x00\x07"}[text]) for text in texts]

    found = asyncio.run(keeping(["a\x0cb", "nothing"], made, unit="whole", target="es"))
    assert [one.text for one in found] == ["A\x0c[2JB", None]
    assert found[1].error == "an empty translation"


def test_between_lost_pieces_only_words_are_sent():
    part = next(part for part in cut("Visit {place}, please; or (see {other}).", "whole") if part.sent)
    assert [one.text for one in apart(part) if one.sent] == ["Visit", "please; or (see"]
    assert "".join(one.text for one in apart(part)) == "Visit {place}, please; or (see {other})."


@pytest.mark.training
@pytest.mark.skipif(shutil.which("apertium") is None, reason="no apertium here")
def test_a_real_engine_keeps_them():
    """Apertium itself translates addresses and placeholders (``Nom {d'ús}``, ``https://vermell/de/casa``)."""
    text = "The house is red. See {name}.\n\n- Visit https://example.com/the/house and `the house`.\n"
    text += f"{CODE}\n\n  $HOME is %s.\n"
    translator = named("command:apertium -u {source3}-{target3}")

    async def both():
        return [(await translator.translate([text], "en", to))[0].text for to in ("ca", "es")]

    for made, words in zip(asyncio.run(both()), ("La casa és", "La casa es"), strict=True):
        assert made.startswith(words)
        assert made.endswith("%s.\n")
        assert "\n\n- Visit" in made
        assert f"\n{CODE}\n\n  $HOME " in made
        for piece in ("{name}", "https://example.com/the/house", "`the house`"):
            assert piece in made
