"""What every objective must do, shown for each that is listed."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from isoglot.errors import DataError, IsoglotError
from isoglot.objectives import OBJECTIVES

from . import naive

G, L, D = 3, 4, 7
every = pytest.mark.parametrize("name", sorted(OBJECTIVES))
# Those that compare directions; the others compare positions.
of_angles = pytest.mark.parametrize("name", sorted(set(OBJECTIVES) - {"pivot_distance"}))
centered = pytest.mark.parametrize("center", [False, True, "language"])


def states(seed=0, shape=(G, L, D), dtype=torch.float64):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def some_weights(seed=1):
    return torch.rand(G, L, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)) + 0.1


def without_detached(name):
    """Options under which the function's own gradient is that of its value."""
    if name in ("pivot_cosine", "pivot_distance", "info_nce"):
        return {"detach_pivot": False}
    return {"scaling": "none"} if name == "rank_one" else {}


@every
@centered
@pytest.mark.parametrize("weighted", [False, True])
def test_value_is_that_of_the_naive_loop(name, weighted, center):
    z, weights = states(), some_weights()
    found = OBJECTIVES[name](z, weights=weights if weighted else None, center=center)
    plain = z.numpy()
    if center:
        plain = plain - plain.mean(axis=(0,) if center == "language" else (0, 1), keepdims=True)
    w = weights.tolist() if weighted else [[1.0] * L] * G
    expected = getattr(naive, name)([list(group) for group in plain], w)
    assert found.tolist() == pytest.approx(expected, abs=1e-10)


@every
@centered
def test_gradient_is_that_of_finite_differences(name, center):
    z = states(2, shape=(2, L, 4)).requires_grad_()
    mask = torch.ones(2, L, dtype=torch.bool)
    mask[1, 3] = False
    options = without_detached(name) | {"mask": mask, "weights": some_weights()[:2], "center": center}
    assert torch.autograd.gradcheck(lambda x: OBJECTIVES[name](x, **options), (z,))


@every
def test_gradient_is_that_of_finite_differences_of_the_naive_loop(name):
    z, weights = states(6).requires_grad_(), some_weights()
    OBJECTIVES[name](z, weights=weights, **without_detached(name)).sum().backward()
    options = {"scaling": "none"} if name == "rank_one" else {}

    def total(plain):
        return sum(getattr(naive, name)([list(group) for group in plain], weights.tolist(), **options))

    plain, expected = z.detach().numpy(), torch.zeros(G, L, D, dtype=torch.float64)
    for place in np.ndindex(G, L, D):
        step = np.zeros_like(plain)
        step[place] = 1e-6
        expected[place] = (total(plain + step) - total(plain - step)) / 2e-6
    torch.testing.assert_close(z.grad, expected, rtol=1e-5, atol=1e-8)


@every
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_value_and_gradient_of_narrow_floats_are_those_of_the_same_numbers_in_float64(name, dtype):
    z = states(dtype=dtype).requires_grad_()
    wide = z.detach().to(torch.float64, copy=True).requires_grad_()
    value, exact = OBJECTIVES[name](z), OBJECTIVES[name](wide)
    assert value.shape == (G,)
    assert value.dtype == (torch.float64 if dtype == torch.float64 else torch.float32)
    torch.testing.assert_close(value.double(), exact, rtol=1e-6, atol=1e-6)
    value.sum().backward()
    exact.sum().backward()
    assert z.grad.dtype == dtype
    torch.testing.assert_close(z.grad, wide.grad.to(dtype), rtol=4 * torch.finfo(dtype).eps, atol=1e-6)


@every
def test_each_value_weighs_its_own_gradient(name):
    weigh = torch.tensor([0.5, 0.0, -2.0], dtype=torch.float64)
    together = states().requires_grad_()
    (OBJECTIVES[name](together) * weigh).sum().backward()
    apart = torch.zeros_like(together)
    for group in range(G):
        z = states().requires_grad_()
        OBJECTIVES[name](z)[group].backward()
        apart += weigh[group] * z.grad
    torch.testing.assert_close(together.grad, apart)


@of_angles
def test_length_of_rows_does_not_matter(name):
    z = states()
    lengths = torch.rand(G, L, 1, dtype=torch.float64) + 0.5
    torch.testing.assert_close(OBJECTIVES[name](z * lengths), OBJECTIVES[name](z))


@every
@centered
def test_order_of_groups_and_of_the_other_languages_does_not_matter(name, center):
    z = states()
    value = OBJECTIVES[name](z, center=center)
    torch.testing.assert_close(OBJECTIVES[name](z[[2, 0, 1]], center=center), value[[2, 0, 1]])
    torch.testing.assert_close(OBJECTIVES[name](z[:, [0, 3, 1, 2]], center=center), value)


