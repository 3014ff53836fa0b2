"""What ``attach`` promises, demanded of every trainer in the table."""

from __future__ import annotations

import copy
import functools
import math
import re
import warnings
from typing import Any, NamedTuple

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, LlamaForSequenceClassification

from isoglot import Attachment, Consistency, attach
from isoglot.errors import ConfigError, DataError, ModelError

from . import trainers

pytestmark = pytest.mark.training

TERM = Consistency(layer=2, groups_per_step=4, weight=0.5, languages_per_step=4)
EXTRACTOR = Consistency(
    objective="rank_one", layer=2, groups_per_step=4, languages_per_step=4, extractor="linear", extractor_dim=6
)
AT_REST = dict(learning_rate=0.0)  # all steps then see one model, and the stock trainer's run the same
every = pytest.mark.parametrize("name", list(trainers.TRAINERS))


def loss_types():
    """The names that this TRL lists for DPO."""
    from trl import DPOConfig

    found = re.findall(r"`'(\w+)'`", DPOConfig.__dataclass_fields__["loss_type"].metadata["help"])
    assert len(found) > 10
    return found


class Run(NamedTuple):
    gradients: list[dict[str, Any]]  # by optimizer step
    weights: dict[str, Any]  # at the end
    lines: list[dict[str, Any]]  # of the log, without times
    attachment: Any


@pytest.fixture(scope="module")
def make(tiny_folder, tokenizer, pairs, groups, tmp_path_factory):
    """Makes a trainer of the table anew."""

    @functools.cache
    def start(labels):
        if not labels:
            return AutoModelForCausalLM.from_pretrained(tiny_folder)
        torch.manual_seed(3)
        config = AutoModelForCausalLM.from_pretrained(tiny_folder).config
        config.num_labels = labels
        return LlamaForSequenceClassification(config)

    def build(name, *, folder=None, model=None, **options):
        entry = trainers.TRAINERS[name]
        kit = trainers.Kit(tokenizer, pairs[:8], folder or tmp_path_factory.mktemp(name))
        return entry.build(model or copy.deepcopy(start(entry.labels)), kit, **options)

    build.start = lambda name: copy.deepcopy(start(trainers.TRAINERS[name].labels))
    return build


@pytest.fixture(scope="module")
def run(make, groups):
    """Trains a trainer of the table, with the term or without, each way once: several tests look at one run."""

    @functools.cache
    def runs(name, weight=None, *, accumulation=1, **options):
        options = AT_REST | options | dict(gradient_accumulation_steps=accumulation)
        options |= dict(per_device_train_batch_size=4 // accumulation)
        if trainers.TRAINERS[name].evaluates:
            options |= dict(eval_strategy="steps", eval_steps=1)
        trainer = make(name, **options)
        attachment = None
        if weight is not None:
            attachment = attach(trainer, Consistency(**TERM.to_dict() | {"weight": weight}), groups)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="consistency.weight is 0")
            steps = trainers.train(trainer)
        return Run(steps, trainers.weights(trainer.model), lines_of(trainer), attachment)

    return runs


@pytest.fixture(scope="module")
def term(make, tokenizer, groups):
    """Gradients and metrics of the term by itself, at weight 1, on a copy of the model."""

    @functools.cache
    def alone(labels):
        name = next(name for name, entry in trainers.TRAINERS.items() if entry.labels == labels)
        model, found = make.start(name), []
        attachment = Attachment.for_model(model, tokenizer, Consistency(**TERM.to_dict() | {"weight": 1.0}), groups)
        for step in range(2):
            loss, metrics = attachment(step)
            loss.backward()
            found.append((trainers.gradients(model), metrics))
            model.zero_grad()
        return found

    return lambda name: alone(trainers.TRAINERS[name].labels)


