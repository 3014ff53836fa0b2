"""What conversations lose where the tokenizer has no chat template is said."""

from __future__ import annotations

import copy

import pytest

from isoglot import Attachment, Consistency, PromptGroups
from isoglot.groups import PromptGroup
from isoglot.models.chat import encode

SAID = r"groups: 4 of 6 prompts are conversations, and the tokenizer has no chat template: only the last question"


@pytest.fixture
def bare(tokenizer):
    made = copy.copy(tokenizer)
    made.chat_template = None
    return made


def conversation(text):
    return [
        {"role": "user", "content": "Where is the house?"},
        {"role": "assistant", "content": "There."},
        {"role": "user", "content": text},
    ]


@pytest.fixture
def mixed():
    single = PromptGroup("a", {"en": "Take it.", "sw": [{"role": "user", "content": "Chukua."}]}, kind="harmful")
    several = [
        PromptGroup(kind, {"en": conversation("Take it."), "sw": conversation("Chukua.")}, kind=kind)
        for kind in ("harmful", "harmless")
    ]
    return PromptGroups([single, *several])


def test_the_term_says_how_many_conversations_lose_turns(tiny_model, bare, mixed):
    assert encode(bare, conversation("Take it.")) == encode(bare, "Take it.")
    with pytest.warns(UserWarning, match=SAID):
        Attachment.for_model(tiny_model, bare, Consistency(layer=2), mixed)


def test_with_a_template_nothing_is_lost_and_nothing_said(tiny_model, tokenizer, mixed):
    assert len(encode(tokenizer, conversation("Take it."))) > len(encode(tokenizer, "Take it."))
    Attachment.for_model(tiny_model, tokenizer, Consistency(layer=2), mixed)  # warnings are errors
