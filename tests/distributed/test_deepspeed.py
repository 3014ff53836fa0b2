"""Trainers under DeepSpeed ZeRO-1, 2 and 3 on two processes train as one process does without it."""

from __future__ import annotations

import importlib.util
import os

import pytest

pytestmark = pytest.mark.training

if importlib.util.find_spec("deepspeed") is None:
    pytest.skip("deepspeed is not installed: pip install 'isoglot[deepspeed]'", allow_module_level=True)

STAGES = (1, 2, 3)
RUNS = {
    "default": dict(),
    "accumulated": dict(args=dict(gradient_accumulation_steps=2)),
    "recomputed": dict(term=dict(objective="info_nce", tokens_per_pass=60)),
    "chunks": dict(term=dict(tokens_per_pass=150, groups_per_step=3)),
    "one_group": dict(term=dict(groups_per_step=1)),
    "measured": dict(term=dict(weight=0.0)),
    "zero_init": dict(zero_init=True),
    "every_other": dict(term=dict(every=2, warmup=2)),
    "reentrant": dict(args=dict(gradient_checkpointing=True, gradient_checkpointing_kwargs=dict(use_reentrant=True))),
}
FEW = {  # every night all
    1: ("default",),
    2: ("default", "accumulated", "chunks", "measured", "every_other"),
    3: ("default", "recomputed", "one_group", "zero_init", "reentrant"),
}
WHOLE = "WHOLE_MATRIX" in os.environ
TRIED = [
    (stage, name)
    for stage in STAGES
    for name in RUNS
    if (WHOLE and (stage == 3 or name != "zero_init")) or name in FEW[stage]
]
RESUMED = (2, 3) if WHOLE else (2,)


def job(name, *, double=False, **changes):
    made = dict(name=name, kind="trainer", trainer="sft", term={}) | RUNS[name]
    made["args"] = dict(per_device_train_batch_size=2) | made.get("args", {})
    if double:
        made["args"]["per_device_train_batch_size"] *= 2
    return made | changes


@pytest.fixture(scope="module")
def alone(run):
    return run([job(name, double=True) for name in RUNS], processes=1)


@pytest.fixture(scope="module")
def together(run):
    resumed = [
        dict(
            name=f"{stage}-resumed",
            kind="trainer",
            stage=stage,
            resume=2,
            args=dict(max_steps=4, save_strategy="steps", save_steps=2, optim="adamw_torch", learning_rate=1e-3),
            term={},
        )
        for stage in RESUMED
    ]
    return run([*(job(name, stage=stage) | {"name": f"{stage}-{name}"} for stage, name in TRIED), *resumed])


@pytest.mark.parametrize(("stage", "name"), TRIED)
def test_two_processes_train_as_one_without_deepspeed(stage, name, alone, together, apart):
    one, two = alone[name], together[f"{stage}-{name}"]
    norms = [[line["grad_norm"] for line in outcome.notes["lines"]] for outcome in (one, two)]
    assert norms[1] == pytest.approx(norms[0], rel=1e-4)
    assert apart(two.weights, one.weights) < 1e-5
    assert two.notes["engine"] == "DeepSpeedEngine"
    assert two.notes["steps"] == 3
    assert two.notes["agree"]


@pytest.mark.parametrize(("stage", "name"), TRIED)
def test_what_is_logged_is_of_all_groups(stage, name, alone, together):
    for one, two in zip(alone[name].notes["lines"], together[f"{stage}-{name}"].notes["lines"], strict=True):
        expected = {key: value for key, value in one.items() if key.startswith("consistency/")}
        assert {key: two[key] for key in expected} == pytest.approx(expected, rel=1e-3, abs=1e-4)


@pytest.mark.parametrize("stage", STAGES)
def test_the_reference_has_the_name_that_it_has_without_deepspeed(stage, alone, together):
    assert together[f"{stage}-default"].notes["reference"] == alone["default"].notes["reference"]


@pytest.mark.parametrize("stage", RESUMED)
def test_a_run_that_is_resumed_ends_as_one_never_stopped(stage, together, apart):
    found = together[f"{stage}-resumed"]
    assert apart(found.part("resumed/"), found.weights) < 1e-7
    assert found.notes["kept"] == ["checkpoint-2/consistency.safetensors", "checkpoint-4/consistency.safetensors"]
    assert len(found.notes["reference"]) == 1
