"""JSON of strangers: what Python's own reader reads is read alike, what it lets through is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoglot.json_text import decode, decode_first, decode_list

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(VALUES, st.booleans())
def test_what_json_writes_is_read(value, ascii_only):
    text = json.dumps(value, ensure_ascii=ascii_only)
    assert decode(text) == value
    assert decode_first(f" {text} and more") == value


@given(st.lists(VALUES), st.sampled_from([None, 1]))
def test_a_list_item_by_item(values, indent):
    assert list(decode_list(f" {json.dumps(values, indent=indent)}\n")) == values


@pytest.mark.parametrize("text", ["", "[", "[1", "[1,", "[1,]", "[1 2]", "[1] 2", "{}", "[,]", "[]]"])
def test_what_is_no_list(text):
    with pytest.raises(json.JSONDecodeError):
        list(decode_list(text))


def second_of_a_list(text):
    first, second, third = decode_list(f'["a]", {text} , {{"b": 2}}]')
    assert (first, third) == ("a]", {"b": 2})
    raise ValueError(second.reason)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * 100_000, "at most 100 levels of lists and objects in each other"),
        ('{"a":' * 100_000, "at most 100 levels"),
        ("[" * 101 + "]" * 101, "at most 100 levels"),
        ("1" * 5000, "a whole number of 5,000 digits"),
        ('{"weights": {"sw": ' + "9" * 400 + "}}", "a whole number of 400 digits"),
        ('{"a": "\\\\\\"]}", "b": [' * 200 + "1" + "]}" * 200, "at most 100 levels"),
        (r'"a\ud800b"', r"half of a surrogate pair, \\ud800"),
        (r'{"\udc00": 1}', r"half of a surrogate pair, \\udc00"),
        ('{"a": 1, "b": {"c": 1, "c": 2}}', "each key once, got 'c' twice"),
    ],
)
def test_bombs_are_refused_in_words(text, said):
    for read in (decode, decode_first, second_of_a_list):
        with pytest.raises(ValueError, match=said) as caught:
            read(text)
        assert not isinstance(caught.value, json.JSONDecodeError)
        assert len(str(caught.value)) < 200


@pytest.mark.parametrize("text", [r'["\ud800"', r'["\ud800"}', r'["\ud800",]', r'["\ud800"] 2'])
def test_after_an_item_that_is_refused_a_list_is_still_one(text):
    with pytest.raises(ValueError, match=r"Expecting|Extra data|half of"):
        list(decode_list(text))


def test_whole_pairs_and_a_hundred_levels_are_fine():
    assert decode(r'"\ud83d\ude00 \\ud800"') == "\U0001f600 \\ud800"
    assert decode("[" * 100 + "]" * 100) == json.loads("[" * 100 + "]" * 100)


def test_a_repeated_key_among_many_is_found_by_looking_at_each_once():
    class Counted(str):
        compared = 0
        __hash__ = str.__hash__

        def __eq__(self, other):
            Counted.compared += 1
            return str.__eq__(self, other)

    from isoglot.json_text import _once

    keys = [Counted(f"k{number}") for number in range(2000)]
    with pytest.raises(ValueError, match="got 'k1999' twice"):
        _once([(key, 0) for key in [*keys, Counted("k1999")]])
    assert Counted.compared < 10_000  # of all pairs it would be two million


def test_halves_may_be_let_through():
    assert decode(r'{"a": "\ud800b"}', halves=True) == {"a": "\ud800b"}
    with pytest.raises(ValueError, match="at most 100 levels"):
        decode("[" * 100_000, halves=True)
