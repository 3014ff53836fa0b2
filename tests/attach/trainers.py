"""One table of tiny trainers: transformers' own, TRL's and its experimental ones. The contract's tests run over it."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")

import torch
from datasets import Dataset
from torch import Tensor
from transformers import DataCollatorWithPadding, Trainer, TrainerCallback, TrainingArguments, set_seed
from trl import (
    DistillationConfig,
    DistillationTrainer,
    DPOConfig,
    DPOTrainer,
    GRPOConfig,
    GRPOTrainer,
    KTOConfig,
    KTOTrainer,
    RewardConfig,
    RewardTrainer,
    RLOOConfig,
    RLOOTrainer,
    SFTConfig,
    SFTTrainer,
)
from trl.experimental.cpo import CPOConfig, CPOTrainer
from trl.experimental.gkd import GKDConfig, GKDTrainer
from trl.experimental.online_dpo import OnlineDPOConfig, OnlineDPOTrainer
from trl.experimental.orpo import ORPOConfig, ORPOTrainer

from isoglot.models.chat import encode

COMMON: dict[str, Any] = dict(
    max_steps=2,
    per_device_train_batch_size=2,
    per_device_eval_batch_size=2,
    learning_rate=1e-3,
    max_grad_norm=0.0,
    logging_steps=1,
    save_strategy="no",
    report_to="none",
    use_cpu=True,
    bf16=False,
    disable_tqdm=True,
    gradient_checkpointing=False,
    dataloader_pin_memory=False,
)


class Kit(NamedTuple):
    """What a builder needs beside the model."""

    tokenizer: Any
    pairs: list[dict[str, Any]]  # preference pairs as chat messages
    folder: Path


def _arguments(cls: Any, kit: Kit, options: Mapping[str, Any], **own: Any) -> Any:
    return cls(**(COMMON | own | {"output_dir": str(kit.folder)} | dict(options)))


def _rows(kit: Kit, kind: str) -> Dataset:
    """The pairs in the shape that a kind of trainer takes."""
    shapes: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
        "pairs": dict,
        "completions": lambda pair: {"prompt": pair["prompt"], "completion": pair["chosen"]},
        "prompts": lambda pair: {"prompt": pair["prompt"]},
        "messages": lambda pair: {"messages": pair["prompt"] + pair["chosen"]},
    }
    if kind == "judged":
        return Dataset.from_list(
            [
                {"prompt": pair["prompt"], "completion": pair[name], "label": name == "chosen"}
                for pair in kit.pairs
                for name in ("chosen", "rejected")
            ]
        )
    return Dataset.from_list([shapes[kind](pair) for pair in kit.pairs])


def _tokens(kit: Kit, labels: Callable[[int, list[int]], Any]) -> Dataset:
    """Token ids of prompts as the chat template writes them, filled up to one length, with labels by row."""
    prompts = [encode(kit.tokenizer, pair["prompt"]) for pair in kit.pairs]
    longest = max(map(len, prompts))
    rows = [prompt + prompt[-1:] * (longest - len(prompt)) for prompt in prompts]
    return Dataset.from_list([{"input_ids": row, "labels": labels(place, row)} for place, row in enumerate(rows)])


def _longer(completions: list[Any], **_: Any) -> list[float]:
    """A reward that differs between completions of one prompt."""
    texts = [item if isinstance(item, str) else item[0]["content"] for item in completions]
    return [float(sum(map(ord, text)) % 7) for text in texts]


def other_model(model: Any) -> Any:
    """A teacher: the same shape with other weights."""
    teacher = copy.deepcopy(model)
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(5)
        for parameter in teacher.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return teacher


def _data(rows: Dataset, options: Mapping[str, Any]) -> dict[str, Dataset]:
    """For training and, if the options want it, for evaluation: to prepare rows takes longer than to train on them."""
    data = {"train_dataset": rows}
    return data | {"eval_dataset": rows.select(range(2))} if "eval_strategy" in options else data


def causal(model: Any, kit: Kit, **options: Any) -> Any:
    data = _data(_tokens(kit, lambda _, row: row), options)
    return Trainer(
        model=model, args=_arguments(TrainingArguments, kit, options), processing_class=kit.tokenizer, **data
    )


def classifier(model: Any, kit: Kit, **options: Any) -> Any:
    data = _data(_tokens(kit, lambda place, _: place % 2), options)
    return Trainer(
        model=model,
        args=_arguments(TrainingArguments, kit, options),
        data_collator=DataCollatorWithPadding(kit.tokenizer),
        processing_class=kit.tokenizer,
        **data,
    )


def sft(model: Any, kit: Kit, *, peft: Any = None, **options: Any) -> Any:
    args, data = _arguments(SFTConfig, kit, options), _data(_rows(kit, "completions"), options)
    return SFTTrainer(model=model, args=args, processing_class=kit.tokenizer, peft_config=peft, **data)


def dpo(model: Any, kit: Kit, *, peft: Any = None, **options: Any) -> Any:
    args, data = _arguments(DPOConfig, kit, options), _data(_rows(kit, "pairs"), options)
    return DPOTrainer(model=model, args=args, processing_class=kit.tokenizer, peft_config=peft, **data)


def dpo_precomputed(model: Any, kit: Kit, **options: Any) -> Any:
    return dpo(model, kit, precompute_ref_log_probs=True, **options)


def kto(model: Any, kit: Kit, **options: Any) -> Any:
    args, data = _arguments(KTOConfig, kit, options), _data(_rows(kit, "judged"), options)
    return KTOTrainer(model=model, args=args, processing_class=kit.tokenizer, **data)


def reward(model: Any, kit: Kit, **options: Any) -> Any:
    args, data = _arguments(RewardConfig, kit, options), _data(_rows(kit, "pairs"), options)
    return RewardTrainer(model=model, args=args, processing_class=kit.tokenizer, **data)


def grpo(model: Any, kit: Kit, **options: Any) -> Any:
    args = _arguments(GRPOConfig, kit, options, num_generations=2, max_completion_length=4)
    data = _data(_rows(kit, "prompts"), options)
    return GRPOTrainer(model=model, args=args, reward_funcs=_longer, processing_class=kit.tokenizer, **data)


def rloo(model: Any, kit: Kit, **options: Any) -> Any:
    args = _arguments(RLOOConfig, kit, options, num_generations=2, max_completion_length=4)
    data = _data(_rows(kit, "prompts"), options)
    return RLOOTrainer(model=model, args=args, reward_funcs=_longer, processing_class=kit.tokenizer, **data)


def distillation(model: Any, kit: Kit, **options: Any) -> Any:
    args = _arguments(DistillationConfig, kit, options, max_completion_length=4)
    teacher, data = other_model(model), _data(_rows(kit, "prompts"), options)
    return DistillationTrainer(model=model, teacher_model=teacher, args=args, processing_class=kit.tokenizer, **data)


def gkd(model: Any, kit: Kit, **options: Any) -> Any:
    args = _arguments(GKDConfig, kit, options, max_new_tokens=4, max_length=64)
    teacher, data = other_model(model), _data(_rows(kit, "messages"), options)
    return GKDTrainer(model=model, teacher_model=teacher, args=args, processing_class=kit.tokenizer, **data)


def orpo(model: Any, kit: Kit, **options: Any) -> Any:
    args, data = _arguments(ORPOConfig, kit, options, max_length=64), _data(_rows(kit, "pairs"), options)
    return ORPOTrainer(model=model, args=args, processing_class=kit.tokenizer, **data)


def cpo(model: Any, kit: Kit, **options: Any) -> Any:
    args, data = _arguments(CPOConfig, kit, options, max_length=64), _data(_rows(kit, "pairs"), options)
    return CPOTrainer(model=model, args=args, processing_class=kit.tokenizer, **data)


def simpo(model: Any, kit: Kit, **options: Any) -> Any:
    return cpo(model, kit, loss_type="simpo", cpo_alpha=0.0, **options)


def online_dpo(model: Any, kit: Kit, **options: Any) -> Any:
    args = _arguments(OnlineDPOConfig, kit, options, max_new_tokens=4, max_length=64)
    data = _data(_rows(kit, "prompts"), options)
    return OnlineDPOTrainer(model=model, args=args, reward_funcs=_longer, processing_class=kit.tokenizer, **data)


class Entry(NamedTuple):
    """A row of the table."""

    build: Callable[..., Any]
    labels: int = 0  # of a sequence classifier; 0: a causal language model
    evaluates: bool = True  # whether the stock trainer's evaluate() works


TRAINERS: dict[str, Entry] = {
    "trainer": Entry(causal),
    "trainer_classifier": Entry(classifier, labels=2),
    "sft": Entry(sft),
    "dpo": Entry(dpo),
    "dpo_precomputed": Entry(dpo_precomputed),
    "kto": Entry(kto),
    "reward": Entry(reward, labels=1),
    "grpo": Entry(grpo),
    "rloo": Entry(rloo),
    "distillation": Entry(distillation),
    "gkd": Entry(gkd),
    "orpo": Entry(orpo),
    "cpo": Entry(cpo),
    "simpo": Entry(simpo),
    "online_dpo": Entry(online_dpo, evaluates=False),
}


class Gradients(TrainerCallback):
    """Keeps the gradient of each optimizer step, before it is taken."""

    def __init__(self, model: Any) -> None:
        self.model, self.steps = model, []

    def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self.steps.append(gradients(self.model))


def gradients(model: Any) -> dict[str, Tensor]:
    """Gradients by name, copied."""
    return {name: p.grad.detach().clone() for name, p in model.named_parameters() if p.grad is not None}


def weights(model: Any) -> dict[str, Tensor]:
    """Parameters by name, copied."""
    return {name: p.detach().clone() for name, p in model.named_parameters()}


def train(trainer: Any, **options: Any) -> list[dict[str, Tensor]]:
    """Trains from a random state that is the same for all, and returns the gradients of the optimizer steps."""
    recorder = Gradients(trainer.model)
    trainer.add_callback(recorder)
    set_seed(0)  # trainers that generate draw from it
    trainer.train(**options)
    return recorder.steps