@pytest.fixture(scope="module")
def saved(make, groups, tmp_path_factory):
    """Trains a trainer of the table with an extractor, saves each step and the end: folder, weights, term's state."""

    @functools.cache
    def keep(name):
        folder = tmp_path_factory.mktemp(name)
        trainer = make(name, folder=folder, save_strategy="steps", save_steps=1)
        attachment = attach(trainer, EXTRACTOR, groups)
        trainers.train(trainer)
        trainer.save_model(str(folder / "end"))
        state = {part: value.detach().clone() for part, value in attachment.state_dict().items()}
        return folder, trainers.weights(trainer.model), state

    return keep


def lines_of(trainer):
    """The log without what a clock says."""
    timed = ("runtime", "per_second", "time", "flos")
    return [
        {name: value for name, value in line.items() if not any(word in name for word in timed)}
        for line in trainer.state.log_history
    ]


def without(lines, *names):
    return [{n: value for n, value in line.items() if not any(name in n for name in names)} for line in lines]


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def assert_sum(ours, stock, alone, weight, tolerance=1e-5):
    """That the first is the second plus the weighted third, to a share of its length; and that this can be seen."""
    assert ours.keys() == stock.keys() | alone.keys()
    error = extent = added = 0.0
    for name, gradient in ours.items():
        zero = torch.zeros_like(gradient)
        share = weight * alone.get(name, zero)
        error += (gradient - stock.get(name, zero) - share).double().square().sum().item()
        extent += gradient.double().square().sum().item()
        added += share.double().square().sum().item()
    assert math.sqrt(error) <= tolerance * math.sqrt(extent)
    assert math.sqrt(added) > 20 * tolerance * math.sqrt(extent)  # else nothing has been shown


@every
def test_weight_zero_trains_bit_for_bit_as_the_stock_trainer(name, run, make):
    stock, ours = run(name, learning_rate=1e-3), run(name, 0.0, learning_rate=1e-3)
    assert not same(stock.weights, trainers.weights(make.start(name)))  # it has trained
    assert same(stock.weights, ours.weights)
    assert all(same(one, other) for one, other in zip(stock.gradients, ours.gradients, strict=True))
    assert without(ours.lines, "consistency/") == stock.lines


@every
@pytest.mark.parametrize("accumulation", [1, 2])
def test_a_weight_adds_exactly_its_share_of_the_terms_own_gradient_at_each_step(name, accumulation, run, term):
    stock, ours = (run(name, weight, accumulation=accumulation) for weight in (None, 0.5))
    for step in range(2):
        assert_sum(ours.gradients[step], stock.gradients[step], term(name)[step][0], 0.5)


@every
def test_accumulation_changes_nothing_in_what_is_logged_of_the_term(name, run):
    halves, whole = (run(name, 0.5, accumulation=accumulation).lines for accumulation in (2, 1))
    for metric in ("loss", "retention"):
        found, expected = (
            [line[f"consistency/{metric}"] for line in lines if "loss" in line] for lines in (halves, whole)
        )
        assert found == pytest.approx(expected, rel=1e-4, abs=2e-6)


@every
def test_what_the_trainer_logs_and_evaluates_is_untouched(name, run):
    stock, ours = run(name), run(name, 0.5)
    expected, found = without(stock.lines, "grad_norm"), without(ours.lines, "consistency/", "grad_norm")
    assert found == expected
    evaluations = [line for line in ours.lines if any(metric.startswith("eval_") for metric in line)]
    assert len(evaluations) == 2 * trainers.TRAINERS[name].evaluates
    assert not any("consistency" in metric for line in evaluations for metric in line)


@every
def test_the_terms_metrics_are_logged_at_each_step(name, run, term):
    lines = [line for line in run(name, 0.5).lines if "loss" in line]
    assert len(lines) == 2
    for line, (_, expected) in zip(lines, term(name), strict=True):
        found = {metric: value for metric, value in line.items() if metric.startswith("consistency/")}
        found.pop("consistency/token_share", None)  # where the trainer's own tokens can be counted
        assert found == pytest.approx(expected, rel=1e-4, abs=2e-6)
        assert all(math.isfinite(value) for value in found.values())


