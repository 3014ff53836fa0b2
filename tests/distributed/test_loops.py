"""Loops of one's own on two processes train as one process does that has all the data."""

from __future__ import annotations

import os

import pytest

pytestmark = pytest.mark.training

TERMS = {
    "default": {},
    "chunks": dict(tokens_per_pass=150),
    "recomputed": dict(tokens_per_pass=30),
    "info_nce": dict(objective="info_nce"),
    "info_nce_recomputed": dict(objective="info_nce", tokens_per_pass=60),
    "separation": dict(separation=2.0, groups_per_step=3),
    "extractor": dict(objective="rank_one", extractor="linear", extractor_dim=6, tokens_per_pass=100),
    "one_group": dict(groups_per_step=1),
    "one_group_info_nce": dict(groups_per_step=1, separation=1.0),
    "measured": dict(weight=0.0),
    "top_layers": dict(layer=3, gradient_layers=1),
}
ENGINES = {
    "ddp_sequential": dict(engine="ddp", mode="sequential"),
    "ddp_sequential_unused": dict(engine="ddp", mode="sequential", unused=True),
    "ddp_joint": dict(engine="ddp", mode="joint"),
    "ddp_joint_base_first": dict(engine="ddp", mode="joint", unused=True, order="base"),
    "fsdp2_sequential": dict(engine="fsdp2", mode="sequential"),
    "fsdp2_joint": dict(engine="fsdp2", mode="joint"),
}
FEW = ("default", "recomputed", "info_nce", "one_group", "measured")
FEWER = ("default", "recomputed", "measured")  # every night more
WHOLE = "WHOLE_MATRIX" in os.environ
WHOLLY = ("ddp_sequential", "fsdp2_sequential") if WHOLE else ("ddp_sequential",)
TRIED = [
    (engine, term)
    for engine in ENGINES
    for term in TERMS
    if engine in WHOLLY
    or term in (FEW if WHOLE or engine == "fsdp2_sequential" else FEWER)
    or (engine, term) == ("ddp_joint", "extractor")  # whose gradient the loop itself adds up, as no engine does
]


@pytest.fixture(scope="module")
def alone(run):
    jobs = [dict(name=name, kind="loop", engine="none", mode="sequential", term=term) for name, term in TERMS.items()]
    return run(jobs, processes=1)


@pytest.fixture(scope="module")
def together(run):
    return run(
        [dict(name=f"{engine}-{term}", kind="loop", term=TERMS[term], **ENGINES[engine]) for engine, term in TRIED]
    )


@pytest.mark.parametrize(("engine", "term"), TRIED)
def test_gradients_of_two_processes_are_those_of_one(engine, term, alone, together, apart):
    one, two = alone[term], together[f"{engine}-{term}"]
    for step in range(3):
        rounding = 2e-6 * 10**step if term == "extractor" else 2e-5  # an extractor that is trained makes it grow
        assert apart(two.gradient(step), one.gradient(step)) < rounding
        if term == "extractor":
            assert apart(two.part(f"extractor{step}/"), one.part(f"extractor{step}/")) < 2e-4
    assert apart(two.weights, one.weights) < 1e-6
    assert two.notes["agree"]


@pytest.mark.parametrize(("engine", "term"), TRIED)
def test_metrics_are_those_of_all_groups(engine, term, alone, together):
    one, two = alone[term].notes["metrics"], together[f"{engine}-{term}"].notes["metrics"]
    for expected, found in zip(one, two, strict=True):
        assert found == pytest.approx(expected, rel=1e-3, abs=1e-5, nan_ok=True)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_models_name_does_not_depend_on_who_holds_it(engine, together):
    notes = together[f"{engine}-default"].notes
    assert notes["hash"] == notes["hash_wrapped"]
