"""On real trainers: adapters, stops, what is logged, saved and refused. ``test_contract.py`` has every trainer."""

from __future__ import annotations

import copy
import json
import math
import resource
import signal
import warnings
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from accelerate import Accelerator
from datasets import Dataset
from safetensors.torch import load_file
from transformers import Trainer, TrainerCallback, TrainingArguments
from trl import DPOConfig, DPOTrainer, SFTConfig, SFTTrainer

from isoglot import Attachment, Consistency, PromptGroups, attach
from isoglot.attach.engine import Engine
from isoglot.attach.trainer import tokenizer_of
from isoglot.errors import ModelError, RunError
from isoglot.groups.sampling import Turn
from isoglot.models.chat import encode

from . import trainers

pytestmark = pytest.mark.training

COMMON = trainers.COMMON | dict(max_steps=4, max_grad_norm=1.0)
TERM = Consistency(layer=2, groups_per_step=4, weight=0.5)


class Gradients(TrainerCallback):
    """Keeps the gradient of each optimizer step."""

    def __init__(self):
        self.steps = []

    def on_pre_optimizer_step(self, args, state, control, model=None, **kwargs):
        self.steps.append({n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None})


def lm_rows(tokenizer, pairs):
    rows = [tokenizer(pair["prompt"][0]["content"]).input_ids[:8] for pair in pairs]
    return Dataset.from_list([{"input_ids": row, "labels": row} for row in rows if len(row) == 8])


def make(kind, model, tokenizer, pairs, folder, peft=None, **options):
    options = COMMON | options | {"output_dir": str(folder)}
    rows = Dataset.from_list(pairs)
    if kind == "sft":
        rows = rows.remove_columns("rejected").rename_column("chosen", "completion")
        config, trainer = SFTConfig(**options), SFTTrainer
    else:
        config, trainer = DPOConfig(**options), DPOTrainer
    return trainer(model=model, args=config, train_dataset=rows, processing_class=tokenizer, peft_config=peft)


def lora():
    from peft import LoraConfig

    torch.manual_seed(7)
    return LoraConfig(r=2, target_modules="all-linear", task_type="CAUSAL_LM", init_lora_weights="gaussian")


def weights(trainer):
    return {name: p.detach().clone() for name, p in trainer.model.named_parameters()}


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


both = pytest.mark.parametrize("kind", ["sft", "dpo"])


@both
def test_weight_zero_trains_an_adapter_bit_for_bit_as_the_stock_trainer(
    kind, tiny_model, tokenizer, pairs, groups, tmp_path
):
    stock = make(kind, copy.deepcopy(tiny_model), tokenizer, pairs, tmp_path, lora())
    stock.train()
    ours = make(kind, tiny_model, tokenizer, pairs, tmp_path, lora())
    attach(ours, Consistency(layer=2, weight=0.0, groups_per_step=4), groups)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        ours.train()
    assert sum("weight is 0" in str(warning.message) for warning in caught) == 1
    assert same(weights(stock), weights(ours))
    assert [line["loss"] for line in stock.state.log_history if "loss" in line] == [
        line["loss"] for line in ours.state.log_history if "loss" in line
    ]
    assert "consistency/loss" in ours.state.log_history[0]  # and it has watched all the same


@both
def test_an_adapters_accumulated_gradient_changes_by_exactly_the_weighted_term(
    kind, tiny_model, tokenizer, pairs, groups, tmp_path
):
    steps = []
    options = dict(max_steps=1, gradient_accumulation_steps=2, max_grad_norm=0.0)
    for weight in (None, 0.5):
        trainer = make(kind, copy.deepcopy(tiny_model), tokenizer, pairs, tmp_path, lora(), **options)
        recorder = Gradients()
        trainer.add_callback(recorder)
        if weight is not None:
            attachment = attach(trainer, TERM, groups)
            alone, _ = attachment(Turn(0))
            alone.backward()
            term = {n: p.grad.clone() for n, p in trainer.model.named_parameters() if p.grad is not None}
            trainer.model.zero_grad()
        trainer.train()
        steps.append(recorder.steps[0])
    stock, ours = steps
    assert term
    for name, gradient in ours.items():
        expected = stock.get(name, torch.zeros_like(gradient)) + term.get(name, torch.zeros_like(gradient))
        torch.testing.assert_close(gradient, expected, rtol=1e-4, atol=1e-7)


