"""The space in which states are compared, against numpy and on a model with a loud coordinate."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn.functional import cosine_similarity

from isoglot.errors import ConfigError
from isoglot.representation import Space
from isoglot.representation.space import QUIETEST, ROUNDING, SHRINKAGE


@pytest.fixture
def states():
    """(layers, prompts, hidden), one coordinate loud, one that never varies."""
    torch.manual_seed(0)
    mixed = torch.randn(2, 200, 6) @ torch.randn(2, 6, 6)
    mixed[..., 2] = 5000 + 30 * mixed[..., 2]
    mixed[..., 5] = 1.0
    return mixed


def test_a_space_that_there_is_not_is_refused_and_is_no_whitened_one(states):
    with pytest.raises(ConfigError, match="space: expected raw or standardized or whitened, got 'standardised'"):
        Space.fit(states, "standardised")


def test_standardized_is_the_distance_from_the_mean_in_spreads(states):
    space = Space.fit(states, "standardized")
    for layer in range(2):
        numbers = states[layer].double().numpy()
        spread = numbers.std(0)
        median = np.quantile(spread, 0.5, method="lower")
        spread = np.maximum(spread, np.maximum(QUIETEST * median, ROUNDING * np.abs(numbers).mean(0)))
        expected = torch.tensor((numbers - numbers.mean(0)) / spread)
        torch.testing.assert_close(space(states)[layer].double(), expected, rtol=1e-3, atol=2e-3)


def test_whitened_states_have_the_shrunk_correlation_undone(states):
    space = Space.fit(states[..., :5], "whitened")
    z = space(states[..., :5].double()).double()
    for layer in range(2):
        standard = Space.fit(states[..., :5], "standardized")(states[..., :5].double())[layer].double()
        correlation = standard.mT @ standard / 200
        shrunk = (1 - SHRINKAGE) * correlation + SHRINKAGE * torch.eye(5)
        values, vectors = np.linalg.eigh(shrunk.numpy())
        root = torch.tensor(vectors @ np.diag(values**-0.5) @ vectors.T)
        torch.testing.assert_close(z[layer], standard @ root, rtol=1e-3, atol=2e-3)


def test_what_half_precision_makes_of_a_loud_coordinate_is_not_blown_up():
    """By hand: around 1000 a spread is taken to be 10 at least, so that a difference of 2 is seen as 0.2."""
    states = torch.tensor([[1001.0, 1.0, -1.0], [999.0, -1.0, 1.0], [1001.0, -1.0, 1.0], [999.0, 1.0, -1.0]])
    seen = Space.fit(states.unsqueeze(0), "standardized")(states.unsqueeze(0))[0]
    expected = torch.tensor([[0.1, 1.0, -1.0], [-0.1, -1.0, 1.0], [0.1, -1.0, 1.0], [-0.1, 1.0, -1.0]])
    torch.testing.assert_close(seen, expected)


@pytest.mark.parametrize("kind", ["standardized", "whitened"])
def test_each_layer_has_a_space_of_its_own(states, kind):
    both = torch.stack([states[0, :, :5], 1000 * states[1, :, :5]])  # deeper layers have longer states
    seen = Space.fit(both, kind)(both)
    for layer in range(2):
        alone = both[layer : layer + 1]
        torch.testing.assert_close(seen[layer : layer + 1], Space.fit(alone, kind)(alone), rtol=1e-4, atol=1e-4)


def test_a_difference_is_seen_as_the_difference_of_what_is_seen(states):
    for kind in ("raw", "standardized", "whitened"):
        space = Space.fit(states[..., :5].double(), kind)
        one, other = states[:, :50, :5].double(), states[:, 50:100, :5].double()
        torch.testing.assert_close(space.of_differences(one - other), space(one) - space(other), rtol=1e-4, atol=1e-4)


def test_raw_takes_the_mean_off_and_nothing_else(states):
    space = Space.fit(states, "raw")
    torch.testing.assert_close(space(states), states - states.double().mean(1, keepdim=True).float())


def test_a_shape_of_groups_and_languages_stays(states):
    for kind in ("standardized", "whitened"):
        space = Space.fit(states, kind)
        grouped = states.view(2, 40, 5, 6)
        torch.testing.assert_close(space(grouped).view(2, 200, 6), space(states))


def test_what_a_loud_coordinate_hides_is_seen_in_the_space():
    """Two kinds of states that differ in quiet coordinates."""
    torch.manual_seed(0)
    kinds = torch.randn(2, 1, 8).repeat_interleave(50, 0) + 0.1 * torch.randn(100, 1, 8)
    states = torch.cat([kinds, 1000 + torch.randn(100, 1, 1)], -1).transpose(0, 1)
    assert cosine_similarity(states[0, 0], states[0, 60], dim=0) > 0.9999
    seen = Space.fit(states, "standardized")(states)[0]
    assert cosine_similarity(seen[0], seen[60], dim=0) < 0
    assert cosine_similarity(seen[0], seen[1], dim=0) > 0.5
