"""What the trainers make of a row: the prompt that evaluation asks with, the answer, and an end."""

from __future__ import annotations

import warnings

import pytest

from isoglot.models.chat import encode
from isoglot.progress import Silent
from isoglot.train import RunFile
from isoglot.train.build import build_config, build_trainer, load_model, load_tokenizer, read_inputs
from isoglot.train.silence import silence
from isoglot.train.template import check_template

from .conftest import TEMPLATE, byte_tokenizer, tiny_model

RECORD = {
    "prompt": [{"role": "user", "content": "Why?"}],
    "chosen": [{"role": "assistant", "content": "So."}],
    "rejected": [{"role": "assistant", "content": "No."}],
}


def first_row(settings, tmp_path, method, template):
    """(prompt ids, answer ids) of the first row, as the method's trainer trains on it, and the tokenizer."""
    run = RunFile.from_dict(settings(method=method, consistency=None))
    config = build_config(run, tmp_path / "checkpoints")
    tokenizer, run = load_tokenizer(run)
    tokenizer.chat_template = template
    records, _ = read_inputs(run, tokenizer)
    with silence():
        trainer = build_trainer(run, config, load_model(run), tokenizer, records, callbacks=[], show=Silent())
    row = trainer.train_dataset[0]
    if method == "dpo":
        return row["prompt_ids"], row["chosen_ids"], tokenizer
    prefix = "" if method == "sft" else "chosen_"
    ids, labels = row[f"{prefix}input_ids"], row[f"{prefix}labels"]
    start = next(place for place, label in enumerate(labels) if label != -100)
    return ids[:start], ids[start:], tokenizer


@pytest.mark.parametrize("template", [TEMPLATE, None], ids=["chat template", "none"])
@pytest.mark.parametrize("method", ["sft", "dpo", "orpo", "simpo"])
def test_prompts_are_those_of_evaluation_and_answers_end(settings, tmp_path, method, template):
    prompt, answer, tokenizer = first_row(settings, tmp_path, method, template)
    assert list(prompt) == encode(tokenizer, "Question 0?")
    assert tokenizer.decode(answer) == "Yes 0.<|end|>"


def told(template):
    tokenizer = byte_tokenizer(template)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        check_template(tokenizer, tiny_model(tokenizer), RECORD, ("chosen", "rejected"))
    return [str(warning.message) for warning in caught]


def test_a_good_template_is_not_talked_about():
    assert told(TEMPLATE) == []
    assert told(None) == []


def test_a_template_without_end():
    (message,) = told(TEMPLATE.replace("<|end|>", ""))
    assert "without an end token" in message


def test_a_prompt_with_more_than_training_knows_hides_no_end():
    (message,) = told(TEMPLATE.replace("<|assistant|>{% endif %}", "<|assistant|>A long introduction.{% endif %}"))
    assert "writes a prompt differently" in message  # and not that the answer, which is shorter, has no end


def test_the_end_of_the_users_message_is_none_of_the_answer():
    """Also where the prompt is written otherwise from its first token on."""
    begun = "{% if not add_generation_prompt %}!{% endif %}" + TEMPLATE
    messages = told(begun.replace("'assistant' %}<|end|>", "'user' %}<|end|>"))
    assert ["writes a prompt differently" in messages[0], "without an end token" in messages[1]] == [True, True]


def test_a_template_that_writes_the_prompt_otherwise_before_an_answer():
    assistant = "{% if message.role == 'assistant' %}!{% endif %}"
    (message,) = told(TEMPLATE.replace("<|{{ message.role }}|>", assistant + "<|{{ message.role }}|>"))
    assert "writes a prompt differently" in message
