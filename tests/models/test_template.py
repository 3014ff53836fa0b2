"""A chat template with its arguments and its date: the same text as by giving them at each call."""

from __future__ import annotations

import copy
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoglot.errors import ConfigError
from isoglot.models.chat import encode
from isoglot.models.template import asks_for_the_date, facts, original, written

SAID = [{"role": "user", "content": "the house"}]
THINKING = (  # in the shape of Qwen 3's: read in a macro, in a condition, at the end
    "{%- macro note() -%}{%- if style is defined -%}[{{ style }}]{%- endif -%}{%- endmacro -%}"
    "{%- for m in messages -%}<|{{ m.role }}|>{{ note() }}{{ m.content }}{%- endfor -%}"
    "{%- if add_generation_prompt -%}<|assistant|>"
    "{%- if enable_thinking is defined and enable_thinking is false -%}<think></think>{%- endif -%}{%- endif -%}"
)
DATED = (  # in the shape of Llama 3.2's
    "{%- if not date_string is defined -%}{%- set date_string = strftime_now('%d %b %Y') -%}{%- endif -%}"
    "Today: {{ date_string }}{%- for m in messages -%}<|{{ m.role }}|>{{ m.content }}{%- endfor -%}"
)


def with_template(tokenizer, template):
    made = copy.deepcopy(tokenizer)
    made.chat_template = template
    return made


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(style=plain, thinking=st.booleans())
def test_an_argument_written_in_is_as_one_given(tokenizer, style, thinking):
    model = with_template(tokenizer, THINKING)
    arguments = {"style": style, "enable_thinking": thinking}
    given_at_the_call = model.apply_chat_template(SAID, tokenize=False, add_generation_prompt=True, **arguments)
    ours = written(model, arguments)
    assert ours.apply_chat_template(SAID, tokenize=False, add_generation_prompt=True) == given_at_the_call
    assert facts(ours) == {"arguments": arguments}
    assert model.chat_template == original(ours) == THINKING


def test_prompts_are_encoded_with_the_arguments(tokenizer):
    model = with_template(tokenizer, THINKING)
    text = tokenizer.decode(encode(written(model, {"enable_thinking": False}), "the house"))
    assert text.endswith(tokenizer.decode(tokenizer("<think></think>", add_special_tokens=False).input_ids))
    assert encode(written(model, {}), "the house") == encode(model, "the house")


def test_a_date_that_is_said_stays(tokenizer):
    model = with_template(tokenizer, DATED)
    assert asks_for_the_date(model)
    assert not asks_for_the_date(tokenizer)
    ours = written(model, {}, date(2024, 7, 26))
    assert ours.apply_chat_template(SAID, tokenize=False).startswith("Today: 26 Jul 2024<")
    assert datetime.now().strftime("Today: %d %b %Y") in model.apply_chat_template(SAID, tokenize=False)
    assert facts(ours) == {"date": "2024-07-26"}
    assert written(tokenizer, {}, date(2024, 7, 26)) is tokenizer  # nobody asks
    chosen = written(model, {"date_string": "yesterday"}, date(2024, 7, 26))
    assert chosen.apply_chat_template(SAID, tokenize=False).startswith("Today: yesterday<")


def test_of_several_templates_the_one_for_conversations_is_meant(tokenizer):
    several = with_template(tokenizer, {"default": THINKING, "tool_use": "no"})
    ours = written(several, {"style": "short"})
    assert "[short]the house" in ours.apply_chat_template(SAID, tokenize=False)
    assert original(ours) == several.chat_template


def test_what_a_template_does_not_read_is_refused_all_at_once(tokenizer):
    with pytest.raises(ConfigError) as caught:
        written(with_template(tokenizer, THINKING), {"enable_thinkng": True, "messages": [], "style": {1, 2}})
    lines = str(caught.value).split("\n")
    assert lines[0] == (
        "model.chat_template_kwargs.enable_thinkng: expected an argument that the chat template reads, got one it does "
        "not. Did you mean 'enable_thinking'?"
    )
    assert [line.split(":")[0].rpartition(".")[2] for line in lines[1:]] == ["messages", "style"]
    with pytest.raises(ConfigError, match="expected a model with a chat template, got one without"):
        written(with_template(tokenizer, None), {"enable_thinking": True})