@every
@centered
def test_a_missing_language_gives_what_the_smaller_group_gives(name, center):
    z = states()
    mask = torch.ones(G, L, dtype=torch.bool)
    mask[:, 2] = False
    kept = OBJECTIVES[name](z[:, [0, 1, 3]], center=center)
    z[:, 2] = torch.inf  # whatever stands in a row that is not there
    torch.testing.assert_close(OBJECTIVES[name](z, mask=mask, center=center), kept)


@every
@centered
def test_a_zero_weight_gives_what_a_missing_language_gives(name, center):
    z = states()
    weights = torch.ones(G, L)
    weights[:, 2] = 0
    kept = OBJECTIVES[name](z[:, [0, 1, 3]], center=center)
    torch.testing.assert_close(OBJECTIVES[name](z, weights=weights, center=center), kept)


@every
def test_a_language_missing_from_one_group_leaves_the_others_alone(name):
    z = states()
    mask = torch.ones(G, L, dtype=torch.bool)
    mask[1, 2] = False
    value = OBJECTIVES[name](z, mask=mask)
    whole, smaller = OBJECTIVES[name](z), OBJECTIVES[name](z[:, [0, 1, 3]])
    torch.testing.assert_close(value[[0, 2]], whole[[0, 2]])
    torch.testing.assert_close(value[1], smaller[1])


@every
@centered
def test_padding_gets_no_gradient_and_gives_none(name, center):
    mask = torch.ones(G, L, dtype=torch.bool)
    mask[:, 2] = False
    smaller = states()[:, [0, 1, 3]].requires_grad_()
    OBJECTIVES[name](smaller, center=center).sum().backward()
    for padding in (torch.inf, torch.nan, 0.0, 1e30):
        z = states()
        z[:, 2] = padding
        z.requires_grad_()
        OBJECTIVES[name](z, mask=mask, center=center).sum().backward()
        assert (z.grad[:, 2] == 0).all(), padding
        torch.testing.assert_close(z.grad[:, [0, 1, 3]], smaller.grad)


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
@pytest.mark.parametrize("missing", [slice(0, 1), slice(None)], ids=["pivots", "all rows"])
@centered
def test_a_batch_that_lacks_all_pivots_or_all_rows_spoils_nothing(name, missing, center):
    z = states().requires_grad_()
    mask = torch.ones(G, L, dtype=torch.bool)
    mask[:, missing] = False
    value = OBJECTIVES[name](z, mask=mask, center=center)
    value.sum().backward()
    assert torch.isfinite(z.grad).all()
    if missing == slice(None) or name in ("pivot_cosine", "pivot_distance", "info_nce"):
        assert (value == 0).all()
        assert (z.grad == 0).all()
    else:  # no row leads: the others are a smaller group
        torch.testing.assert_close(value, OBJECTIVES[name](states()[:, 1:], center=center))


@every
def test_rows_of_no_dimension_are_as_rows_of_zeros(name):
    value = OBJECTIVES[name](states(shape=(G, L, 0)))
    torch.testing.assert_close(value, OBJECTIVES[name](torch.zeros(G, L, 1, dtype=torch.float64)))


@of_angles
@pytest.mark.parametrize("languages", range(2, 10))
def test_rounding_makes_no_distance_in_angle_negative(name, languages):
    lengths = torch.rand(languages, 1, generator=torch.Generator().manual_seed(languages), dtype=torch.float64) + 0.5
    line = states(languages, shape=(50, 1, 16)) * lengths
    weights = torch.rand(50, languages, generator=torch.Generator().manual_seed(0)) + 0.1
    for given in (None, weights):
        assert (OBJECTIVES[name](line, weights=given) >= 0).all()


@every
def test_a_group_without_any_row_is_zero(name):
    z = states().requires_grad_()
    mask = torch.ones(G, L, dtype=torch.bool)
    mask[1] = False
    value = OBJECTIVES[name](z, mask=mask)
    assert value[1] == 0
    value.sum().backward()
    assert torch.isfinite(z.grad).all()


@of_angles
def test_a_row_of_zeros_is_at_right_angles_to_all_and_gets_no_gradient(name):
    z = torch.cat([states(), torch.zeros(G, L, 1, dtype=torch.float64)], dim=-1)
    zeroed, elsewhere = z.clone(), z.clone()
    zeroed[:, 2] = 0
    elsewhere[:, 2] = torch.nn.functional.one_hot(torch.tensor(D), D + 1)  # a direction no other row has
    zeroed.requires_grad_()
    value = OBJECTIVES[name](zeroed)
    value.sum().backward()
    assert (zeroed.grad[:, 2] == 0).all()
    assert torch.isfinite(zeroed.grad).all()
    if name in ("pivot_cosine", "pairwise_cosine"):
        torch.testing.assert_close(value, OBJECTIVES[name](elsewhere))