def test_a_stopped_run_ends_as_one_never_stopped(tiny_model, tokenizer, pairs, groups, tmp_path):
    settings = Consistency(objective="rank_one", layer=-1, extractor="linear", extractor_dim=6, groups_per_step=4)
    start, ends = tiny_model, []

    class Stop(TrainerCallback):
        def on_step_end(self, args, state, control, **kwargs):
            control.should_training_stop = state.global_step == 2

    for stops in (False, True):
        folder = tmp_path / str(stops)
        options = dict(save_strategy="steps", save_steps=2)
        trainer = make("dpo", copy.deepcopy(start), tokenizer, pairs, folder, **options)
        attachment = attach(trainer, settings, groups)
        if stops:
            trainer.add_callback(Stop())
            trainer.train()
            trainer = make("dpo", copy.deepcopy(start), tokenizer, pairs, folder, **options)
            attachment = attach(trainer, settings, groups)
            trainer.train(resume_from_checkpoint=str(folder / "checkpoint-2"))
        else:
            trainer.train()
        assert trainer.state.global_step == 4
        ends.append((weights(trainer), attachment.state_dict()))
    assert same(ends[0][0], ends[1][0])
    assert same(ends[0][1], ends[1][1])


def test_metrics_are_in_the_log_and_not_in_evaluation(tiny_model, tokenizer, pairs, groups, tmp_path):
    trainer = make("dpo", tiny_model, tokenizer, pairs, tmp_path)
    attach(trainer, TERM, groups)
    trainer.train()
    line = trainer.state.log_history[0]
    names = ["loss", "retention", "leading_share", "leading_share_raw", "effective_rank", "min_cosine"]
    for name in [*names, "between_cosine", "num_groups", "tokens"]:
        assert math.isfinite(line[f"consistency/{name}"]), name
    found = trainer.evaluate(trainer._prepare_dataset(Dataset.from_list(pairs[:4]), tokenizer, trainer.args, "eval"))
    assert not any("consistency" in name for name in found)


def test_the_extractor_learns_and_is_saved_apart_from_the_model(tiny_model, tokenizer, pairs, groups, tmp_path):
    trainer = make("sft", tiny_model, tokenizer, pairs, tmp_path)
    attachment = attach(trainer, Consistency.as_released(every=1, extractor_dim=6), groups)
    start = attachment.term.extractor.weight.detach().clone()
    trainer.train()
    assert not torch.equal(attachment.term.extractor.weight, start)
    trainer.save_model(str(tmp_path / "end"))
    kept = load_file(tmp_path / "end" / "consistency.safetensors")
    assert torch.equal(kept["extractor.weight"], attachment.term.extractor.weight)
    assert not any("extractor" in name for name in load_file(tmp_path / "end" / "model.safetensors"))


def test_the_extractors_gradient_is_that_of_one_step(tiny_model, tokenizer, pairs, groups, tmp_path):
    settings = Consistency(objective="rank_one", layer=2, extractor="linear", extractor_dim=6, groups_per_step=4)
    trainer = make("sft", tiny_model, tokenizer, pairs, tmp_path, learning_rate=0.0, max_steps=3)
    attachment = attach(trainer, settings, groups)
    trainer.train()  # nothing moves at learning rate 0, so the last gradient can be made again
    kept = attachment.term.extractor.weight.grad.clone()
    attachment.term.extractor.weight.grad = None
    attachment(Turn(2))[0].backward()
    torch.testing.assert_close(kept, attachment.term.extractor.weight.grad)


