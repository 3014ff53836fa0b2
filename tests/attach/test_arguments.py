"""Arguments in the wrong place, or of another kind: what is said, and what to write instead."""

from __future__ import annotations

import math
from collections import deque

import numpy as np
import pytest
import torch
from transformers import Trainer, TrainingArguments

from isoglot import Attachment, Consistency, PromptGroups, attach
from isoglot.attach.arguments import checked_turn
from isoglot.errors import ConfigError, ModelError, RunError
from isoglot.groups.sampling import Turn

pytestmark = pytest.mark.training

TERM = Consistency(layer=2, groups_per_step=4)


@pytest.fixture
def trainer(tiny_model, tokenizer, tmp_path):
    arguments = TrainingArguments(output_dir=str(tmp_path), use_cpu=True, report_to="none")
    return Trainer(model=tiny_model, args=arguments, processing_class=tokenizer)


def said(call, *arguments):
    with pytest.raises(ConfigError) as caught:
        call(*arguments)
    return str(caught.value).splitlines()


def test_settings_and_groups_that_are_exchanged_are_told_their_order(trainer, tiny_model, tokenizer, groups):
    first = "expected the settings before the groups, got a Consistency in the groups' place. Exchange them: "
    assert said(attach, trainer, groups, TERM) == [f"attach: {first}attach(trainer, consistency, groups)."]
    assert said(attach, trainer, "groups.jsonl", TERM) == [f"attach: {first}attach(trainer, consistency, groups)."]
    assert said(Attachment.for_model, tiny_model, tokenizer, groups, TERM) == [
        f"Attachment.for_model: {first}Attachment.for_model(model, tokenizer, consistency, groups)."
    ]


@pytest.mark.parametrize(
    ("wrong", "got", "step"),
    [
        (Consistency, "the class Consistency", "Make one: Consistency()."),
        ({"layer": 2}, "{'layer': 2}", "Make one: Consistency.from_dict(...)."),
        (None, "None", "Make one: Consistency()."),
    ],
)
def test_what_are_no_settings(trainer, tiny_model, tokenizer, groups, wrong, got, step):
    expected = f"consistency: expected a Consistency, got {got}. {step}"
    assert said(attach, trainer, wrong, groups) == [f"attach, {expected}"]
    assert said(Attachment.for_model, tiny_model, tokenizer, wrong, groups) == [f"Attachment.for_model, {expected}"]


def test_what_are_no_groups(trainer, tiny_model, tokenizer, groups, tmp_path):
    expected = "groups: expected PromptGroups, got"
    read = "Read them: PromptGroups.read('groups.jsonl')."
    assert said(attach, trainer, TERM, "groups.jsonl") == [f"attach, {expected} 'groups.jsonl'. {read}"]
    assert said(Attachment.for_model, tiny_model, tokenizer, TERM, "groups.jsonl") == [
        f"Attachment.for_model, {expected} 'groups.jsonl'. {read}"
    ]
    [path] = said(attach, trainer, TERM, tmp_path)
    assert path.endswith(f"Read them: PromptGroups.read({str(tmp_path)!r}).")
    [some] = said(attach, trainer, TERM, list(groups))
    assert some.endswith("Make them: PromptGroups(groups).")
    [rows] = said(attach, trainer, TERM, [group.to_record() for group in groups])
    assert rows.endswith("Make them: PromptGroups.from_dataset(rows).")
    [kind] = said(attach, trainer, TERM, PromptGroups)
    assert kind == f"attach, {expected} the class PromptGroups. Read them: PromptGroups.read(path)."


class Rows:
    """What can only be gone through, and from the beginning each time."""

    def __iter__(self):
        yield {"id": "1", "prompts": {"en": "Why?"}}


class Broken:
    def __iter__(self):
        raise RuntimeError("not today")


def test_what_iterates_over_rows_is_told_how_groups_are_made_of_them(trainer, groups):
    datasets = pytest.importorskip("datasets")
    records = [group.to_record() for group in groups]
    for rows in (datasets.Dataset.from_list(records), Rows()):
        [text] = said(attach, trainer, TERM, rows)
        assert text.endswith("Make them: PromptGroups.from_dataset(rows)."), text
        assert len(PromptGroups.from_dataset(rows))
    [text] = said(attach, trainer, TERM, deque(groups))
    assert text.endswith("Make them: PromptGroups(groups).")


def test_a_generator_is_not_gone_through(trainer, groups):
    rows = (group.to_record() for group in groups)
    [text] = said(attach, trainer, TERM, rows)
    assert text.endswith("Make them: of rows PromptGroups.from_dataset(rows), of groups PromptGroups(groups).")
    assert len(PromptGroups.from_dataset(rows)) == len(groups)


@pytest.mark.parametrize("odd", [Broken(), [], {}, {"en": ["Why?"]}, 3])
def test_what_holds_no_rows_is_told_to_read_a_file(trainer, odd):
    [text] = said(attach, trainer, TERM, odd)
    assert text.endswith("Read them: PromptGroups.read(path).")


def test_all_that_is_wrong_is_said_at_once(tiny_model, groups):
    assert said(attach, tiny_model, Consistency, "groups.jsonl") == [
        "attach, trainer: expected a Hugging Face trainer, got a model, LlamaForCausalLM. Give the trainer that trains "
        "it, or, in a loop of your own, call Attachment.for_model(model, tokenizer, consistency, groups).",
        "attach, consistency: expected a Consistency, got the class Consistency. Make one: Consistency().",
        "attach, groups: expected PromptGroups, got 'groups.jsonl'. Read them: PromptGroups.read('groups.jsonl').",
    ]


