"""System prompts: where a template takes them, and where it does not; prompts that bring their own."""

from __future__ import annotations

import copy

import pytest

from isoglot.errors import ConfigError
from isoglot.models.chat import encode, rendered
from isoglot.models.systems import say_own_systems, takes_systems
from isoglot.models.template import facts, folds_systems, original, written

TURNS = "{%- for m in messages -%}<|{{ m.role }}|>{{ m.content | trim }}{%- endfor -%}"
REFUSES = "{%- if messages[0].role == 'system' -%}{{ raise_exception('System role not supported') }}{%- endif -%}"
GEMMA_2 = REFUSES + TURNS
DROPS = "{%- for m in messages if m.role != 'system' -%}<|{{ m.role }}|>{{ m.content | trim }}{%- endfor -%}"
GEMMA_3 = (  # folds by itself
    "{%- set first = '' -%}{%- if messages[0].role == 'system' -%}{%- set first = messages[0].content + '\n\n' -%}"
    "{%- set messages = messages[1:] -%}{%- endif -%}"
    "{%- for m in messages -%}<|{{ m.role }}|>{{ first if loop.first }}{{ m.content | trim }}{%- endfor -%}"
)
DEFAULT = (  # in the shape of Qwen 2.5's
    "{%- if messages[0].role != 'system' -%}<|system|>You are helpful.{%- endif -%}" + TURNS
)
PARTS = "{%- for m in messages -%}<|{{ m.role }}|>{%- for p in m.content -%}{{ p.text }}{%- endfor -%}{%- endfor -%}"
PARTS_REFUSING = REFUSES + PARTS
USER = {"role": "user", "content": "Why?"}
OWN = [{"role": "system", "content": "Rhyme."}, USER, {"role": "assistant", "content": "So."}, USER]
SYSTEM = "Be kind: {{ x }} {% y %} 'quoted' \"twice\"."


def with_template(tokenizer, template):
    made = copy.deepcopy(tokenizer)
    made.chat_template = template
    return made


def test_a_system_prompt_is_written_as_a_system_message_or_into_the_first_question(tokenizer):
    system, folded = f"<|system|>{SYSTEM}<|user|>Why?", f"<|user|>{SYSTEM}\n\nWhy?"
    own, own_folded = "<|system|>Rhyme.<|user|>Why?", "<|user|>Rhyme.\n\nWhy?"
    for template, asked, brought, folds in (
        (TURNS, system, own, False),
        (DEFAULT, system, own, False),
        (PARTS, system, own, False),
        (GEMMA_3, folded, own_folded, False),
        (GEMMA_2, folded, own_folded, True),
        (DROPS, folded, own_folded, True),
        (PARTS_REFUSING, folded, own_folded, True),
    ):
        plain = with_template(tokenizer, template)
        assert takes_systems(plain) is not folds
        if folds:
            with pytest.warns(UserWarning, match="system prompt: expected a chat template that takes one"):
                ours = written(plain, system=SYSTEM)
        else:
            ours = written(plain, system=SYSTEM)
        assert folds_systems(ours) is folds
        assert rendered(ours, [USER]) == asked
        assert rendered(ours, OWN) == f"{brought}<|assistant|>So.<|user|>Why?"
        assert facts(ours) == {"system_prompt": SYSTEM}
        assert original(ours) == template
        without = written(plain)  # what prompts bring is shown, whether or not a run has one
        assert rendered(without, OWN) == rendered(ours, OWN)
        assert rendered(without, [USER]) == rendered(plain, [USER])
        assert (without is plain) is not folds


def test_a_prompt_that_is_cut_keeps_its_system_prompt(tokenizer):
    with pytest.warns(UserWarning, match="system prompt"):
        ours = written(with_template(tokenizer, GEMMA_2), system="the house")
    head = tokenizer("<|user|>the house\n\n", add_special_tokens=False).input_ids
    ids = encode(ours, "the house is " * 40, max_length=3 * len(head), quiet=True)
    assert len(ids) == 3 * len(head)
    assert ids[: len(head) - 1] == head[:-1]


def test_what_brings_its_own_is_counted_and_what_has_no_template_is_refused(tokenizer):
    with pytest.warns(UserWarning, match=r"groups: 1 of 2 prompts bring a system message of their own"):
        say_own_systems(["Why?", OWN], "groups", SYSTEM)
    say_own_systems(["Why?", OWN], "groups", "")
    with pytest.raises(ConfigError, match=r"model\.system_prompt: expected a model with a chat template, got one with"):
        written(with_template(tokenizer, None), system=SYSTEM)
