"""A run that ends with its harmless prompts far away and all alike says so."""

from __future__ import annotations

import math
import warnings

import pytest

from isoglot import Consistency, attach
from isoglot.attach.ending import concern

from . import trainers


def log(drift, cosine, lines=20):
    """A log that passes both bounds on its way, and ends with these numbers."""
    on_the_way = [{"step": n, "consistency/retention": 1.5, "consistency/between_cosine": 0.9} for n in range(lines)]
    end = {"consistency/retention": drift, "consistency/between_cosine": cosine}
    return [line | end if n >= 0.7 * lines else line for n, line in enumerate(on_the_way)]


@pytest.mark.parametrize(("drift", "cosine"), [(1.68, 0.81), (1.09, 0.77), (0.93, 0.74), (0.88, 0.67), (0.855, 0.609)])
def test_where_harmless_answers_were_lost_it_is_said(drift, cosine):
    said = concern(log(drift, cosine), "standardized")
    assert f"consistency/retention {drift:.2f}" in said
    assert f"consistency/between_cosine {cosine:.2f}" in said


@pytest.mark.parametrize(
    "lines",
    [
        log(1.30, 0.34),  # far away, but prompts still differ: six in ten harmless prompts are answered
        log(0.76, 0.56),  # the lowest quarter: three in four are answered
        log(0.34, 0.68),  # alike, but where they were: 95 % are answered
        log(1.68, 0.81, lines=9),  # too short a log
        log(1.68, math.nan, lines=12),  # what is no number does not count
        [{"step": n, "loss": 1.0} for n in range(30)],
        [],
    ],
)
def test_of_other_logs_nothing_is_said(lines):
    assert concern(lines, "standardized") is None


def test_of_raw_states_nothing_is_said():
    assert concern(log(1.68, 0.81), "standardized") is not None
    assert concern(log(1.68, 0.81), "raw") is None  # there the drift is another measure


@pytest.mark.training
@pytest.mark.parametrize(("drift", "warns"), [(1.68, True), (0.3, False)])
def test_a_trainer_says_it_when_it_ends(tiny_model, tokenizer, pairs, groups, tmp_path, monkeypatch, drift, warns):
    trainer = trainers.causal(tiny_model, trainers.Kit(tokenizer, pairs, tmp_path), max_steps=12)
    attachment = attach(trainer, Consistency(layer=2, weight=0.0, budget=None), groups)
    numbers = {"consistency/retention": drift, "consistency/between_cosine": 0.81}
    monkeypatch.setattr(attachment, "recorded", lambda: numbers)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        trainer.train()
    said = [str(one.message) for one in heard if "harmless prompts are far from where they were" in str(one.message)]
    assert len(said) == warns