@pytest.mark.parametrize("decay", [0.0, 0.3])
def test_the_extractor_is_decayed_as_the_model_is_and_its_bias_is_not(
    decay, tiny_model, tokenizer, pairs, groups, tmp_path
):
    trainer = make("sft", tiny_model, tokenizer, pairs, tmp_path, weight_decay=decay)
    attachment = attach(trainer, Consistency.as_released(extractor_dim=6), groups)
    optimizer = trainer.create_optimizer()
    found = {id(p): group["weight_decay"] for group in optimizer.param_groups for p in group["params"]}
    extractor = attachment.term.extractor
    assert (found[id(extractor.weight)], found[id(extractor.bias)]) == (decay, 0.0)
    count = len(optimizer.param_groups)
    assert trainer.create_optimizer() is optimizer  # as when training begins: they are there already
    assert len(optimizer.param_groups) == count


def test_a_second_call_of_train_draws_as_the_first_did(tiny_model, tokenizer, pairs, groups, tmp_path):
    trainer = make("sft", tiny_model, tokenizer, pairs, tmp_path, max_steps=1, learning_rate=0.0)
    attach(trainer, TERM, groups)
    losses = []
    for _ in range(2):
        trainer.train()
        losses.append(next(line["consistency/loss"] for line in trainer.state.log_history if "loss" in line))
    assert losses[0] == losses[1]


def test_the_reference_is_of_the_precision_of_training(tiny_model, tokenizer, pairs, groups, tmp_path):
    drifts = {}
    for bf16 in (False, True):
        trainer = make("sft", copy.deepcopy(tiny_model), tokenizer, pairs, tmp_path / str(bf16), bf16=bf16, max_steps=1)
        attachment = attach(trainer, Consistency(layer=2, groups_per_step=4), groups)
        trainer.train()
        drifts[bf16] = trainer.state.log_history[0]["consistency/retention"]
        assert attachment.term.memory.reference.name.endswith("float32-bfloat16" if bf16 else "float32")
    assert drifts[True] == pytest.approx(0, abs=2e-6)  # nothing had moved yet


def test_the_terms_passes_run_in_the_context_of_the_trainers_own(tiny_model, tokenizer, pairs, groups, tmp_path):
    """Some trainers cast there what they have loaded in half precision."""
    trainer = make("sft", tiny_model, tokenizer, pairs, tmp_path, max_steps=1)
    attach(trainer, TERM, groups)
    depth, seen = [], []

    @contextmanager
    def context(*_args, **_kwargs):
        depth.append(1)
        yield
        depth.pop()

    trainer.compute_loss_context_manager = context
    tiny_model.register_forward_pre_hook(lambda *_: seen.append(bool(depth)))
    trainer.train()
    assert len(seen) > 1  # the trainer's own and the term's
    assert all(seen)


def test_a_checkpoint_without_the_terms_state_is_refused(tiny_model, tokenizer, pairs, groups, tmp_path):
    settings = Consistency.as_released(extractor_dim=6)
    options = dict(save_strategy="steps", save_steps=2)
    trainer = make("sft", copy.deepcopy(tiny_model), tokenizer, pairs, tmp_path, **options)
    attach(trainer, settings, groups)
    trainer.train()
    file = tmp_path / "checkpoint-2" / "consistency.safetensors"
    for changed, message in [(settings, "the state of the consistency term"), (None, "expected weights")]:
        again = make("sft", copy.deepcopy(tiny_model), tokenizer, pairs, tmp_path, **options)
        attach(again, changed or Consistency.as_released(extractor_dim=5), groups)
        kept = file.read_bytes()
        if changed:
            file.unlink()
        with pytest.raises(RunError, match=message):
            again.train(resume_from_checkpoint=str(tmp_path / "checkpoint-2"))
        file.write_bytes(kept)


