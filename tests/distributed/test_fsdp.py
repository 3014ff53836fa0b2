"""Trainers whose model transformers has sharded by FSDP2 train as one process does with batches twice as large.

Accelerate's own FSDP plug-in takes no CPUs; FSDP2 itself, and the hooks on the trainer, are the same.
"""

from __future__ import annotations

import os

import pytest

pytestmark = pytest.mark.training

RUNS = {
    "trainer": dict(args=dict(gradient_accumulation_steps=2)),
    "sft": dict(trainer="sft"),
    "dpo": dict(trainer="dpo", args=dict(gradient_accumulation_steps=2)),
    "checkpointing": dict(args=dict(gradient_checkpointing=True)),
    "info_nce": dict(term=dict(objective="info_nce", tokens_per_pass=60)),
    "one_group": dict(term=dict(groups_per_step=1)),
    "measured": dict(term=dict(weight=0.0)),
    "every_other": dict(term=dict(every=2, tokens_per_pass=150)),
}
AT_NIGHT = ("measured", "every_other")  # which DDP and DeepSpeed train with in the suite
TRIED = [name for name in RUNS if "WHOLE_MATRIX" in os.environ or name not in AT_NIGHT]


def job(name, *, double=False, **changes):
    made = dict(name=name, kind="trainer", term={}) | RUNS.get(name, {})
    made["args"] = dict(per_device_train_batch_size=4 if double else 2) | made.get("args", {})
    return made | changes


@pytest.fixture(scope="module")
def alone(run):
    return run([job(name, double=True) for name in TRIED], processes=1)


@pytest.fixture(scope="module")
def together(run):
    # Transformers does not resume what it has sharded itself: the model is saved, and nothing else.
    saved = job("saved", args=dict(save_strategy="steps", save_steps=2, save_only_model=True))
    loop = dict(kind="loop", engine="fsdp2", mode="sequential", steps=4, term=dict(separation=1.0))
    return run(
        [
            *(job(name, native_fsdp=True) for name in TRIED),
            saved | dict(native_fsdp=True),
            loop | dict(name="loop", save=2),
        ]
    )


@pytest.mark.parametrize("name", TRIED)
def test_two_processes_train_as_one(name, alone, together, apart):
    one, two = alone[name], together[name]
    assert two.notes["engine"] == "FSDPLlamaForCausalLM"
    for step in range(3):
        assert apart(two.gradient(step), one.gradient(step)) < 1e-4
    assert apart(two.weights, one.weights) < 1e-5
    assert two.notes["agree"]


@pytest.mark.parametrize("name", TRIED)
def test_what_is_logged_is_of_all_groups(name, alone, together):
    for one, two in zip(alone[name].notes["lines"], together[name].notes["lines"], strict=True):
        expected = {key: value for key, value in one.items() if key.startswith("consistency/")}
        assert {key: two[key] for key in expected} == pytest.approx(expected, rel=1e-3, abs=1e-4)


@pytest.mark.parametrize("name", TRIED)
def test_the_reference_has_the_name_that_it_has_unsharded(name, alone, together):
    assert together[name].notes["reference"] == alone[name].notes["reference"]


def test_what_belongs_to_the_term_is_saved_once(together):
    kept = together["saved"].notes["kept"]
    assert kept == ["checkpoint-2/consistency.safetensors", "checkpoint-3/consistency.safetensors"]


def test_a_loop_that_is_resumed_ends_as_one_never_stopped(run, together, apart):
    folder = together["loop"].notes["folder"]
    loop = dict(kind="loop", engine="fsdp2", mode="sequential", steps=4, term=dict(separation=1.0))
    again = run(
        [
            loop
            | {
                "name": "loop",
                "begin": 2,
                "from": f"{folder}/saved",
                "load": f"{folder}/saved",
                "reference": f"{folder}/reference",
            }
        ]
    )
    assert apart(again["loop"].weights, together["loop"].weights) < 1e-7
