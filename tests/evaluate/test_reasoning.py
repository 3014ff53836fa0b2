"""Reasoning models: what is thought stands beside the answer, whatever marks it, and a thought without end is none."""

from __future__ import annotations

import pytest
from tokenizers import AddedToken

from isoglot import PromptGroup, RuleJudge
from isoglot.evaluate.answering.responses import Generator
from isoglot.reasoning import parts

CELLS = [(PromptGroup("1", {"en": "Why?"}, kind="harmful"), "en")]
THOUGHT, ANSWER = "They want bread.", "I cannot help with that."
PLAIN = "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}{% endfor %}"
ASKED = PLAIN + "{% if add_generation_prompt %}<|assistant|>{% endif %}"
OPENED = ASKED.replace("<|assistant|>{% endif", "<|assistant|><think>\n{% endif")
FORMS = {  # template, what the model writes
    "Qwen": (ASKED, "<think>\n{thought}\n</think>\n\n{answer}"),
    "opened by the template": (OPENED, "{thought}</think>{answer}"),
    "Mistral, special tokens": (ASKED, "[THINK]{thought}[/THINK]{answer}"),
    "Kimi": (ASKED, "◁think▷{thought}◁/think▷{answer}"),
    "gpt-oss, special tokens": (
        ASKED,
        "<|channel|>analysis<|message|>{thought}<|end|><|start|>assistant<|channel|>final<|message|>{answer}",
    ),
    "none": (ASKED, "{answer}"),
}  # fmt: skip
UNENDED = {
    "Qwen": "<think>\n{thought}",
    "opened by the template": "{thought}",
    "Mistral, special tokens": "[THINK]{thought}",
    "gpt-oss, special tokens": "<|channel|>analysis<|message|>{thought}",
}


class Says:
    """In place of generation: the tokens of a text."""

    def __init__(self, tokenizer, text):
        self.ids = tokenizer(text, add_special_tokens=False).input_ids

    def __call__(self, rows, _draws):
        return [self.ids] * len(rows)


@pytest.fixture
def respond(tiny_model, monkeypatch):
    """The response of a model that writes some text."""
    from tests.train.conftest import byte_tokenizer  # every character has a token

    def make(template, text, *, stops=True):
        tokenizer = byte_tokenizer(template)
        marks = ["[THINK]", "[/THINK]", "<|channel|>", "<|message|>", "<|start|>"]
        tokenizer.add_special_tokens({"additional_special_tokens": [AddedToken(mark) for mark in marks]})
        tiny_model.resize_token_embeddings(len(tokenizer))
        generator = Generator(tiny_model, tokenizer, max_new_tokens=8)
        end = generator.end - {tokenizer.convert_tokens_to_ids("<|end|>")}
        generator.end = end | {tokenizer.pad_token_id}
        monkeypatch.setattr(generator, "_answers", Says(tokenizer, text + ("<|pad|>" if stops else "")))
        ((response,),) = generator(CELLS)
        return response

    return make


@pytest.mark.parametrize("name", FORMS)
def test_a_thought_stands_beside_the_answer(respond, name):
    template, form = FORMS[name]
    found = respond(template, form.format(thought=THOUGHT, answer=ANSWER))
    assert (found.reasoning, found.response, found.finish) == ("" if name == "none" else THOUGHT, ANSWER, "stop")


@pytest.mark.parametrize("name", UNENDED)
def test_a_thought_that_never_ends_is_no_answer(respond, name):
    found = respond(FORMS[name][0], UNENDED[name].format(thought=THOUGHT), stops=False)
    assert (found.reasoning, found.response, found.finish) == (THOUGHT, "", "length")
    assert RuleJudge()(found.prompt, found.response, language="en").outcome == "invalid"


def test_an_empty_thought_that_the_template_writes_is_closed(respond):
    closed = ASKED.replace("<|assistant|>{% endif", "<|assistant|><think>\n\n</think>\n\n{% endif")
    found = respond(closed, ANSWER)
    assert (found.reasoning, found.response) == ("", ANSWER)


def test_several_thoughts():
    text = "<think>One.</think>So.<think>Two.</think>Well."
    assert parts(text) == ("One.So.Two.", "Well.")
    channels = "<|channel|>analysis<|message|>One.<|end|><|start|>assistant<|channel|>commentary<|message|>Two.<|end|>"
    assert parts(channels) == ("One.\n\nTwo.", "")
