"""A trainer whose own loop goes round the term says so at its first step, and does not train without it."""

from __future__ import annotations

import pytest
import torch
from transformers import DataCollatorForLanguageModeling, Trainer, TrainingArguments

from isoglot import Consistency, attach
from isoglot.errors import ModelError

from .trainers import COMMON, Kit, _tokens

pytestmark = pytest.mark.training


class OwnLoop(Trainer):
    """Trains as trainers for PPO do: in a loop of its own."""

    def train(self):
        if self.optimizer is None:
            self.create_optimizer()
        for batch in self.get_train_dataloader():
            self.accelerator.backward(self.compute_loss(self.model, self._prepare_inputs(batch)))
            self.optimizer.step()
            self.optimizer.zero_grad()


@pytest.fixture
def make(tiny_model, tokenizer, pairs, tmp_path):
    def made(cls, **more):
        return cls(
            model=tiny_model,
            args=TrainingArguments(**COMMON, output_dir=str(tmp_path)),
            train_dataset=_tokens(Kit(tokenizer, pairs, tmp_path), lambda _, row: row),
            data_collator=DataCollatorForLanguageModeling(tokenizer, mlm=False),
            processing_class=tokenizer,
            **more,
        )

    return made


@pytest.mark.parametrize("kind", ["made in the loop", "given", "accelerate's"])
def test_a_loop_that_never_calls_training_step_ends_before_the_first_step(make, tiny_model, groups, kind):
    before = {name: parameter.clone() for name, parameter in tiny_model.named_parameters()}
    given = {} if kind == "made in the loop" else {"optimizers": (torch.optim.SGD(tiny_model.parameters(), 0.1), None)}
    trainer = make(OwnLoop, **given)
    if kind == "accelerate's":
        trainer.optimizer = trainer.accelerator.prepare(trainer.optimizer)
    attachment = attach(trainer, Consistency(layer=2, budget=None), groups)
    with pytest.raises(ModelError, match=r"trains by its training_step, got OwnLoop.*Attachment\.for_model"):
        trainer.train()
    assert all(torch.equal(parameter, before[name]) for name, parameter in tiny_model.named_parameters())
    attachment.detach()
    trainer.train()


def test_a_trainer_that_calls_it_trains_and_detach_leaves_its_optimizer_alone(make, groups):
    trainer = make(Trainer)
    attachment = attach(trainer, Consistency(layer=2, budget=None), groups)
    trainer.train()
    attachment.detach()
    assert trainer.state.global_step == COMMON["max_steps"]
    assert not trainer.optimizer.optimizer._optimizer_step_pre_hooks


class ReturnsNothing(Trainer):
    """Sets its optimizer and returns nothing, which transformers' own loop does not mind."""

    def create_optimizer(self):
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.1)


@pytest.mark.parametrize("extractor", [None, "linear"])
def test_a_trainer_that_sets_its_optimizer_and_returns_nothing_trains(make, groups, extractor):
    trainer = make(ReturnsNothing)
    attachment = attach(trainer, Consistency(layer=2, budget=None, extractor=extractor, extractor_dim=4), groups)
    before = [parameter.clone() for parameter in attachment.parameters()]
    trainer.train()
    assert trainer.state.global_step == COMMON["max_steps"]
    assert all(not torch.equal(one, other) for one, other in zip(before, attachment.parameters(), strict=True))
