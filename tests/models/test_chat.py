"""Prompts to token ids."""

from __future__ import annotations

import copy

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tokenizers.processors import TemplateProcessing
from transformers import T5Config, T5ForConditionalGeneration

from isoglot import Consistency, PromptGroup, PromptGroups
from isoglot.consistency.prompts import TermPrompts
from isoglot.consistency.runner import PromptRunner
from isoglot.errors import DataError
from isoglot.models.buckets import buckets
from isoglot.models.chat import encode, longer_than, refusal, tokens_behind


def test_chat_template_and_generation_prompt_are_applied(tokenizer):
    text = "How do I steal the house (Anna 1)?"
    expected = tokenizer.apply_chat_template(
        [{"role": "user", "content": text}], add_generation_prompt=True, tokenize=True, return_dict=False
    )
    assert encode(tokenizer, text) == expected
    assert encode(tokenizer, [{"role": "user", "content": text}]) == expected
    assert tokenizer.decode(expected[-1]) == "<|assistant|>"


def test_without_a_template_the_text_is_taken_as_it_is(tokenizer):
    bare = copy.deepcopy(tokenizer)
    bare.chat_template = None
    assert encode(bare, "the house") == tokenizer("the house").input_ids
    with pytest.raises(DataError, match="at least one token"):
        encode(bare, "")


@pytest.fixture
def appending(tokenizer):
    """The tokenizer without a template, and as those of encoder-decoders are: with two tokens of its own at the end."""
    made = copy.deepcopy(tokenizer)
    made.chat_template, end = None, tokenizer.eos_token
    pair = [(end, tokenizer.eos_token_id), ("<|user|>", tokenizer.convert_tokens_to_ids("<|user|>"))]
    made.backend_tokenizer.post_processor = TemplateProcessing(
        single=f"<|user|> $A {end} <|user|>", special_tokens=pair
    )
    return made


def test_what_a_tokenizer_puts_behind_a_prompt_ends_it_for_nobody(tokenizer, appending):
    bare = copy.deepcopy(tokenizer)
    bare.chat_template = None
    text = bare("the house").input_ids
    start, end = tokenizer.convert_tokens_to_ids("<|user|>"), tokenizer.eos_token_id
    assert appending("the house").input_ids == [start, *text, end, start]
    assert encode(appending, "the house") == [start, *text]
    assert encode(appending, "the house", closed=True) == [start, *text, end, start]
    assert (tokens_behind(appending), tokens_behind(bare), tokens_behind(tokenizer)) == (2, 0, 0)
    most = len(text) + 1  # without what is put behind it fits
    assert longer_than(appending, ["the house"], most) == []
    assert longer_than(appending, ["the house"], most, closed=True) == [0]


def test_an_encoder_reads_them_and_the_prompts_last_token_is_compared(appending):
    from isoglot import representation as rep

    sizes = dict(d_model=16, d_kv=8, d_ff=32, num_layers=2, num_decoder_layers=2, num_heads=2)
    model = T5ForConditionalGeneration(T5Config(vocab_size=len(appending), **sizes)).eval()
    groups = PromptGroups([PromptGroup(str(n), {"en": "the house " * n, "sw": "the garden"}) for n in (1, 2, 3)])
    prompts = TermPrompts(groups, appending, Consistency(retention=0), closed=True)
    rows = [prompts.encode((group, tag)) for group in groups for tag in group.prompts]
    runner = PromptRunner(model, prompts._settings, prompts, [1, 2])
    with torch.no_grad():
        found = runner.states(model, rows)
        for place, ids in enumerate(rows):  # one by one, by the encoder's own hidden states
            alone = model.get_encoder()(torch.tensor([ids]), output_hidden_states=True).hidden_states
            torch.testing.assert_close(found[0, place], alone[1][0, -3])
            torch.testing.assert_close(found[1, place], alone[2][0, -3])
    again = rep.prompt_states(model, rows, [1, 2], pad=0, behind=2)
    torch.testing.assert_close(again, found)