@every
def test_a_resumed_run_ends_as_one_never_stopped(name, saved, make, groups):
    folder, unbroken, kept = saved(name)
    trainer = make(name, folder=folder)
    attachment = attach(trainer, EXTRACTOR, groups)
    assert not same(attachment.state_dict(), kept)
    trainers.train(trainer, resume_from_checkpoint=str(folder / "checkpoint-1"))
    assert trainer.state.global_step == 2
    assert same(attachment.state_dict(), kept)
    assert same(trainers.weights(trainer.model), unbroken)


@every
def test_the_extractor_is_saved_in_a_file_of_its_own_and_never_inside_the_model(name, saved, make, tmp_path):
    folder, unbroken, state = saved(name)
    make.start(name).save_pretrained(tmp_path)
    stock = load_file(tmp_path / "model.safetensors").keys()
    for place in ("checkpoint-2", "end"):
        kept = load_file(folder / place / "consistency.safetensors")
        assert "extractor.weight" in kept
        assert same(kept, state)
        assert load_file(folder / place / "model.safetensors").keys() == stock
    first = load_file(folder / "checkpoint-1" / "consistency.safetensors")
    assert not torch.equal(first["extractor.weight"], state["extractor.weight"])  # it learns
    kind = AutoModelForSequenceClassification if trainers.TRAINERS[name].labels else AutoModelForCausalLM
    assert same(trainers.weights(kind.from_pretrained(folder / "end")), unbroken)


@every
def test_detach_restores_everything(name, run, make, groups):
    options = dict(eval_strategy="steps", eval_steps=1) if trainers.TRAINERS[name].evaluates else {}
    trainer = make(name, per_device_train_batch_size=4, **options)
    before = dict(vars(trainer))
    attachment = attach(trainer, TERM, groups)
    attachment.detach()
    after = {attribute: value for attribute, value in vars(trainer).items() if attribute != "_isoglot"}
    assert after == before
    trainers.train(trainer)
    stock = run(name, learning_rate=1e-3)
    assert same(trainers.weights(trainer.model), stock.weights)
    assert lines_of(trainer) == stock.lines


@pytest.mark.parametrize("loss_type", [*loss_types(), ["sigmoid", "sft"], ["sigmoid", "bco_pair", "sft"]], ids=str)
def test_a_weight_adds_exactly_its_share_under_each_loss_of_dpo(loss_type, make, groups, term):
    steps = []
    for weight in (None, 0.5):
        trainer = make("dpo", loss_type=loss_type, label_smoothing=1e-3, **AT_REST)
        if weight is not None:
            attach(trainer, TERM, groups)
        steps.append(trainers.train(trainer))
    for step in range(2):
        assert_sum(steps[1][step], steps[0][step], term("dpo")[step][0], 0.5)


def test_the_guards_pull_too_once_the_model_has_moved(make, tokenizer, groups):
    settings = Consistency(layer=2, weight=0.5, retention=3.0, separation=3.0, groups_per_step=4, budget=None)
    trainer = make("sft", learning_rate=0.03)
    attach(trainer, settings, groups)
    seen = Weights(trainer.model)
    trainer.add_callback(seen)
    ours = trainers.train(trainer)[1]

    model = make.start("sft")
    attachment = Attachment.for_model(model, tokenizer, settings, groups)
    model.load_state_dict(seen.steps[1], strict=False)
    loss, metrics = attachment(1)
    loss.backward()
    assert metrics["consistency/retention"] > 0.01  # it has moved
    assert metrics["consistency/separation"] > 1e-3
    alone = trainers.gradients(model)
    model.zero_grad()
    stock = trainers.train(make("sft", model=model, **AT_REST))[1]
    assert_sum(ours, stock, alone, 1.0)


class Weights(trainers.Gradients):
    """Keeps the weights that each optimizer step begins with."""

    def on_pre_optimizer_step(self, args, state, control, **kwargs):
        self.steps.append(trainers.weights(self.model))


