"""Trainers under DDP on two processes train as one process does with batches twice as large."""

from __future__ import annotations

import os

import pytest

pytestmark = pytest.mark.training

TWICE = dict(per_device_train_batch_size=2, gradient_accumulation_steps=2)
RUNS = {
    "trainer": dict(trainer="trainer"),
    "sft": dict(trainer="sft"),
    "dpo": dict(trainer="dpo"),
    "all_used": dict(args=dict(ddp_find_unused_parameters=False)),
    "checkpointing": dict(args=dict(gradient_checkpointing=True)),
    "reentrant": dict(
        trainer="sft", args=dict(gradient_checkpointing=True, gradient_checkpointing_kwargs=dict(use_reentrant=True))
    ),
    "lora": dict(trainer="dpo", lora=True, args=dict(learning_rate=0.002)),
    "one_micro_step": dict(args=dict(gradient_accumulation_steps=1)),
    "info_nce": dict(term=dict(objective="info_nce", tokens_per_pass=60)),
    "extractor": dict(term=dict(objective="rank_one", extractor="linear", extractor_dim=6, every=2)),
    "one_group": dict(term=dict(groups_per_step=1)),
    "measured": dict(term=dict(weight=0.0)),
    "tails": dict(rows=15, args=dict(max_steps=-1, num_train_epochs=1)),
}
AT_NIGHT = ("sft", "dpo", "checkpointing", "info_nce")  # which FSDP2 trains with in the suite
TRIED = [name for name in RUNS if "WHOLE_MATRIX" in os.environ or name not in AT_NIGHT]
ALONE = [name for name in TRIED if name != "tails"]


def job(name, *, double=False, **changes):
    made = dict(name=name, kind="trainer", term={}) | RUNS[name]
    made["args"] = TWICE | made.get("args", {})
    if double:
        made["args"]["per_device_train_batch_size"] = 4
    return made | changes


@pytest.fixture(scope="module")
def alone(run):
    jobs = [job(name, double=True) for name in ALONE]
    due = [
        job("extractor", args=dict(max_steps=steps, lr_scheduler_type="constant")) | {"name": f"extractor-{steps}"}
        for steps in (1, 2, 3)
    ]
    return run([*jobs, *due], processes=1)


@pytest.fixture(scope="module")
def together(run):
    stock = [job(name, term=None) | {"name": f"{name}-stock"} for name in ("measured", "tails")]
    resumed = dict(
        name="resumed",
        kind="trainer",
        resume=2,
        args=TWICE | dict(optim="adamw_torch", learning_rate=1e-3, max_steps=4, save_strategy="steps", save_steps=2),
        term=dict(extractor="linear", extractor_dim=6),
    )
    return run([*(job(name) for name in TRIED), *stock, resumed])


@pytest.mark.parametrize("name", ALONE)
def test_each_gradient_of_two_processes_is_that_of_one(name, alone, together, apart):
    one, two = alone[name], together[name]
    for step in range(3):
        assert apart(two.gradient(step), one.gradient(step)) < 1e-4
    assert apart(two.weights, one.weights) < 1e-5
    assert two.notes["agree"]
    assert two.notes["extractor_agrees"]
    if name == "extractor":
        assert apart(two.part("extractor/"), one.part("extractor/")) < 1e-5


@pytest.mark.parametrize("name", ALONE)
def test_what_is_logged_is_of_all_groups(name, alone, together):
    for one, two in zip(alone[name].notes["lines"], together[name].notes["lines"], strict=True):
        expected = {key: value for key, value in one.items() if key.startswith("consistency/")}
        assert {key: two[key] for key in expected} == pytest.approx(expected, rel=1e-3, abs=1e-4)


def test_a_term_that_is_only_measured_changes_nothing(together, apart):
    assert apart(together["measured"].weights, together["measured-stock"].weights) == 0


def test_an_extractor_rests_on_a_step_that_is_not_due(alone, apart):
    one, two, three = (alone[f"extractor-{steps}"].part("extractor/") for steps in (1, 2, 3))
    assert apart(two, one) == 0
    assert apart(three, one) > 0  # the third step is due again


def test_a_dataset_that_does_not_come_out_even_ends(together):
    assert together["tails"].notes["steps"] == together["tails-stock"].notes["steps"] == 2
    assert together["tails"].notes["agree"]


def test_a_run_that_is_resumed_ends_as_one_never_stopped(together, apart):
    found = together["resumed"]
    assert apart(found.part("resumed/"), found.weights) == 0
    assert found.notes["kept"] == ["checkpoint-2/consistency.safetensors", "checkpoint-4/consistency.safetensors"]
