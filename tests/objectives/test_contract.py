"""What every objective must do, shown for each that is listed."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch

from isoglot.errors import ConfigError
from isoglot.objectives import OBJECTIVES, pivot_cosine, rank_one

_spec = importlib.util.spec_from_file_location("naive", Path(__file__).with_name("naive.py"))
naive = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(naive)

G, L, D = 3, 4, 7
every = pytest.mark.parametrize("name", sorted(OBJECTIVES))


def states(seed=0, shape=(G, L, D), dtype=torch.float64):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


@every
@pytest.mark.parametrize("weighted", [False, True])
def test_value_is_that_of_the_naive_loop(name, weighted):
    z = states()
    weights = torch.rand(G, L, dtype=torch.float64, generator=torch.Generator().manual_seed(1)) + 0.1
    found = OBJECTIVES[name](z, weights=weights if weighted else None)
    for group in range(G):
        w = weights[group].tolist() if weighted else [1.0] * L
        expected = getattr(naive, name)([row.numpy() for row in z[group]], w)
        assert found[group].item() == pytest.approx(expected, abs=1e-10)


@every
def test_gradient_is_that_of_finite_differences(name):
    # The pivot is a target without gradient, so the check holds the function's own gradient against differences
    # of the function with the pivot's row held still.
    z = states(2).requires_grad_()
    options = {"detach_pivot": False} if name == "pivot_cosine" else {"scaling": "none"} if name == "rank_one" else {}
    assert torch.autograd.gradcheck(lambda x: OBJECTIVES[name](x, **options), (z,))


@every
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_returns_float32_or_wider_and_a_finite_gradient(name, dtype):
    z = states(dtype=dtype).requires_grad_()
    value = OBJECTIVES[name](z)
    assert value.shape == (G,)
    assert value.dtype == (torch.float64 if dtype == torch.float64 else torch.float32)
    value.sum().backward()
    assert torch.isfinite(z.grad).all()


@every
def test_length_of_rows_does_not_matter(name):
    z = states()
    lengths = torch.rand(G, L, 1, dtype=torch.float64) + 0.5
    torch.testing.assert_close(OBJECTIVES[name](z * lengths), OBJECTIVES[name](z))


@every
def test_order_of_groups_and_of_the_other_languages_does_not_matter(name):
    z = states()
    value = OBJECTIVES[name](z)
    torch.testing.assert_close(OBJECTIVES[name](z[[2, 0, 1]]), value[[2, 0, 1]])
    torch.testing.assert_close(OBJECTIVES[name](z[:, [0, 3, 1, 2]]), value)


@every
def test_a_missing_language_gives_what_the_smaller_group_gives(name):
    z = states()
    mask = torch.ones(G, L, dtype=torch.bool)
    mask[:, 2] = False
    kept = OBJECTIVES[name](z[:, [0, 1, 3]])
    z[:, 2] = torch.inf  # whatever stands in a row that is not there
    torch.testing.assert_close(OBJECTIVES[name](z, mask=mask), kept)


@every
def test_a_zero_weight_gives_what_a_missing_language_gives(name):
    z = states()
    weights = torch.ones(G, L)
    weights[:, 2] = 0
    torch.testing.assert_close(OBJECTIVES[name](z, weights=weights), OBJECTIVES[name](z[:, [0, 1, 3]]))


@every
def test_a_missing_language_gets_no_gradient(name):
    z = states().requires_grad_()
    mask = torch.ones(G, L, dtype=torch.bool)
    mask[:, 2] = False
    OBJECTIVES[name](z, mask=mask).sum().backward()
    assert (z.grad[:, 2] == 0).all()
    assert (z.grad[:, 3] != 0).any()


@every
@pytest.mark.parametrize("shape", [(0, L, D), (G, 1, D)])
def test_nothing_to_compare_is_zero_and_keeps_backward_valid(name, shape):
    z = states(shape=shape).requires_grad_()
    value = OBJECTIVES[name](z)
    assert value.shape == (shape[0],)
    assert (value == 0).all()
    value.sum().backward()
    assert (z.grad == 0).all()


@every
def test_a_group_without_any_row_is_zero(name):
    z = states().requires_grad_()
    mask = torch.ones(G, L, dtype=torch.bool)
    mask[1] = False
    value = OBJECTIVES[name](z, mask=mask)
    assert value[1] == 0
    value.sum().backward()
    assert torch.isfinite(z.grad).all()


@every
def test_one_line_in_one_direction_is_the_least(name):
    row = states(shape=(1, 1, D))
    line = row * torch.tensor([1.0, 2.0, 3.0, 0.5])[None, :, None]
    least = OBJECTIVES[name](line)
    assert (OBJECTIVES[name](states()) > least + 1e-6).all()


@every
def test_gradient_at_collinear_rows_is_finite(name):
    z = (states(shape=(1, 1, D)) * torch.tensor([1.0, 2.0, 3.0, 0.5])[None, :, None]).requires_grad_()
    OBJECTIVES[name](z).sum().backward()
    assert torch.isfinite(z.grad).all()


@every
@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"mask": torch.ones(G, L + 1, dtype=torch.bool)}, "mask"),
        ({"weights": -torch.ones(G, L)}, "weights"),
        ({"weights": torch.full((G, L), torch.nan)}, "weights"),
    ],
)
def test_wrong_arguments_are_named(name, options, what):
    with pytest.raises(ValueError, match=what):
        OBJECTIVES[name](states(), **options)


@every
def test_wrong_shape_is_told(name):
    with pytest.raises(ValueError, match=r"\(groups, languages, dim\)"):
        OBJECTIVES[name](states()[0])


def test_rank_one_against_the_formula_by_hand():
    # Two rows at a right angle have singular values 1, 1: the share is one half, whatever the scaling.
    right_angle = torch.tensor([[[1.0, 0.0], [0.0, 1.0]]])
    for scaling in ("leading", "none"):
        assert rank_one(right_angle, scaling=scaling).item() == pytest.approx(np.log(2), rel=1e-6)
    # Two equal rows have singular values sqrt(2), 0: unscaled the exponent is sqrt(2) / tau.
    line = torch.tensor([[[1.0, 0.0], [1.0, 0.0]]])
    assert rank_one(line, scaling="none", temperature=1.0).item() == pytest.approx(np.log(1 + np.exp(-(2**0.5))))


def test_rank_one_does_not_tell_opposite_directions_and_pivot_cosine_does():
    opposite = torch.tensor([[[1.0, 0.0], [-1.0, 0.0]]])
    same = torch.tensor([[[1.0, 0.0], [1.0, 0.0]]])
    assert rank_one(opposite).item() == pytest.approx(rank_one(same).item())
    assert pivot_cosine(opposite).item() == pytest.approx(2.0)


def test_leading_singular_value_is_detached_as_in_the_released_code():
    z = states(5, shape=(1, 3, D)).requires_grad_()
    rank_one(z).sum().backward()
    unit = torch.nn.functional.normalize(z.detach(), dim=-1).requires_grad_()
    s = torch.linalg.svdvals(unit[0])
    (-torch.log_softmax(s / s[0].detach() / 0.2, 0)[0]).backward()
    by_hand = (unit.grad - (unit.grad * unit).sum(-1, keepdim=True) * unit) / z.detach().norm(dim=-1, keepdim=True)
    torch.testing.assert_close(z.grad, by_hand)


def test_the_pivot_is_a_target_without_gradient():
    z = states().requires_grad_()
    pivot_cosine(z, pivot=1).sum().backward()
    assert (z.grad[:, 1] == 0).all()


@pytest.mark.parametrize("options", [{"temperature": 0.0}, {"temperature": -1.0}, {"scaling": "trailing"}])
def test_rank_one_refuses_settings_that_mean_nothing(options):
    with pytest.raises(ConfigError):
        rank_one(states(), **options)


def test_pivot_cosine_refuses_a_pivot_that_is_not_there():
    with pytest.raises(ConfigError, match="pivot"):
        pivot_cosine(states(), pivot=L)
