"""Tokens of a trainer's step, against those that its model is seen to run."""

from __future__ import annotations

import copy
import json
import random
from types import SimpleNamespace

import numpy
import pytest
import torch
from datasets import Dataset
from transformers import (
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    DataCollatorForLanguageModeling,
    Trainer,
    TrainingArguments,
)

from isoglot import Consistency, attach
from isoglot.attach.tokens import tokens_per_step

from . import trainers

pytestmark = pytest.mark.training
KNOWN = ("causal", "classifier", "sft", "dpo", "kto", "reward", "gkd", "orpo", "cpo", "simpo")
NOT_KNOWN = ("grpo", "rloo", "distillation", "online_dpo")


def build(name, folder, kit, **options):
    labels = {"classifier": 2, "reward": 1}
    if name in labels:
        model = AutoModelForSequenceClassification.from_pretrained(folder, num_labels=labels[name])
    else:
        model = AutoModelForCausalLM.from_pretrained(folder)
    return getattr(trainers, name)(model, kit, **options)


@pytest.fixture
def kit(tokenizer, pairs, tmp_path):
    return trainers.Kit(tokenizer, pairs[:8], tmp_path)


@pytest.mark.parametrize("name", KNOWN)
def test_are_those_that_the_model_runs(name, tiny_folder, kit):
    trainer = build(name, tiny_folder, kit, gradient_accumulation_steps=2, max_steps=4, learning_rate=0.0)
    told, seen = tokens_per_step(trainer), []

    def count(_module, _inputs, options):
        if torch.is_grad_enabled() and trainer.model.training:
            mask = options.get("attention_mask")
            seen.append(options["input_ids"].numel() if mask is None else int(mask.sum()))

    trainer.model.register_forward_pre_hook(count, with_kwargs=True)
    trainer.train()
    run = sum(seen) / 4
    if name == "kto":  # its KL rows are run without gradients
        assert run <= told <= 2.5 * run
    else:  # other rows came up than those looked at, and some trainers have padding that counts
        assert run == pytest.approx(told, rel=0.3)


@pytest.mark.parametrize("name", NOT_KNOWN)
def test_are_not_known_where_answers_are_generated_meanwhile(name, tiny_folder, kit):
    assert tokens_per_step(build(name, tiny_folder, kit)) is None


def test_data_without_a_length_is_not_asked():
    class Trainer:
        args = None
        train_dataset = iter([])

    assert tokens_per_step(Trainer()) is None


@pytest.mark.parametrize("kind", ["a table", "a list", "a stream"])
def test_columns_that_the_trainer_leaves_out_do_not_hide_the_tokens(kind, tiny_folder, kit):
    rows = [{"text": f"row {n}", "input_ids": list(range(3, 8 + n)), "domain": "news"} for n in range(8)]
    table = Dataset.from_list(rows)
    data = {"a table": table, "a list": rows, "a stream": table.to_iterable_dataset()}[kind]
    trainer = Trainer(
        model=AutoModelForCausalLM.from_pretrained(tiny_folder),
        args=TrainingArguments(**trainers.COMMON | {"per_device_train_batch_size": 4}, output_dir=str(kit.folder)),
        train_dataset=data,
        data_collator=DataCollatorForLanguageModeling(kit.tokenizer, mlm=False),
        processing_class=kit.tokenizer,
    )
    assert tokens_per_step(trainer) == pytest.approx(4 * (5 + 12) / 2)


class Drawing:
    """Rows that draw numbers when they are asked for, and a collator that takes them apart."""

    def __init__(self):
        self.rows = [{"input_ids": torch.arange(3, 9), "labels": 1} for _ in range(4)]

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, place):
        assert isinstance(place, int)
        random.random(), numpy.random.random(), torch.rand(1)  # noqa: NPY002
        return self.rows[place]

    def collated(self, rows):
        labels = torch.tensor([row.pop("labels") for row in rows])
        return {"input_ids": torch.stack([row["input_ids"] for row in rows]), "labels": labels}


def test_looking_at_the_data_changes_nothing_in_them_and_draws_nothing():
    data = Drawing()
    args = SimpleNamespace(train_batch_size=2, gradient_accumulation_steps=1, world_size=1)
    trainer = SimpleNamespace(train_dataset=data, args=args, data_collator=data.collated)

    def states():
        arrays = numpy.random.get_state()[1]  # noqa: NPY002
        return random.getstate(), arrays.tolist(), torch.get_rng_state().tolist()

    before = states()
    assert tokens_per_step(trainer) == 12
    assert states() == before
    assert all("labels" in row for row in data.rows)


def test_a_step_has_all_micro_steps_of_all_processes_and_no_padding():
    """By hand: rows of 4, 2 and 3 tokens, filled up to four; 5 rows, 3 micro-steps and 7 processes make a step."""
    mask = torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0], [1, 1, 1, 0]])
    batch = {"input_ids": torch.ones(3, 4, dtype=torch.long), "attention_mask": mask}
    args = SimpleNamespace(train_batch_size=5, gradient_accumulation_steps=3, world_size=7)
    trainer = SimpleNamespace(train_dataset=[{}] * 3, args=args, data_collator=lambda rows: batch)
    assert tokens_per_step(trainer) == 3 * 5 * 3 * 7
    twice = {"chosen_" + name: value for name, value in batch.items()} | {"rejected_input_ids": batch["input_ids"]}
    trainer.data_collator = lambda rows: twice | {"prompt_input_ids": batch["input_ids"]}  # part of both answers
    assert tokens_per_step(trainer) == (3 + 4) * 5 * 3 * 7


def test_where_they_cannot_be_counted_it_is_said_that_no_limit_is_kept(tiny_folder, kit, groups):
    trainer = build("grpo", tiny_folder, kit)
    with pytest.warns(UserWarning, match=r"consistency\.budget: expected training data whose tokens .* no limit"):
        attachment = attach(trainer, Consistency(layer=2), groups)
    assert attachment.facts()["share"] is None
    for said in (dict(budget=None), dict(groups_per_step=2), dict(languages_per_step=3)):
        attach(build("grpo", tiny_folder, kit), Consistency(layer=2, **said), groups)


def test_attached_the_term_stays_within_its_share(tiny_folder, kit, groups):
    trainer = build("sft", tiny_folder, kit, per_device_train_batch_size=8, max_steps=3)
    before = torch.get_rng_state()
    attachment = attach(trainer, Consistency(layer=2, budget=0.4), groups)
    assert torch.equal(before, torch.get_rng_state())
    limits = attachment.term.prompts.limits
    assert limits.training == tokens_per_step(trainer)
    trainer.train()
    lines = [line for line in trainer.state.log_history if "consistency/tokens" in line]
    assert lines
    for line in lines:
        assert line["consistency/token_share"] < 0.4 * 1.25
        ours = line["consistency/tokens"]
        assert line["consistency/token_share"] == pytest.approx(ours / (ours + limits.training), rel=1e-4)
    free = attach(build("sft", tiny_folder, kit), Consistency(layer=2, budget=None), groups)
    assert free.term.prompts.limits.compared[:2] == (None, None)


def test_what_it_costs_can_be_written_down(tiny_folder, kit, groups):
    attachment = attach(build("sft", tiny_folder, kit), Consistency(layer=2, budget=0.5), copy.deepcopy(groups))
    facts = attachment.facts()
    assert json.loads(json.dumps(facts)) == facts
    assert facts["tokens"] > 0
    assert facts["training_tokens"] > 0
