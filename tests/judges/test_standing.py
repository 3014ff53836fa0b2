"""Which of many texts stand in another one."""

from __future__ import annotations

import random

import pytest

from isoglot.judges.offline.standing import MANY, Standing


@pytest.mark.parametrize("count", [MANY // 2, MANY * 4])
def test_few_or_many_texts_are_found_wherever_they_stand_also_in_one_another(count):
    draw = random.Random(0)
    texts = ["".join(draw.choices("abcde.(", k=draw.randint(2, 5))) for _ in range(count)]
    standing = Standing([(text, place) for place, text in enumerate(texts)])
    for _ in range(50):
        searched = "".join(draw.choices("abcde.( ", k=60))
        assert standing.found(searched) == [place for place, text in enumerate(texts) if text in searched]


def test_what_needs_no_text_is_always_found():
    standing = Standing([("", -1), *((f"word{place}", place) for place in range(MANY))])
    assert standing.found("word7 ") == [-1, 7]