SYSTEM = {"role": "system", "content": "the house"}


def test_other_names_of_roles_are_encoded_as_those_that_templates_know(tokenizer):
    user = {"role": "user", "content": "the house"}
    for role in ("human", " Human", "prompter"):
        assert encode(tokenizer, [{"role": role, "content": "the house"}]) == encode(tokenizer, [user])
    assert encode(tokenizer, [{"from": "human", "value": "the house"}]) == encode(tokenizer, [user])
    for other in ({"role": "wizard", "content": "x"}, {"role": "user"}, "x"):
        with pytest.raises(DataError, match="prompt: expected a message"):
            encode(tokenizer, [other])


def test_a_template_that_refuses_a_role_is_told(tokenizer):
    strict = copy.deepcopy(tokenizer)
    strict.chat_template = (
        "{% if messages[0].role == 'system' %}{{ raise_exception('No system here') }}{% endif %}"
        + tokenizer.chat_template
    )
    with pytest.raises(DataError, match="expected one that writes the prompt, got TemplateError: No system here"):
        encode(strict, [SYSTEM, {"role": "user", "content": "the garden"}])
    assert refusal(strict, ["system", "user"]) == "No system here"
    assert refusal(strict, ["user", "assistant"]) == ""


PARTS = (
    "{% for m in messages %}<|{{ m.role }}|>{% for part in m.content %}{{ part.text }}{% endfor %}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def test_a_template_that_wants_parts_gets_parts(tokenizer):
    plain, parts = copy.deepcopy(tokenizer), copy.deepcopy(tokenizer)
    plain.chat_template = PARTS.replace("{% for part in m.content %}{{ part.text }}{% endfor %}", "{{ m.content }}")
    parts.chat_template = PARTS
    assert "".join(parts.apply_chat_template([{"role": "user", "content": "hidden"}], tokenize=False)) == "<|user|>"
    for prompt in ("the house", [SYSTEM, {"role": "user", "content": "the garden"}]):
        assert encode(parts, prompt) == encode(plain, prompt)


def test_a_template_that_leaves_the_text_out_is_told(tokenizer):
    silent = copy.deepcopy(tokenizer)
    silent.chat_template = "<|user|><|assistant|>"
    with pytest.raises(DataError, match="chat template: expected one that shows what the user says"):
        encode(silent, "the house")


# Each would do harm outside of a sandbox: reach Python's classes and modules, write files, change what it is given.
HOSTILE = {
    "classes": "{{ ''.__class__.__mro__[1].__subclasses__() }}{{ messages[0].content }}",
    "modules": "{{ cycler.__init__.__globals__.os.system('touch FILE') }}{{ messages[0].content }}",
    "functions": "{{ raise_exception.__globals__['__builtins__']['open']('FILE', 'w') }}{{ messages[0].content }}",
    "format": "{{ '{0.__class__.__init__.__globals__}'.format(raise_exception) }}{{ messages[0].content }}",
    "range": "{% for n in range(10**9) %}x{% endfor %}{{ messages[0].content }}",
    "changes": "{{ messages.append(1) }}{{ messages[0].content }}",
    "files": "{% include 'FILE' %}{{ messages[0].content }}",
    "refuses": "{{ raise_exception('no \x1b]0;x\x07 roles') }}",
    "divides": "{{ 1 / 0 }}{{ messages[0].content }}",
    "no template": "{% for m in %}{{ m }",
    "deep": "{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}{{ messages[0].content }}",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_template_is_refused_and_does_nothing(tokenizer, tmp_path, name):
    other, file = copy.deepcopy(tokenizer), tmp_path / "made"
    other.chat_template = HOSTILE[name].replace("FILE", str(file))
    with pytest.raises(DataError, match="chat template: expected one that writes the prompt, got ") as caught:
        encode(other, "the house")
    assert len(str(caught.value)) < 500
    assert not file.exists()


@pytest.mark.parametrize("before", [[], [SYSTEM]])
def test_a_long_prompt_loses_its_beginning_and_keeps_the_templates_both_ends(tokenizer, before):
    def said(text):
        return [*before, {"role": "user", "content": text}]

    text = "the garden " + "the house " * 40 + "the bridge"
    whole, empty = encode(tokenizer, said(text)), encode(tokenizer, said(""))
    with pytest.warns(UserWarning, match="the beginning of their text is left out"):
        short = encode(tokenizer, said(text), max_length=24)
    head = next(n for n, (a, b) in enumerate(zip(whole, empty, strict=False)) if a != b)
    assert head > len(before)
    assert len(short) == 24
    assert short[:head] == whole[:head]
    assert short[head:] == whole[head - 24 :]
    assert encode(tokenizer, said(text), max_length=len(whole)) == whole


def test_a_limit_that_the_template_alone_breaks_leaves_the_end(tokenizer):
    prompt = [{"role": "system", "content": "the house " * 20}, {"role": "user", "content": "the bridge " * 9}]
    with pytest.warns(UserWarning, match="left out"):
        assert encode(tokenizer, prompt, max_length=12) == encode(tokenizer, prompt)[-12:]


def test_a_long_prompt_without_a_template_loses_its_beginning(tokenizer):
    bare = copy.deepcopy(tokenizer)
    bare.chat_template = None
    with pytest.warns(UserWarning, match="left out"):
        assert encode(bare, "the house " * 9, max_length=5) == encode(bare, "the house " * 9)[-5:]


def test_buckets_sort_by_length_pad_on_the_right_and_know_their_places():
    rows = [[1] * 5, [2], [3] * 4, [4] * 2]
    found = list(buckets(rows, 0, most=10))
    assert [bucket.places for bucket in found] == [[1], [3], [2], [0]]  # a pass costs nothing here, padding does
    found = list(buckets(rows, 0, most=10, overhead=2))
    assert [bucket.places for bucket in found] == [[1, 3], [2, 0]]
    assert found[0].input_ids.tolist() == [[2, 0], [4, 4]]
    assert found[0].attention_mask.tolist() == [[1, 0], [1, 1]]
    assert torch.equal(found[1].attention_mask.sum(1), torch.tensor([4, 5]))
    assert [bucket.places for bucket in buckets(rows, 0, overhead=99)] == [[1, 3, 2, 0]]


LENGTHS = st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=12), max_size=20)