def test_metrics_wait_for_the_next_line_of_training_and_are_the_mean_of_its_steps(make, groups, term):
    trainer = make("sft", **AT_REST, logging_steps=2, eval_strategy="steps", eval_steps=1)
    attach(trainer, TERM, groups)
    trainers.train(trainer)
    between, training = lines_of(trainer)[:2]
    assert "eval_loss" in between  # after the first step, whose metrics are not logged yet
    assert not any("consistency" in name for name in between)
    expected = sum(metrics["consistency/loss"] for _, metrics in term("sft")) / 2
    assert training["consistency/loss"] == pytest.approx(expected, rel=1e-4)


def test_clipping_sees_the_sum(make, run, groups):
    trainer = make("sft", max_steps=1, max_grad_norm=0.1, per_device_train_batch_size=4)
    attach(trainer, TERM, groups)
    (clipped,) = trainers.train(trainer)
    norm = length(run("sft", 0.5).gradients[0])
    assert norm > 0.2
    assert length(clipped) == pytest.approx(0.1, rel=1e-4)
    assert trainer.state.log_history[0]["grad_norm"] == pytest.approx(norm, rel=1e-4)


def length(gradients):
    return torch.stack([gradient.norm() for gradient in gradients.values()]).norm().item()


def test_the_best_model_is_loaded_with_its_own_extractor(make, groups, tmp_path):
    options = dict(eval_strategy="steps", eval_steps=1, save_strategy="steps", save_steps=1)
    trainer = make("sft", folder=tmp_path, load_best_model_at_end=True, **options)
    attachment = attach(trainer, EXTRACTOR, groups)
    trainer.evaluate = lambda *_, **__: {"eval_loss": float(trainer.state.global_step)}  # the first is the best
    trainers.train(trainer)
    assert trainer.state.best_model_checkpoint.endswith("checkpoint-1")
    kept = load_file(tmp_path / "checkpoint-1" / "consistency.safetensors")
    assert same(trainers.weights(trainer.model), load_file(tmp_path / "checkpoint-1" / "model.safetensors"))
    assert torch.equal(attachment.term.extractor.weight, kept["extractor.weight"])


def not_transformers(make, tokenizer):
    return make("trainer", model=torch.nn.Linear(2, 2))


def without_tokenizer(make, tokenizer):
    trainer = make("trainer")
    trainer.processing_class = None
    return trainer


def static_graph(make, tokenizer):
    from accelerate import DistributedDataParallelKwargs

    trainer = make("sft")
    trainer.accelerator.ddp_handler = DistributedDataParallelKwargs(static_graph=True)
    return trainer


def fused_optimizer(make, tokenizer):
    trainer = make("sft")
    trainer.args.optim = "lomo"
    return trainer


def optimizer(make, tokenizer):
    trainer = make("sft")
    trainer.create_optimizer()
    return trainer


@pytest.mark.parametrize(
    ("setup", "changes", "error", "reason"),
    [
        (not_transformers, {}, ModelError, "Linear"),
        (without_tokenizer, {}, ModelError, "processing_class"),
        (static_graph, {}, ModelError, "static_graph"),
        (fused_optimizer, {}, ModelError, "lomo"),
        (optimizer, dict(extractor="linear"), ModelError, "optimizer"),
        (None, dict(layer=5), ConfigError, "1 to 4"),
        (None, dict(layer=-5), ConfigError, "-4 to -1"),
        (None, dict(kinds=("harmless",), retain=1e-9), DataError, "retain"),
    ],
)
def test_what_cannot_work_fails_when_attached_with_the_reason(setup, changes, error, reason, make, tokenizer, groups):
    trainer = setup(make, tokenizer) if setup else make("sft")
    before = dict(vars(trainer))
    with pytest.raises(error, match=reason):
        attach(trainer, Consistency(**TERM.to_dict() | changes), groups)
    assert {name: value for name, value in vars(trainer).items() if value is not None or name in before} == before


def test_prompts_without_harmless_ones_are_refused_where_they_are_to_be_retained(make, groups):
    with pytest.raises(DataError, match="harmless"):
        attach(make("sft"), TERM, groups.select(kinds=("harmful",)))
