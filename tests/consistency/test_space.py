"""Where the term looks: each language's own mean, the sample that a space is of, a resumed run's space."""

from __future__ import annotations

import pytest
import torch

from isoglot import Consistency, pivot_cosine
from isoglot.consistency import memory
from isoglot.consistency.term import ConsistencyTerm
from isoglot.groups.sampling import Turn
from isoglot.representation import Space

from .by_hand import at_states, by_hand, mean_and_scale, moved


@pytest.fixture(scope="module")
def few(groups):
    return groups.select(languages=("en", "zh", "sw", "ckb"))


def test_in_a_space_each_language_is_centred_by_its_own_mean(tiny_model, tokenizer, few):
    settings = at_states(layer=2, groups_per_step=6, center="language", space="standardized")
    term = ConsistencyTerm(tiny_model, tokenizer, settings, few)
    term.remember(tiny_model)
    before = by_hand(tiny_model, tokenizer, few, 2, few.languages).detach()
    _, scale = mean_and_scale(before)
    _, metrics = term(moved(tiny_model), Turn(0))
    now = by_hand(tiny_model, tokenizer, few.select(kinds=["harmful"]), 2, few.languages)
    expected = pivot_cosine((now - before.mean(0)) * scale).mean().item()
    assert metrics["loss"] == pytest.approx(expected, rel=2e-3)  # the reference has three decimal digits


@pytest.mark.parametrize("center", [True, "language", "prompt"])
def test_at_raw_states_the_drift_is_relative_whatever_is_centred(tiny_model, tokenizer, few, center):
    term = ConsistencyTerm(tiny_model, tokenizer, at_states(layer=2, groups_per_step=6, center=center), few)
    term.remember(tiny_model)
    harmless = few.select(kinds=["harmless"])
    before = by_hand(tiny_model, tokenizer, harmless, 2, few.languages).detach()
    _, metrics = term(moved(tiny_model, 0.3), Turn(0))
    now = by_hand(tiny_model, tokenizer, harmless, 2, few.languages)
    expected = ((now - before).square().sum(-1) / before.square().sum(-1)).mean().item()
    assert metrics["retention"] == pytest.approx(expected, rel=1e-2)


def test_a_resumed_run_looks_in_the_space_that_it_began_with(tiny_model, tokenizer, few):
    settings = Consistency(layer=2, groups_per_step=6, center="language")
    began, resumed = (ConsistencyTerm(tiny_model, tokenizer, settings, few) for _ in range(2))
    began.remember(tiny_model)
    resumed.remember(moved(tiny_model))
    expected = began(tiny_model, Turn(0))[0].item()
    assert resumed(tiny_model, Turn(0))[0].item() != pytest.approx(expected, rel=0.01)  # it has looked in its own
    resumed.load_state_dict(began.state_dict())
    assert resumed(tiny_model, Turn(0))[0].item() == pytest.approx(expected, rel=1e-5)


def test_a_space_of_many_prompts_is_fitted_to_some_in_every_language(tiny_model, tokenizer, few, monkeypatch):
    """Each n-th prompt would always be in the same language where n is a multiple of their number."""
    monkeypatch.setattr(memory, "LOOKED_AT", 12)  # of 12 groups in four languages
    looked = []
    fit = Space.fit
    monkeypatch.setattr(Space, "fit", lambda states, kind: looked.append(states) or fit(states, kind))
    term = ConsistencyTerm(tiny_model, tokenizer, Consistency(layer=2), few)
    term.remember(tiny_model)
    (states,) = looked
    assert states.size(1) == 12
    all_of_them = term.memory.at(term.prompts.to_remember, torch.zeros(()))[0]
    places = [(all_of_them == state).all(-1).nonzero().item() for state in states[0]]
    found = [term.prompts.to_remember[place] for place in places]
    assert {tag for _, tag in found} == set(few.languages)
    assert {group.kind for group, _ in found} == {"harmful", "harmless"}
    again = ConsistencyTerm(tiny_model, tokenizer, Consistency(layer=2), few)
    again.remember(tiny_model)
    torch.testing.assert_close(looked[1], states, rtol=0, atol=0)  # on each process, and when a run goes on
