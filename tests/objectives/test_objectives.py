"""What is particular to single objectives, against values by hand and against an SVD in float64."""

from __future__ import annotations

import math
import re
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch

from isoglot.errors import ConfigError
from isoglot.objectives import (
    OBJECTIVES,
    centroid,
    find_objective,
    info_nce,
    objective,
    pairwise_cosine,
    pivot_cosine,
    pivot_distance,
    rank_one,
    rows,
    unit_rows,
)
from isoglot.objectives.rank_one import equation

from . import naive

OPPOSITE = torch.tensor([[[1.0, 0.0], [-1.0, 0.0]]])
SAME = torch.tensor([[[1.0, 0.0], [1.0, 0.0]]])
RIGHT_ANGLE = torch.tensor([[[1.0, 0.0], [0.0, 1.0]]])


def states(seed=0, shape=(3, 4, 7), dtype=torch.float64):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def by_svd(z, temperature=0.2, scaling="leading"):
    """The published formula by torch's own SVD of the rows, in float64."""
    s = torch.linalg.svdvals(torch.nn.functional.normalize(z, dim=-1))
    if scaling == "leading":
        s = s / s[:, :1].detach()
    return -torch.log_softmax(s / temperature, dim=-1)[:, 0]


def nearly_collinear(angle, shape=(4, 6, 32)):
    groups, languages, dim = shape
    row = torch.nn.functional.normalize(states(1, (groups, 1, dim)), dim=-1)
    aside = torch.nn.functional.normalize(states(2, shape), dim=-1)
    lengths = torch.rand(groups, languages, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(3)) + 0.5
    return lengths * (row + angle * aside)


def repeated():
    """Singular values sqrt(1 + 2c), sqrt(1 - c), sqrt(1 - c): all cosines between the three rows are c."""
    c = 0.5
    gram = torch.full((3, 3), c, dtype=torch.float64) + (1 - c) * torch.eye(3, dtype=torch.float64)
    basis, _ = torch.linalg.qr(states(4, (9, 3)))
    return (torch.linalg.cholesky(gram) @ basis.mT).unsqueeze(0)


@pytest.mark.parametrize(
    "z",
    [
        pytest.param(states(), id="random"),
        pytest.param(states(7, (2, 50, 64)), id="fifty languages"),
        pytest.param(states(8, (2, 6, 3)), id="more rows than dimensions"),
        pytest.param(nearly_collinear(1e-1), id="0.1 rad"),
        pytest.param(nearly_collinear(1e-2), id="0.01 rad"),
        pytest.param(nearly_collinear(1e-3), id="0.001 rad"),
        pytest.param(nearly_collinear(1e-4), id="0.0001 rad"),
        pytest.param(nearly_collinear(1e-4, (2, 50, 100)), id="0.0001 rad, fifty languages"),
        pytest.param(nearly_collinear(1e-4, (8, 10, 16)), id="0.0001 rad, few dimensions"),
        pytest.param(nearly_collinear(1e-4, (8, 50, 64)), id="0.0001 rad, fifty languages, few dimensions"),
        pytest.param(repeated(), id="repeated singular values"),
        pytest.param(states(9) * 1e-6, id="short rows"),
        pytest.param(states(9) * 1e6, id="long rows"),
    ],
)
def test_rank_one_is_an_svd_in_float64_to_1e_6_and_its_gradient_to_1e_5(z):
    for dtype, temperature, scaling in product((torch.float64, torch.float32), (0.2, 1.0), ("leading", "none")):
        ours = z.to(dtype, copy=True).requires_grad_()
        exact = ours.detach().to(torch.float64, copy=True).requires_grad_()
        value = rank_one(ours, temperature=temperature, scaling=scaling)
        expected = by_svd(exact, temperature, scaling)
        assert (value.double() - expected).abs().max() < 1e-6
        as_printed = equation(exact.detach(), temperature=temperature, scaling=scaling)
        assert torch.allclose(as_printed, expected.detach(), rtol=0, atol=1e-12)
        value.sum().backward()
        expected.sum().backward()
        assert (ours.grad.double() - exact.grad).norm() / exact.grad.norm() < 1e-5