def test_a_step_cut_into_micro_steps_is_watched_as_one(tiny_model, tokenizer, pairs, groups, tmp_path):
    lines = []
    for micro_steps in (1, 6):
        options = dict(
            gradient_accumulation_steps=micro_steps, per_device_train_batch_size=6 // micro_steps, max_steps=1
        )
        trainer = make("sft", copy.deepcopy(tiny_model), tokenizer, pairs, tmp_path, **options)
        attach(trainer, Consistency(layer=2, groups_per_step=6, separation=1.0), groups)
        trainer.train()
        lines.append({k: v for k, v in trainer.state.log_history[0].items() if k.startswith("consistency/")})
    assert lines[0] == lines[1]
    assert lines[0]["consistency/num_groups"] == 6


@pytest.mark.parametrize("space", ["raw", "standardized"])
def test_a_training_that_collapses_says_so_once_with_what_to_change(
    tiny_model, tokenizer, pairs, groups, tmp_path, space
):
    trainer = make("sft", tiny_model, tokenizer, pairs, tmp_path, max_steps=40, learning_rate=1e-2)
    settings = Consistency(
        objective="pairwise_cosine", layer=2, weight=20.0, retention=0, kinds="all", groups_per_step=8, space=space
    )
    attach(trainer, settings, groups)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        trainer.train()
    told = [str(warning.message) for warning in caught if "falling together" in str(warning.message)]
    assert len(told) == 1
    assert "consistency.retention" in told[0]
    lines = [line["consistency/between_cosine"] for line in trainer.state.log_history if "loss" in line]
    assert 1 - lines[-1] < 0.1 * (1 - lines[0])


def test_the_consistency_loss_falls(tiny_model, tokenizer, pairs, groups, tmp_path):
    trainer = make("dpo", tiny_model, tokenizer, pairs, tmp_path, max_steps=30, learning_rate=3e-3)
    attach(trainer, Consistency(layer=2, groups_per_step=6), groups)
    trainer.train()
    losses = [line["consistency/loss"] for line in trainer.state.log_history if "consistency/loss" in line]
    assert losses[-1] < 0.3 * losses[0]


def test_it_is_paid_only_on_due_steps(tiny_model, tokenizer, pairs, groups, tmp_path):
    trainer = make("sft", tiny_model, tokenizer, pairs, tmp_path)
    attach(trainer, Consistency(layer=2, every=2, groups_per_step=4), groups)
    trainer.train()
    logged = [line["step"] for line in trainer.state.log_history if "consistency/loss" in line]
    assert logged == [1, 3]  # logged after the step: steps 0 and 2 were due


def test_detach_restores_the_trainer(tiny_model, tokenizer, pairs, groups, tmp_path):
    stock = make("sft", copy.deepcopy(tiny_model), tokenizer, pairs, tmp_path)
    stock.train()
    ours = make("sft", tiny_model, tokenizer, pairs, tmp_path)
    before = dict(vars(ours))
    attach(ours, TERM, groups).detach()
    assert {name for name in vars(ours) if not name.startswith("_isoglot")} == set(before)
    ours.train()
    assert same(weights(stock), weights(ours))


def test_combinations_that_cannot_work_fail_when_attached(tiny_model, tokenizer, pairs, groups, tmp_path):
    trainer = make("sft", tiny_model, tokenizer, pairs, tmp_path)
    attach(trainer, TERM, groups)
    with pytest.raises(ModelError, match="detach"):
        attach(trainer, TERM, groups)
    bare = Trainer(model=tiny_model, args=TrainingArguments(output_dir=str(tmp_path), use_cpu=True, report_to="none"))
    with pytest.raises(ModelError, match="processing_class"):
        attach(bare, TERM, groups)


def test_frozen_layers_below_the_chosen_one_are_told(tiny_model, tokenizer, pairs, groups, tmp_path):
    for module in (tiny_model.model.embed_tokens, *tiny_model.model.layers[:2]):
        module.requires_grad_(False)
    trainer = make("sft", tiny_model, tokenizer, pairs, tmp_path)
    with pytest.raises(ModelError, match="trainable parameters in decoder layers 1 to 2, got none"):
        attach(trainer, Consistency(layer=2, groups_per_step=4), groups)
    attach(trainer, Consistency(layer=2, groups_per_step=4, weight=0.0), groups)  # to watch is allowed


