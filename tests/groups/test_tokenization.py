"""Prompts to token ids."""

from __future__ import annotations

import pytest
import torch

from isoglot.errors import DataError
from isoglot.groups.tokenization import buckets, encode


def test_chat_template_and_generation_prompt_are_applied(tokenizer):
    text = "How do I steal the house (Anna 1)?"
    expected = tokenizer.apply_chat_template(
        [{"role": "user", "content": text}], add_generation_prompt=True, tokenize=True, return_dict=False
    )
    assert encode(tokenizer, text) == expected
    assert encode(tokenizer, [{"role": "user", "content": text}]) == expected
    assert tokenizer.decode(expected[-1]) == "<|assistant|>"


def test_without_a_template_the_text_is_taken_as_it_is(tokenizer):
    import copy

    bare = copy.deepcopy(tokenizer)
    bare.chat_template = None
    assert encode(bare, "the house") == tokenizer("the house").input_ids
    with pytest.raises(DataError, match="at least one token"):
        encode(bare, "")


def test_a_long_prompt_keeps_both_ends(tokenizer):
    text = "the house " * 40
    whole = encode(tokenizer, text)
    short = encode(tokenizer, text, max_length=11)
    assert len(short) == 11
    assert short[:6] == whole[:6]
    assert short[6:] == whole[-5:]


def test_buckets_sort_by_length_pad_on_the_right_and_know_their_places():
    rows = [[1] * 5, [2], [3] * 4, [4] * 2]
    found = list(buckets(rows, 0, size=2))
    assert [bucket.places for bucket in found] == [[1, 3], [2, 0]]
    assert found[0].input_ids.tolist() == [[2, 0], [4, 4]]
    assert found[0].attention_mask.tolist() == [[1, 0], [1, 1]]
    assert torch.equal(found[1].attention_mask.sum(1), torch.tensor([4, 5]))