@every
@pytest.mark.parametrize("cut", [False, True], ids=["whole", "in blocks"])
def test_values_that_are_no_numbers_are_refused_with_their_place(name, cut, monkeypatch):
    if cut:
        monkeypatch.setattr("isoglot.objectives._blocks.budget", lambda _z, _beside, copies: 7 // copies)
    for bad in (torch.nan, torch.inf, -torch.inf):
        z = states()
        z[1, 2, 3] = bad  # of seven dimensions: neither in the first nor in the last part
        with pytest.raises(DataError, match="group 1, language 2"):
            OBJECTIVES[name](z)


@of_angles
def test_one_line_in_one_direction_is_the_least(name):
    rows = states(shape=(G, 1, D))
    line = rows * torch.tensor([1.0, 2.0, 3.0, 0.5])[None, :, None]
    least = OBJECTIVES[name](line)
    if name == "info_nce":  # least for the given pivots
        assert (OBJECTIVES[name](torch.cat([rows, states()[:, 1:]], dim=1)) > least + 1e-6).all()
    else:
        assert (OBJECTIVES[name](states()) > least + 1e-6).all()


@of_angles
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32, torch.float64])
def test_gradient_at_collinear_rows_is_finite(name, dtype):
    z = states(shape=(1, 1, D)) * torch.tensor([1.0, 2.0, 3.0, 0.5])[None, :, None]
    z = z.to(dtype).requires_grad_()
    OBJECTIVES[name](z).sum().backward()
    assert torch.isfinite(z.grad).all()
    assert z.grad.abs().max() < (1.0 if dtype == torch.bfloat16 else 1e-5)


@every
def test_groups_of_no_language_are_refused(name):
    with pytest.raises(DataError, match=r"^z: expected shape"):
        OBJECTIVES[name](states(shape=(G, 0, D)))


@every
def test_a_second_derivative_is_refused_rather_than_wrong(name):
    z = states().requires_grad_()
    (first,) = torch.autograd.grad(OBJECTIVES[name](z).sum(), z, create_graph=True)
    with pytest.raises(RuntimeError, match=r"once_differentiable|does not require grad"):
        first.sum().backward()


@every
def test_autocast_changes_nothing(name):
    z = states(dtype=torch.float32)
    with torch.autocast("cpu", torch.bfloat16):
        found = OBJECTIVES[name](z)
    torch.testing.assert_close(found, OBJECTIVES[name](z))


@every
@pytest.mark.parametrize(("languages", "dim"), [(1, 3), (2, 1), (2, 2049), (50, 3), (50, 33)])
def test_blocks_make_no_difference(name, languages, dim, monkeypatch):
    from isoglot.objectives import _blocks

    def found():
        z = states(shape=(5, languages, dim)).requires_grad_()
        value = OBJECTIVES[name](z)
        value.sum().backward()
        return value.detach(), z.grad

    value, grad = found()
    monkeypatch.setattr(_blocks, "budget", lambda _z, _beside, copies: 7 // copies)
    cut_value, cut_grad = found()
    torch.testing.assert_close(cut_value, value)
    # Where all rows are collinear (one dimension) the gradient is rounding.
    torch.testing.assert_close(cut_grad, grad, atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"mask": torch.ones(G, L + 1, dtype=torch.bool)}, "mask"),
        ({"weights": -torch.ones(G, L)}, "weights"),
        ({"weights": torch.full((G, L), torch.nan)}, "weights"),
        ({"weights": torch.ones(L)}, "weights"),
        ({"weights": [[1.0] * L] * G}, "weights"),
        ({"mask": [[True] * L] * G}, "mask"),
        ({"center": "group"}, "center"),
        ({"center": 0}, "center"),
    ],
)
def test_wrong_arguments_are_named(options, what):
    for objective in OBJECTIVES.values():
        with pytest.raises(IsoglotError, match=f"^{what}: expected"):
            objective(states(), **options)


@pytest.mark.parametrize(
    "z", [states()[0], torch.ones(G, L, D, dtype=torch.long), [states()[0, :2], states()[1, :, :3]]]
)
def test_anything_but_a_float_tensor_of_three_dimensions_is_told(z):
    for objective in OBJECTIVES.values():
        with pytest.raises(DataError, match=r"\(groups, languages, dim\)"):
            objective(z)