def test_what_is_no_trainer_no_model_and_no_tokenizer(trainer, tiny_model, tokenizer, groups):
    [kind] = said(attach, Trainer, TERM, groups)
    assert "trainer: expected a Hugging Face trainer, got the class Trainer. Make one" in kind
    [nothing] = said(attach, None, TERM, groups)
    assert "trainer: expected a Hugging Face trainer, got None" in nothing
    [model] = said(Attachment.for_model, trainer, tokenizer, TERM, groups)
    assert model.startswith("Attachment.for_model, model: expected a Hugging Face model, got a trainer, Trainer.")
    assert model.endswith("Call attach(trainer, consistency, groups), or give its model.")
    exchanged = said(Attachment.for_model, tokenizer, tiny_model, TERM, groups)
    assert [line.partition(":")[0].rpartition(" ")[2] for line in exchanged] == ["model", "tokenizer"]
    [name] = said(Attachment.for_model, tiny_model, "Qwen/Qwen2.5-0.5B", TERM, groups)
    assert "tokenizer: expected the model's tokenizer, got 'Qwen/Qwen2.5-0.5B'. Load it" in name


def freeze(model):
    for parameter in model.parameters():
        parameter.requires_grad_(False)


def test_a_loop_that_trains_nothing_there_is_refused_at_its_first_step(tiny_model, tokenizer, groups):
    freeze(tiny_model)
    attachment = Attachment.for_model(tiny_model, tokenizer, TERM, groups)  # it may train later
    for step in (attachment, attachment.backward):
        with pytest.raises(ModelError, match="trainable parameters in decoder layers 1 to 2, got none"):
            step(0)
    tiny_model.model.layers[1].requires_grad_(True)
    assert attachment.backward(0)["consistency/loss"] > 0
    assert tiny_model.model.layers[1].mlp.up_proj.weight.grad.abs().sum() > 0


def test_an_extractor_alone_is_nothing_that_the_model_learns(tiny_model, tokenizer, groups):
    freeze(tiny_model)
    settings = Consistency(layer=2, groups_per_step=4, extractor="linear", extractor_dim=8)
    attachment = Attachment.for_model(tiny_model, tokenizer, settings, groups)
    with pytest.raises(ModelError, match="trainable parameters"):
        attachment.backward(0)


def test_to_watch_a_frozen_model_is_allowed(tiny_model, tokenizer, groups):
    freeze(tiny_model)
    settings = Consistency(layer=2, groups_per_step=4, weight=0.0)
    attachment = Attachment.for_model(tiny_model, tokenizer, settings, groups)
    with pytest.warns(UserWarning, match="weight is 0"):
        assert attachment.backward(0)["consistency/loss"] > 0


def test_what_else_is_given_is_of_its_kind(trainer, tiny_model, tokenizer, groups):
    with pytest.raises(ConfigError) as caught:
        attach(trainer, TERM, groups, system_prompt=3, chat_template_kwargs=["enable_thinking"])
    assert str(caught.value).splitlines() == [
        "attach, chat_template_kwargs: expected a mapping, as {'enable_thinking': False}, got ['enable_thinking'].",
        "attach, system_prompt: expected a text, got 3.",
    ]
    for wrong in (-1, 0, "many", math.nan, True):
        with pytest.raises(ConfigError, match=r"step_tokens: expected a number of tokens above 0, got "):
            Attachment.for_model(tiny_model, tokenizer, TERM, groups, step_tokens=wrong)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (-1, "step: expected a whole number >= 0, got -1. Count optimizer steps from 0."),
        ("2", "step: expected a whole number from 0, or a Turn of whole numbers, got '2'. Count optimizer steps."),
        (1.5, "step: expected a whole number from 0, or a Turn of whole numbers, got 1.5. Count optimizer steps."),
        (
            Turn(0, micro_step=2, micro_steps=2, rank=3, world_size=2),
            "turn.micro_step: expected a whole number from 0 to 1, got 2. "
            "Count from 0, or give turn.micro_steps: it is 2.\n"
            "turn.rank: expected a whole number from 0 to 1, got 3. Count from 0, or give turn.world_size: it is 2.",
        ),
        (
            Turn(0, micro_steps=1.5, rank="0"),
            "turn.micro_steps: expected a whole number, got 1.5.\nturn.rank: expected a whole number, got '0'.",
        ),
        (
            Turn(-1, micro_steps=0, world_size=-2),
            "step: expected a whole number >= 0, got -1. Count optimizer steps from 0.\n"
            "turn.micro_steps: expected a whole number >= 1, got 0. A step has one micro-step or more.\n"
            "turn.world_size: expected a whole number >= 1, got -2. A step has one process or more.",
        ),
    ],
)
def test_a_step_that_there_is_not(wrong, told):
    with pytest.raises(ConfigError) as caught:
        checked_turn(wrong)
    assert str(caught.value) == told


def test_a_step_counts_whatever_kind_of_whole_number_it_is(tiny_model, tokenizer, groups):
    assert checked_turn(np.int64(3)) == checked_turn(torch.tensor(3)) == Turn(3)
    attachment = Attachment.for_model(tiny_model, tokenizer, TERM, groups)
    assert attachment(np.int64(3))[1] == attachment(3)[1]
    assert repr(attachment) == "Attachment(pivot_distance at layer 2, weight 2)"


def test_a_checkpoint_of_another_layer_says_what_must_be_the_same(tiny_model, tokenizer, groups, tmp_path):
    Attachment.for_model(tiny_model, tokenizer, TERM, groups).save(tmp_path)
    other = Attachment.for_model(tiny_model, tokenizer, Consistency(layer=1, groups_per_step=4), groups)
    expected = "reference: expected states of these prompts at these layers, got those of others. Resume with .*layer"
    with pytest.raises(RunError, match=expected):
        other.load(tmp_path)