@pytest.mark.parametrize("scaling", ["leading", "none"])
def test_rank_one_with_weights_and_missing_languages_is_an_svd_of_the_rows_scaled(scaling):
    z, weights = states(11), torch.tensor([[1.0, 2.0, 0.5, 1.0], [1.0, 1.0, 1.0, 3.0], [0.2, 0.4, 0.6, 0.8]]).double()
    mask = torch.ones(3, 4, dtype=torch.bool)
    mask[1, 2] = False
    ours = z.clone().requires_grad_()
    value = rank_one(ours, scaling=scaling, weights=weights, mask=mask)
    value.sum().backward()
    for group in range(3):
        there = mask[group]
        exact = z[group, there].clone().requires_grad_()
        share = weights[group, there] / weights[group, there].sum() * there.sum()
        scaled = share.sqrt().unsqueeze(-1) * torch.nn.functional.normalize(exact, dim=-1)
        s = torch.linalg.svdvals(scaled)
        s = s / s[0].detach() if scaling == "leading" else s
        expected = -torch.log_softmax(s / 0.2, dim=0)[0]
        expected.backward()
        assert value[group].item() == pytest.approx(expected.item(), abs=1e-9)
        torch.testing.assert_close(ours.grad[group, there], exact.grad)


@pytest.mark.parametrize("scaling", ["leading", "none"])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
@pytest.mark.parametrize("languages", [1, 2, 10])
def test_rank_one_at_its_optimum_has_its_least_value_and_no_gradient(languages, dtype, scaling):
    # Lengths are powers of two, so that the rows are collinear in bfloat16 too.
    lengths = 2.0 ** (torch.arange(languages) % 3 - 1)
    z = (states(shape=(2, 1, 16)) * lengths[None, :, None]).to(dtype).requires_grad_()
    value = rank_one(z, scaling=scaling)
    first = 1.0 if scaling == "leading" else math.sqrt(languages)
    least = math.log1p((languages - 1) * math.exp(-first / 0.2))
    assert value.tolist() == pytest.approx([least] * 2, abs=1e-6)
    value.sum().backward()
    assert z.grad.abs().max() < 1e-6


def test_rank_one_with_duplicated_rows_moves_them_alike():
    # Two of the rows are the same: a singular value is 0, where an SVD's gradient has no direction.
    z = states(5, (1, 3, 8))
    z = z[:, [0, 1, 2, 2]].requires_grad_()
    value = rank_one(z)
    assert value.item() == pytest.approx(by_svd(z.detach()).item(), abs=1e-6)
    value.backward()
    assert torch.isfinite(z.grad).all()
    torch.testing.assert_close(z.grad[:, 2], z.grad[:, 3])
    # A step against the gradient lowers the value by as much as the gradient says.
    step, plain = 1e-6, z.detach().requires_grad_()
    before = rank_one(plain, scaling="none")
    before.backward()
    after = rank_one((plain - step * plain.grad).detach(), scaling="none")
    assert (before - after).item() == pytest.approx(step * plain.grad.square().sum().item(), rel=1e-3)


def test_rank_one_against_the_formula_by_hand():
    # Two rows at a right angle have singular values 1, 1: the share is one half, whatever the scaling.
    for scaling in ("leading", "none"):
        assert rank_one(RIGHT_ANGLE, scaling=scaling).item() == pytest.approx(np.log(2), rel=1e-6)
    # Two equal rows have singular values sqrt(2), 0: unscaled the exponent is sqrt(2) / tau.
    assert rank_one(SAME, scaling="none", temperature=1.0).item() == pytest.approx(np.log(1 + np.exp(-(2**0.5))))


def test_rank_one_does_not_tell_opposite_directions_and_the_others_do():
    assert rank_one(OPPOSITE).item() == pytest.approx(rank_one(SAME).item())
    assert pivot_cosine(OPPOSITE).item() == pytest.approx(2.0)
    assert pairwise_cosine(OPPOSITE).item() == pytest.approx(2.0)
    assert centroid(OPPOSITE).item() == pytest.approx(1.0)


def test_leading_singular_value_is_detached_as_in_the_released_code():
    z = states(5, shape=(1, 3, 7)).requires_grad_()
    rank_one(z).sum().backward()
    unit = torch.nn.functional.normalize(z.detach(), dim=-1).requires_grad_()
    s = torch.linalg.svdvals(unit[0])
    (-torch.log_softmax(s / s[0].detach() / 0.2, 0)[0]).backward()
    by_hand = (unit.grad - (unit.grad * unit).sum(-1, keepdim=True) * unit) / z.detach().norm(dim=-1, keepdim=True)
    torch.testing.assert_close(z.grad, by_hand)