def test_a_value_that_is_not_finite_never_reaches_the_optimizer(tiny_model, tokenizer, pairs, groups, tmp_path):
    trainer = make("sft", tiny_model, tokenizer, pairs, tmp_path)
    attach(trainer, Consistency(layer=2, groups_per_step=4), groups)
    with torch.no_grad():
        tiny_model.model.layers[0].mlp.down_proj.weight.fill_(float("nan"))
    with pytest.raises(RunError, match="finite"):
        trainer.train()


def test_ones_own_loop(tiny_model, tokenizer, groups):
    attachment = Attachment.for_model(tiny_model, tokenizer, Consistency(layer=2, groups_per_step=6), groups)
    optimizer = torch.optim.Adam(tiny_model.parameters(), lr=3e-3)
    losses = []
    for step in range(20):
        loss, metrics = attachment(step)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(metrics["consistency/loss"])
    assert losses[-1] < 0.5 * losses[0]


def test_the_log_is_plain_numbers(tiny_model, tokenizer, pairs, groups, tmp_path):
    trainer = make("sft", tiny_model, tokenizer, pairs, tmp_path, max_steps=1)
    attach(trainer, TERM, groups)
    trainer.train()
    assert json.loads(json.dumps(trainer.state.log_history[0]))["consistency/num_groups"] == 4


def test_other_groups_than_the_run_began_with_are_refused_with_both_hashes(
    tiny_model, tokenizer, pairs, groups, tmp_path
):
    options = dict(save_strategy="steps", save_steps=2)
    trainer = make("sft", copy.deepcopy(tiny_model), tokenizer, pairs, tmp_path, **options)
    attach(trainer, Consistency(layer=2, retention=0), groups)
    trainer.train()
    first = groups[0]
    changed = PromptGroups([replace(first, prompts=first.prompts | {"sw": "nyingine"}), *groups[1:]])
    again = make("sft", tiny_model, tokenizer, pairs, tmp_path, **options)
    attach(again, Consistency(layer=2, retention=0), changed)
    with pytest.raises(RunError, match=f"hash {groups.fingerprint}, got those of hash {changed.fingerprint}"):
        again.train(resume_from_checkpoint=str(tmp_path / "checkpoint-2"))


