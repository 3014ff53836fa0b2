"""Training data that are not written as the term's prompts are said to be so when the term is attached."""

from __future__ import annotations

import copy
import functools
import warnings

import pytest
import torch
from datasets import Dataset
from transformers import AutoModelForCausalLM
from trl import DPOConfig, DPOTrainer, GRPOConfig, GRPOTrainer, KTOConfig, KTOTrainer, SFTConfig, SFTTrainer

from isoglot import Consistency, attach
from isoglot.attach.tokens import Looked
from isoglot.attach.written import check_written
from isoglot.models.chat import encode

from ..train.conftest import TEMPLATE, byte_tokenizer
from .trainers import COMMON

pytestmark = pytest.mark.training

SAID = r"training data: expected rows with .*, which the chat template writes around .*got none among the first 8\. The"
ASKED = [[{"role": "user", "content": f"Name bird {n}?"}] for n in range(8)]
SYSTEM = {"role": "system", "content": "Answer in one word."}
THINKING = (
    "{% for message in messages %}<|{{ message.role }}|>"
    "{% if message.role == 'assistant' and loop.last %}<think>\n\n</think>\n\n{% endif %}{{ message.content }}"
    "{% if message.role == 'assistant' %}<|end|>{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>"
    "{% if enable_thinking is defined and enable_thinking is false %}<think>\n\n</think>\n\n{% endif %}{% endif %}"
)


def answer(text):
    return [{"role": "assistant", "content": text}]


def sft(rows, tokenizer, model, folder):
    args = SFTConfig(**COMMON, output_dir=str(folder))
    return SFTTrainer(model=model, args=args, train_dataset=Dataset.from_list(rows), processing_class=tokenizer)


def grpo(rows, tokenizer, model, folder, **more):
    args = GRPOConfig(**COMMON, output_dir=str(folder), num_generations=2, max_completion_length=4, **more)
    rows, reward = Dataset.from_list(rows), lambda completions, **_: [0.0] * len(completions)
    return GRPOTrainer(model=model, args=args, train_dataset=rows, processing_class=tokenizer, reward_funcs=reward)


def dpo(rows, tokenizer, model, folder):
    args = DPOConfig(**COMMON, output_dir=str(folder))
    return DPOTrainer(model=model, args=args, train_dataset=Dataset.from_list(rows), processing_class=tokenizer)


def kto(rows, tokenizer, model, folder):
    args = KTOConfig(**COMMON, output_dir=str(folder))
    return KTOTrainer(model=model, args=args, train_dataset=Dataset.from_list(rows), processing_class=tokenizer)


MESSAGES = [{"prompt": prompt, "completion": answer("Owl.")} for prompt in ASKED]
PAIRS = [{"prompt": prompt, "chosen": answer("Owl."), "rejected": answer("No.")} for prompt in ASKED]
JUDGED = [{"prompt": prompt, "completion": answer("Owl."), "label": bool(n % 2)} for n, prompt in enumerate(ASKED)]
PLAIN = [{"text": f"### Question: Name bird {n}? ### Answer: Owl."} for n in range(8)]
BY_HAND = [{"text": f"<|user|>Name bird {n}?<|assistant|>Owl.<|end|>"} for n in range(8)]
OWN_SYSTEM = [{"prompt": [SYSTEM, *prompt], "completion": answer("Owl.")} for prompt in ASKED]
ASKED_ONLY = [{"prompt": prompt} for prompt in ASKED]
TEXT_ONLY = [{"prompt": f"Name bird {n}?"} for n in range(8)]


@pytest.fixture
def attaching(tiny_llama, tmp_path, groups):
    """Makes a trainer of some rows, and gives what attaches to it; keywords go to ``attach``."""

    def made(build, rows, template=TEMPLATE, **more):
        tokenizer = byte_tokenizer(template)
        model = AutoModelForCausalLM.from_pretrained(tiny_llama("written"))
        trainer = build(copy.deepcopy(rows), tokenizer, model, tmp_path)
        return lambda: attach(trainer, Consistency(layer=2, groups_per_step=2), groups, **more)

    return made


@pytest.mark.parametrize(
    ("build", "rows", "template", "more"),
    [
        (sft, MESSAGES, TEMPLATE, {}),
        (sft, BY_HAND, TEMPLATE, {}),
        (sft, PLAIN, None, {}),
        (sft, OWN_SYSTEM, TEMPLATE, {"system_prompt": SYSTEM["content"]}),
        (sft, MESSAGES, THINKING, {"chat_template_kwargs": {"enable_thinking": False}}),
        (sft, MESSAGES, THINKING, {}),
        (dpo, PAIRS, TEMPLATE, {}),
        (kto, JUDGED, TEMPLATE, {}),
        (grpo, ASKED_ONLY, TEMPLATE, {}),
    ],
    ids=["messages", "by hand", "no template", "system", "no thought", "thinking", "dpo", "kto", "grpo"],
)
def test_data_as_the_template_writes_them_are_nothing_to_say(attaching, build, rows, template, more):
    attaching(build, rows, template, **more)()  # warnings are errors


@pytest.mark.parametrize(
    ("build", "rows", "more", "shown"),
    [
        (sft, PLAIN, {}, "assistant"),
        (sft, OWN_SYSTEM, {"system_prompt": "Answer at length."}, "Answer at length"),
        (grpo, TEXT_ONLY, {}, "assistant"),
    ],
    ids=["plain", "another system prompt", "text to answer"],
)
def test_others_are(attaching, build, rows, more, shown):
    call = attaching(build, rows, **more)
    with pytest.warns(UserWarning, match=SAID) as caught:
        call()
    assert shown in next(str(one.message) for one in caught if "training data" in str(one.message))


def test_data_in_which_answers_follow_no_empty_thought_are_said_to_be_so(attaching):
    never = THINKING.replace("loop.last", "false")
    call = attaching(sft, MESSAGES, never, chat_template_kwargs={"enable_thinking": False})
    with pytest.warns(UserWarning, match=SAID):
        call()


def test_where_none_are_given_the_trainers_own_arguments_of_the_template_hold(attaching):
    own = functools.partial(grpo, chat_template_kwargs={"enable_thinking": False})
    for given, thought in (({}, True), ({"chat_template_kwargs": {"enable_thinking": True}}, False)):
        prompts = attaching(own, ASKED_ONLY, THINKING, **given)().term.prompts
        text = byte_tokenizer().decode(prompts.encode(prompts.any_cell))
        assert text.endswith("</think>\n\n") is thought


@pytest.mark.parametrize(("shape", "heard"), [((16,), 1), ((0,), 0), ((2, 8), 1), ((2, 2, 4), 1)], ids=str)
def test_token_ids_of_any_shape_are_looked_at(shape, heard):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        check_written(Looked(2, {"input_ids": torch.full(shape, 9), "label": [1, 2]}), byte_tokenizer())
    assert len(caught) == heard


@pytest.mark.parametrize(("merged", "heard"), [(1, 0), (2, 1)])
def test_the_token_next_to_a_question_may_have_merged_with_its_text(merged, heard):
    tokenizer = byte_tokenizer("{% for message in messages %}Q: {{ message.content }} A: {% endfor %}")
    row, text = encode(tokenizer, "Name bird 3?"), tokenizer("Name bird 3?", add_special_tokens=False).input_ids
    begin = next(n for n in range(len(row)) if row[n : n + len(text)] == text)
    end = begin + len(text)
    row[begin - merged : begin] = row[end : end + merged] = [text[0]] * merged
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        check_written(Looked(1, {"input_ids": torch.tensor([row])}), tokenizer)
    assert len(caught) == heard