@pytest.mark.parametrize("function", [pivot_cosine, info_nce])
def test_the_pivot_is_a_target_without_gradient(function):
    z = states().requires_grad_()
    function(z, pivot=1).sum().backward()
    assert (z.grad[:, 1] == 0).all()
    # What the others get is what autograd gives them with the pivot's rows held still.
    other = states().requires_grad_()
    unit = torch.nn.functional.normalize(other, dim=-1)
    target = unit[:, 1].detach()
    if function is pivot_cosine:
        expected = 1 - torch.einsum("gld,gd->gl", unit, target)[:, [0, 2, 3]].mean(-1)
    else:
        logits = torch.einsum("gld,hd->glh", unit, target)[:, [0, 2, 3]] / 0.2
        expected = -torch.stack([logits.log_softmax(-1)[g, :, g].mean() for g in range(3)])
    expected.sum().backward()
    torch.testing.assert_close(z.grad[:, [0, 2, 3]], other.grad[:, [0, 2, 3]])


def test_pairwise_moves_every_language_and_the_pivot_too():
    z = states().requires_grad_()
    pairwise_cosine(z).sum().backward()
    assert (z.grad.abs().sum(-1) > 0).all()


def test_centroid_is_one_less_the_length_of_the_mean_row():
    z = states()
    mean = torch.nn.functional.normalize(z, dim=-1).mean(1)
    torch.testing.assert_close(centroid(z), 1 - mean.norm(dim=-1))
    # Rows that cancel have no mean direction: no gradient rather than an endless one.
    cancel = OPPOSITE.clone().requires_grad_()
    centroid(cancel).sum().backward()
    assert torch.isfinite(cancel.grad).all()


def test_info_nce_keeps_prompts_apart_and_pivot_cosine_does_not():
    fallen = torch.ones(3, 4, 7)  # every prompt in every language in one place
    assert pivot_cosine(fallen).abs().max() < 1e-6
    assert info_nce(fallen).tolist() == pytest.approx([math.log(3)] * 3)


def test_info_nce_of_a_group_alone_is_zero():
    z = states(shape=(1, 4, 7)).requires_grad_()
    value = info_nce(z)
    assert value.item() == pytest.approx(0.0, abs=1e-9)
    value.sum().backward()
    assert z.grad.abs().max() < 1e-9


@pytest.mark.parametrize("detach_pivot", [True, False])
def test_a_group_without_its_pivot_counts_nothing_and_is_no_negative_for_others(detach_pivot):
    z, others = states().requires_grad_(), states()[[0, 2]].requires_grad_()
    mask = torch.ones(3, 4, dtype=torch.bool)
    mask[1, 0] = False
    value, expected = info_nce(z, mask=mask, detach_pivot=detach_pivot), info_nce(others, detach_pivot=detach_pivot)
    torch.testing.assert_close(value[[0, 2]], expected)
    assert value[1] == 0
    value.sum().backward()
    expected.sum().backward()
    torch.testing.assert_close(z.grad[[0, 2]], others.grad)
    assert (z.grad[1] == 0).all()


@pytest.mark.parametrize("temperature", [0.0, -1.0, math.inf, math.nan, "0.2", True])
@pytest.mark.parametrize("function", [rank_one, info_nce])
def test_a_temperature_that_is_not_positive_is_refused(function, temperature):
    with pytest.raises(ConfigError, match="temperature"):
        function(states(), temperature=temperature)


def test_rank_one_refuses_a_scaling_that_means_nothing():
    with pytest.raises(ConfigError, match="scaling"):
        rank_one(states(), scaling="trailing")


@pytest.mark.parametrize("function", [pivot_cosine, info_nce])
def test_a_pivot_that_is_not_there_is_refused(function):
    for pivot in (4, -5, 0.5):
        with pytest.raises(ConfigError, match="pivot"):
            function(states(), pivot=pivot)


@pytest.mark.parametrize("function", [pivot_cosine, pivot_distance, info_nce])
@pytest.mark.parametrize("place", [-1, -2, -4])
def test_a_pivot_may_be_counted_from_the_end(function, place):
    weights = torch.tensor([[1.0, 2.0, 0.5, 3.0]] * 3).double()
    found, expected = (states().requires_grad_() for _ in range(2))
    value = function(found, pivot=place, weights=weights)
    order = [place % 4, *(other for other in range(4) if other != place % 4)]  # with the pivot first
    first = function(expected[:, order], weights=weights[:, order])
    torch.testing.assert_close(value, first)
    plain = getattr(naive, function.__name__)([list(g) for g in states()[:, order].numpy()], weights[:, order].tolist())
    assert value.tolist() == pytest.approx(plain, abs=1e-10)
    value.sum().backward()
    first.sum().backward()
    torch.testing.assert_close(found.grad, expected.grad)
    assert (found.grad[:, place] == 0).all()


