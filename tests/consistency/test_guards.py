"""What guards measure, by hand: how far states went, how much nearer prompts came, which groups are set aside."""

from __future__ import annotations

import pytest
import torch

from isoglot import PromptGroup, PromptGroups
from isoglot.consistency.guards import crowding, drift, guarded_groups
from isoglot.representation import Space


def test_the_drift_is_the_mean_over_layers_and_coordinates():
    before = torch.tensor([[[3.0, 4.0], [1.0, 0.0]], [[0.0, 2.0], [6.0, 8.0]]])  # two layers, two cells
    now = before + torch.tensor([[[1.0, 2.0], [0.0, 3.0]], [[0.0, 0.0], [1.0, 1.0]]])
    space = Space(mean=torch.full((2, 2), 7.0), scale=torch.tensor([[1.0, 2.0], [1.0, 1.0]]))
    # In the space: (1 + 16) / 2 and 0; (0 + 36) / 2 and (1 + 1) / 2.
    assert drift(now, before, space).tolist() == pytest.approx([(8.5 + 0) / 2, (18 + 1) / 2])
    # At the states, by their squared length: 5 / 25 and 0; 9 / 1 and 2 / 100.
    assert drift(now, before).tolist() == pytest.approx([(0.2 + 0) / 2, (9 + 0.02) / 2])


def plane(*pairs):
    """Unit directions in a plane, (1, prompts, 2)."""
    return torch.tensor([pairs], dtype=torch.float64)


def test_what_came_nearer_is_not_set_off_by_what_went_apart():
    before = torch.tensor([[[1.0, 0.0, 0.0], [0.6, 0.8, 0.0], [0.0, 0.0, 1.0]]])
    now = torch.tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.6, 0.0, 0.8]]])
    # The second left the first, to which the third came by 0.6; distances before were 0.4, 1 and 1.
    assert crowding(now, before).item() == pytest.approx(0.6 / 2.4)


def test_several_layers_are_one_sum():
    before = torch.cat([plane((1, 0), (0, 1)), plane((1, 0), (0.6, 0.8))])
    now = torch.cat([plane((1, 0), (0.6, 0.8)), plane((1, 0), (0.8, 0.6))])
    assert crowding(now, before).item() == pytest.approx((0.6 + 0.2) / (1 + 0.4))


def test_of_prompts_that_were_as_good_as_one_nothing_more_is_asked():
    angle = torch.tensor(0.03)  # 1 - cosine is 0.00045
    before = plane((1, 0), (angle.cos(), angle.sin()))
    assert crowding(plane((1, 0), (1, 0)), before).item() == 0


def test_a_prompt_without_a_direction_is_as_far_from_all_others_as_unrelated_ones():
    """Its languages cancel: it is at right angles to the others and counts nothing with itself."""
    before = plane((1, 0), (0, 1), (0, 0))
    now = plane((1, 0), (0.6, 0.8), (0, 0))
    assert crowding(now, before).item() == pytest.approx(0.6 / 3)


def test_a_share_is_drawn_by_seed():
    groups = PromptGroups([PromptGroup(str(n), {"en": "x", "sw": "y"}) for n in range(400)])
    one, other = ({group.id for group in guarded_groups(groups, 0.3, seed)} for seed in (0, 1))
    for found in (one, other):
        assert len(found) == pytest.approx(120, abs=4 * (400 * 0.3 * 0.7) ** 0.5)
    assert len(one & other) == pytest.approx(36, abs=25)  # 0.3 of 120: drawn apart
