"""The line drawn in one language, and what it does in others, against loops over prompts and values by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from isoglot.probe.told_apart import FOLDS, places_along, told_apart

KINDS = torch.tensor([True] * 7 + [False] * 6)


def states(seed=0):
    torch.manual_seed(seed)
    found = torch.randn(13, 3, 8)
    found[KINDS] += 2 * torch.randn(8)
    return found


def placed_alone(found, harmful, pivot):
    """Each prompt by a line of the groups in other folds, one prompt after the other."""
    fold = {}
    for kind in (True, False):
        members = [group for group in range(len(harmful)) if bool(harmful[group]) == kind]
        fold |= {group: number % FOLDS for number, group in enumerate(members)}
    rows = []
    for group in range(len(harmful)):
        ends = []
        for kind in (True, False):
            others = [o for o in fold if fold[o] != fold[group] and bool(harmful[o]) == kind]
            ends.append(sum(found[o, pivot] for o in others) / len(others))
        line = ends[0] - ends[1]
        rows.append([((x - (ends[0] + ends[1]) / 2) @ line / (line @ line)).item() for x in found[group]])
    return torch.tensor(rows)


def test_places_against_a_loop():
    found = states()
    mask = torch.ones(13, 3, dtype=torch.bool)
    torch.testing.assert_close(places_along(found, mask, KINDS, 1), placed_alone(found, KINDS, 1))


def test_no_prompt_is_placed_by_itself():
    torch.manual_seed(1)
    noise = torch.randn(60, 1, 2000)  # nothing to tell apart: by a line through themselves all would be
    harmful = torch.arange(60) % 2 == 0
    places = places_along(noise, torch.ones(60, 1, dtype=torch.bool), harmful, 0).numpy()
    found = told_apart(places, harmful.numpy(), np.ones((1, 60)))
    assert 0.2 < found.separability[0, 0] < 0.8
    assert abs(found.gap[0, 0]) < 0.2


def test_absent_prompts_have_no_place_and_count_nowhere():
    found, mask = states(), torch.ones(13, 3, dtype=torch.bool)
    mask[[0, 9], 2] = False
    found[~mask] = 1e6
    places = places_along(found, mask, KINDS, 0)
    assert torch.equal(places.isnan(), ~mask)
    whole = told_apart(places.numpy(), KINDS.numpy(), np.ones((1, 13)))
    kept = [group for group in range(13) if group not in (0, 9)]
    alone = told_apart(places[kept].numpy(), KINDS[kept].numpy(), np.ones((1, 11)))
    for one, other in zip(whole, alone, strict=True):
        assert one[0, 2] == pytest.approx(other[0, 2])


def test_measures_by_hand():
    places = np.array([[0.6, 0.4], [0.2, -0.1], [-0.3, 0.4], [-0.5, -0.7]])
    found = told_apart(places, np.array([True, True, False, False]), np.ones((1, 4)))
    assert found.separability[0].tolist() == pytest.approx([1.0, (0.5 + 1 + 0 + 1) / 4])  # a tie is one half
    assert found.transfer[0].tolist() == pytest.approx([1.0, 0.5])
    assert found.gap[0].tolist() == pytest.approx([0.4 + 0.4, 0.15 + 0.15])
    assert found.shift[0].tolist() == pytest.approx([0.0, 0.0])


def test_a_draw_is_its_prompts_as_often_as_it_has_them():
    torch.manual_seed(2)
    places = torch.randn(9, 2).double().numpy()
    harmful = np.arange(9) < 4
    times = np.array([[2, 0, 1, 1, 1, 3, 0, 1, 0], [1, 1, 1, 1, 0, 0, 0, 0, 5]], dtype=float)
    drawn = told_apart(places, harmful, times)
    for draw, row in enumerate(times):
        again = np.repeat(np.arange(9), row.astype(int))
        alone = told_apart(places[again], harmful[again], np.ones((1, len(again))))
        for one, other in zip(drawn, alone, strict=True):
            np.testing.assert_allclose(one[draw], other[0])


def test_a_language_with_one_kind_has_no_values():
    places = np.array([[0.1, np.nan], [0.2, np.nan], [-0.1, -0.1], [-0.2, 0.3]])
    found = told_apart(places, np.array([True, True, False, False]), np.ones((2, 4)))
    assert all(np.isnan(values[:, 1]).all() and not np.isnan(values[:, 0]).any() for values in found)