@pytest.mark.parametrize("function", [pivot_cosine, pivot_distance, info_nce])
@pytest.mark.parametrize("own", [0.0, 7.0])
def test_the_pivots_own_weight_is_not_used(function, own):
    weights = torch.tensor([[own, 2.0, 0.5, 3.0], [1.0, 1.0, 0.0, 4.0], [own, 1.0, 1.0, 1.0]]).double()
    value = function(states(), weights=weights)
    plain = getattr(naive, function.__name__)([list(group) for group in states().numpy()], weights.tolist())
    assert value.tolist() == pytest.approx(plain, abs=1e-10)
    assert (value > 0).all()


def test_one_of_your_own_is_listed_and_must_take_what_all_take():
    def spread(z, *, weights=None, mask=None, center=False):
        return unit_rows(rows(z, weights, mask, center)).var(1).sum(-1)

    try:
        assert objective(spread) is OBJECTIVES["spread"]
        assert OBJECTIVES["spread"](states()).shape == (3,)
    finally:
        OBJECTIVES.pop("spread", None)

    def rank_one(z):
        return z

    with pytest.raises(ConfigError, match="weights, mask, center"):
        objective(rank_one)
    assert OBJECTIVES["rank_one"] is not rank_one


def test_a_name_that_is_taken_is_refused():
    def centroid(z, *, weights=None, mask=None, center=False):
        return z

    with pytest.raises(ConfigError, match="objective centroid: expected a new name"):
        objective(centroid)


def _least_cosine(rows):
    unit = torch.nn.functional.normalize(rows, dim=-1)
    return (unit @ unit.mT).min().item()


def test_the_page_on_writing_ones_own_runs():
    page = Path(__file__).parents[2] / "docs" / "objectives.md"
    blocks = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    names: dict = {}
    try:
        for block in blocks:
            exec(block, names)  # noqa: S102 - our own page
        z, found = states(), OBJECTIVES["softest_pair"]
        mask, zero = torch.ones(3, 4, dtype=torch.bool), torch.ones(3, 4)
        mask[:, 2], zero[:, 2] = False, 0
        smaller = found(z[:, [0, 1, 3]])
        torch.testing.assert_close(found(z, mask=mask), smaller)
        torch.testing.assert_close(found(z, weights=zero), smaller)
        assert (found(z, weights=torch.tensor([[1.0, 2.0, 3.0, 4.0]]).expand(3, 4)) != found(z)).all()
        mask[1] = False
        mask[2, 1:] = False
        assert found(z, mask=mask)[1:].tolist() == [0, 0]
        assert found(z, temperature=1e-3)[0].item() == pytest.approx(1 - _least_cosine(z[0]), abs=0.01)
        assert torch.autograd.gradcheck(lambda x: found(x, mask=mask), (z.requires_grad_(),))
    finally:
        OBJECTIVES.pop("softest_pair", None)


@pytest.mark.parametrize(
    ("wanted", "message"), [("math:pi", "by name"), ("rank_on", "Did you mean 'rank_one'"), (len, "by name")]
)
def test_what_is_no_objective_is_told(wanted, message):
    with pytest.raises(ConfigError, match=message):
        find_objective(wanted)


def test_rows_that_nearly_agree_in_as_many_languages_as_dimensions():
    # Their least singular values are a hundredth of the angle and less: squared, few digits of float64 are left.
    ours = nearly_collinear(1e-4, (4, 10, 10)).requires_grad_()
    exact = ours.detach().clone().requires_grad_()
    value, expected = rank_one(ours), by_svd(exact)
    assert (value - expected).abs().max() < 1e-6
    value.sum().backward()
    expected.sum().backward()
    assert (ours.grad - exact.grad).norm() / exact.grad.norm() < 1e-2


def test_a_row_of_zeros_adds_a_singular_value_of_zero():
    z = states()
    z[:, 2] = 0
    s = torch.linalg.svdvals(torch.nn.functional.normalize(z, dim=-1))
    expected = -torch.log_softmax(s / s[:, :1] / 0.2, dim=-1)[:, 0]
    torch.testing.assert_close(rank_one(z), expected)


def test_a_distance_counts_lengths_and_is_least_where_rows_are_one():
    z = torch.randn(3, 4, 7, dtype=torch.float64)
    torch.testing.assert_close(pivot_distance(3 * z), 9 * pivot_distance(z))
    one = z[:, :1].expand(-1, 4, -1).clone().requires_grad_()
    value = pivot_distance(one)
    assert (value == 0).all()
    value.sum().backward()
    assert (one.grad == 0).all()


def test_a_distance_of_unrelated_standard_rows_is_about_two():
    torch.manual_seed(0)
    assert pivot_distance(torch.randn(50, 4, 200)).mean().item() == pytest.approx(2, abs=0.05)