@given(LENGTHS, st.integers(1, 40), st.integers(0, 30))
def test_buckets_hold_every_row_once_and_nothing_but_padding_beside(rows, most, overhead):
    found = {}
    for bucket in buckets(rows, 0, most=most, overhead=overhead):
        assert bucket.input_ids.shape == bucket.attention_mask.shape
        assert bucket.input_ids.numel() <= most or len(bucket.places) == 1
        for place, ids, mask in zip(bucket.places, bucket.input_ids, bucket.attention_mask, strict=True):
            assert place not in found
            found[place] = ids[mask.bool()].tolist()
            assert not ids[~mask.bool()].any()
    assert [found[place] for place in range(len(rows))] == rows


@given(st.lists(st.integers(1, 12), min_size=1, max_size=7), st.integers(12, 40), st.integers(0, 30))
def test_no_other_way_to_cut_is_cheaper(lengths, most, overhead):
    def costs(ascending):
        """Of every way to cut, one after another."""
        if not ascending:
            yield 0
        for stop in range(1, len(ascending) + 1):
            if (size := stop * ascending[stop - 1]) <= most:
                yield from (size + overhead + rest for rest in costs(ascending[stop:]))

    found = buckets([[1] * n for n in lengths], 0, most=most, overhead=overhead)
    assert sum(bucket.input_ids.numel() + overhead for bucket in found) == min(costs(sorted(lengths)))