def test_a_full_disk_leaves_the_file_that_was_there(tiny_model, tokenizer, groups, tmp_path):
    settings = Consistency(objective="rank_one", layer=2, retention=0, extractor="linear", extractor_dim=64)
    attachment = Attachment.for_model(tiny_model, tokenizer, settings, groups)
    attachment.save(tmp_path)
    kept = (tmp_path / "consistency.safetensors").read_bytes()
    with torch.no_grad():
        attachment.term.extractor.weight.add_(1.0)
    before, ignored = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))  # a write beyond it fails as on a full disk
    try:
        with pytest.raises(OSError, match=r"File too large: '.*consistency\.safetensors'"):
            attachment.save(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert [path.name for path in tmp_path.iterdir()] == ["consistency.safetensors"]
    assert (tmp_path / "consistency.safetensors").read_bytes() == kept


@pytest.mark.parametrize("what", ["stop", "skip"])
def test_a_parameters_gradient_that_is_not_finite_stops_the_run_or_empties_the_step(
    what, tiny_model, tokenizer, pairs, groups, tmp_path
):
    trainer = make("sft", tiny_model, tokenizer, pairs, tmp_path, max_steps=1)
    attach(trainer, Consistency(layer=2, groups_per_step=4, on_nonfinite=what), groups)
    weight = tiny_model.model.layers[0].mlp.down_proj.weight
    weight.register_hook(lambda gradient: gradient * torch.inf)
    before = weights(trainer)
    if what == "stop":
        with pytest.raises(RunError, match="gradients, step 0: expected finite values"):
            trainer.train()
    else:
        with pytest.warns(UserWarning, match="the trainer's own part too, is left out of the step"):
            trainer.train()
        assert trainer.state.log_history[0]["consistency/skipped"] > 0
    assert same(before, weights(trainer))


def test_detach_gives_back_what_the_instance_had_of_its_own(tiny_model, tokenizer, pairs, groups, tmp_path):
    trainer = make("sft", tiny_model, tokenizer, pairs, tmp_path)
    trainer.log = own = lambda *args, **kwargs: None
    attach(trainer, TERM, groups).detach()
    assert trainer.log is own
    assert not hasattr(trainer, "_isoglot")


def test_a_trainer_that_makes_its_model_later_is_refused(tiny_model, tokenizer, pairs, groups, tmp_path):
    args = TrainingArguments(**COMMON, output_dir=str(tmp_path))
    data = lm_rows(tokenizer, pairs)
    trainer = Trainer(model_init=lambda: tiny_model, args=args, train_dataset=data, processing_class=tokenizer)
    with pytest.raises(ModelError, match="expected a model, got model_init"):
        attach(trainer, TERM, groups)


def test_an_optimizer_that_steps_layer_by_layer_is_refused(tiny_model, tokenizer, pairs, groups, tmp_path):
    trainer = make("sft", tiny_model, tokenizer, pairs, tmp_path)
    trainer.args.optim = "galore_adamw_layerwise"
    with pytest.raises(ModelError, match="steps after backward, got galore_adamw_layerwise"):
        attach(trainer, TERM, groups)


def test_states_from_before_training_are_not_pushed_with_the_model(tiny_model, tokenizer, pairs, groups, tmp_path):
    trainer = make("sft", tiny_model, tokenizer, pairs, tmp_path)
    attach(trainer, TERM, groups)
    assert [path.name for path in tmp_path.iterdir()] == ["_reference"]  # the hub's upload leaves out what begins so


def test_a_processors_tokenizer_gets_the_template_that_only_the_processor_has(tokenizer):
    inner = copy.deepcopy(tokenizer)
    inner.chat_template = None
    processor = SimpleNamespace(tokenizer=inner, chat_template=tokenizer.chat_template)
    found = tokenizer_of(processor)
    assert encode(found, "the house") == encode(tokenizer, "the house")
    assert inner.chat_template is None
    assert tokenizer_of(tokenizer) is tokenizer


def test_in_a_loop_with_accelerate_the_term_counts_once_whatever_is_accumulated(tiny_model, tokenizer, groups):
    found = []
    for accumulated in (1, 4):
        accelerator = Accelerator(gradient_accumulation_steps=accumulated, cpu=True)
        model = copy.deepcopy(tiny_model)
        attachment = Attachment.for_model(model, tokenizer, TERM, groups)

        def backward(loss, accelerator=accelerator):
            accelerator.backward(loss * accelerator.gradient_accumulation_steps)

        attachment.backward(0, backward=backward)
        found.append(torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None]))
    assert torch.equal(*found)
    assert found[0].norm() > 0


def test_a_trainers_accelerator_that_accumulates_divides_its_own_loss_only():
    """Those of transformers leave the division to the trainer; others may have told theirs how much is accumulated."""
    accelerator = Accelerator(gradient_accumulation_steps=4, cpu=True)
    parameter = torch.nn.Parameter(torch.tensor([2.0, 5.0]))
    accelerator.backward(parameter.square().sum())
    assert parameter.grad.tolist() == [1.0, 2.5]  # a quarter of 4 and 10
    parameter.grad = None
    engine = Engine(SimpleNamespace(accelerator=accelerator), torch.nn.Linear(2, 2))
    engine.backward(parameter.square().sum(), True)
    assert parameter.grad.tolist() == [4.0, 10.0]


def test_the_log_speaks_of_projected_states_where_there_is_an_extractor(tiny_model, tokenizer, groups):
    plain, projected = (
        Attachment.for_model(tiny_model, tokenizer, Consistency(layer=2, retention=0, **more), groups)(0)[1]
        for more in ({}, {"extractor": "linear", "extractor_dim": 6})
    )
    assert "consistency/between_cosine_projected" not in plain
    assert "consistency/between_cosine_projected" in projected
