"""Objectives as functions of cosines: exact for rows that nearly agree, and lean in memory.

The cosines come from Gram matrices in float64, block by block, so that neither normalised nor wider copies of the
representations are ever held: the angles of a group that has come together are far below what float32 can show in a
cosine. The gradient with respect to the representations is one small matrix per group times the rows themselves.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from ..errors import DataError, problem
from ._rows import Rows

OfCosines = Callable[[Tensor, Tensor, Tensor], Tensor]
_SHARE = 0.045  # of the input and its gradient, what may be held beside them ...
_LEAST = {"cpu": 1 << 12}  # ... or so many bytes, where that is more
_LEAST_ELSEWHERE = 1 << 24


def of_cosines(function: OfCosines, found: Rows, *, held: Tensor | None = None) -> Tensor:
    """Evaluates a function of each group's cosines, with its gradient.

    Args:
        function: ``(cosines, share, present) -> values``: cosines (groups, languages, languages) float64, 0 where a row
            is absent or all zeros; share (groups, languages) float64; present (groups, languages) bool; values
            (groups,). It must treat every group by itself, and be differentiable in the cosines.
        found: what :func:`rows` returned.
        held: rows that are targets only and get no gradient, (languages,) bool.

    Returns:
        (groups,), float64 for float64 representations and float32 otherwise.

    Raises:
        DataError: for a row that is there and holds infinity or not-a-number.
    """
    return _OfCosines.apply(found.z, found.present, found.share, held, function)


class _OfCosines(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, z: Tensor, present: Tensor, share: Tensor, held: Tensor | None, function: OfCosines
    ) -> Tensor:
        groups, languages, _ = z.shape
        whole = bool(present.all())
        gram = z.new_zeros((groups, languages, languages), dtype=torch.float64)
        for block, parts in _blocks(z):
            for part in parts:
                x = _wide(z, None if whole else present, block, part)
                gram[block].baddbmm_(x, x.mT)
        squares = gram.diagonal(dim1=-2, dim2=-1).clone()
        _check_finite(squares)
        inverse = torch.where(squares > 0, squares, torch.inf).rsqrt()  # a row of zeros has no direction
        cosines = gram.mul_(inverse.unsqueeze(-1)).mul_(inverse.unsqueeze(-2))
        value = z.new_zeros(groups, dtype=torch.float64)
        needed = ctx.needs_input_grad[0]
        for some in _few_groups(z):
            value[some], slope = _with_slope(function, cosines[some], share[some], present[some], needed)
            if held is not None:
                slope[:, held] = 0
            # In place of the cosines, which are done with: the matrix that, times the rows, is their gradient.
            cosines[some] = slope.mul_(inverse[some].unsqueeze(-1)).mul_(inverse[some].unsqueeze(-2))
        ctx.save_for_backward(z, present, cosines)
        ctx.whole = whole
        return value if z.dtype == torch.float64 else value.float()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *upstream: Tensor) -> tuple[Tensor, None, None, None, None]:
        z, present, coefficient = ctx.saved_tensors
        grad = torch.empty_like(z)
        for block, parts in _blocks(z, copies=2):
            matrix = coefficient[block] * upstream[0][block].double()[:, None, None]
            for part in parts:
                x = _wide(z, None if ctx.whole else present, block, part)
                grad[block, :, part] = matrix @ x
        return grad, None, None, None, None


def _with_slope(
    function: OfCosines, cosines: Tensor, share: Tensor, present: Tensor, needed: bool
) -> tuple[Tensor, Tensor]:
    """Values of some groups, and (groups, languages, languages): what unit rows' gradients are made of."""
    slope = torch.zeros_like(cosines)
    with torch.set_grad_enabled(needed):
        cosines = cosines.detach().requires_grad_(needed)
        found = function(cosines, share, present)
        total = found.sum()
    if total.requires_grad:
        (slope,) = torch.autograd.grad(total, cosines)
        slope = slope + slope.mT
        # Lengths do not count: less what would only lengthen the row itself.
        slope.diagonal(dim1=-2, dim2=-1).sub_((slope * cosines.detach()).sum(-1))
    return found.detach(), slope


def cosines_across(found: Rows, pivot: int, *, detach_pivot: bool) -> Tensor:
    """Cosines of every row with every group's pivot row.

    Returns:
        (groups, languages, groups) float64: the row's group, its language, the pivot's group; 0 with an absent row.

    Raises:
        DataError: for a row that is there and holds infinity or not-a-number.
    """
    products, squares = _Across.apply(found.z, found.present, pivot, detach_pivot)
    inverse = torch.where(squares > 0, squares, torch.inf).rsqrt()
    target = inverse[:, pivot].detach() if detach_pivot else inverse[:, pivot]
    own = inverse
    if detach_pivot:  # the pivot's row is a target in every place where it stands
        held = torch.arange(inverse.size(1), device=inverse.device) == pivot
        own = torch.where(held, inverse.detach(), inverse)
    return products * own.unsqueeze(-1) * target


class _Across(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, z: Tensor, present: Tensor, pivot: int, detach_pivot: bool) -> tuple[Tensor, Tensor]:
        groups, languages, _ = z.shape
        products = z.new_zeros(groups, languages, groups, dtype=torch.float64)
        squares = z.new_zeros(groups, languages, dtype=torch.float64)
        for part in _columns(z):
            x = _wide(z, present, slice(0, groups), part)
            products += (x.flatten(0, 1) @ x[:, pivot].mT).unflatten(0, (groups, languages))
            squares += x.square().sum(-1)
        _check_finite(squares)
        ctx.save_for_backward(z, present)
        ctx.pivot, ctx.detach_pivot = pivot, detach_pivot
        return products, squares

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *upstream: Tensor) -> tuple[Tensor, None, None, None]:
        z, present = ctx.saved_tensors
        to_products, to_squares = upstream
        flat = to_products.flatten(0, 1)
        grad = torch.empty_like(z)
        for part in _columns(z):
            x = _wide(z, present, slice(0, z.size(0)), part)
            slope = (flat @ x[:, ctx.pivot]).view_as(x)
            if ctx.detach_pivot:
                slope[:, ctx.pivot] = 0
            else:
                slope[:, ctx.pivot] += flat.mT @ x.flatten(0, 1)
            grad[:, :, part] = slope.addcmul_(x, to_squares.unsqueeze(-1), value=2)
        return grad, None, None, None


def _wide(z: Tensor, present: Tensor | None, block: slice, part: slice) -> Tensor:
    """Some groups and dimensions in float64; rows that are not ``present``, whatever stands in them, as zeros."""
    wide = z[block, :, part].to(torch.float64, copy=True)
    return wide if present is None else wide.masked_fill_(~present[block].unsqueeze(-1), 0.0)


def _budget(z: Tensor, copies: int) -> int:
    """How many values of a block may be held in float64, ``copies`` times at once, beside the matrices of cosines."""
    groups, languages, _ = z.shape
    allowed = _SHARE * 2 * z.numel() * z.element_size() - 8 * groups * languages**2
    return int(max(allowed, _LEAST.get(z.device.type, _LEAST_ELSEWHERE)) / (8 * copies))


def _blocks(z: Tensor, *, copies: int = 1) -> Iterator[tuple[slice, list[slice]]]:
    """Groups that fit into the budget together, each with the parts of the dimensions to go through."""
    groups, languages, dim = z.shape
    budget = _budget(z, copies)
    together = max(1, budget // max(1, languages * dim))
    parts = max(1, math.ceil(languages * dim / max(1, budget)))
    width = max(1, math.ceil(dim / parts))
    columns = [slice(start, min(start + width, dim)) for start in range(0, dim, width)]
    for start in range(0, groups, together):
        yield slice(start, min(start + together, groups)), columns


def _few_groups(z: Tensor) -> Iterator[slice]:
    """Groups whose cosines a function may hold several copies of at a time."""
    groups, languages, _ = z.shape
    together = max(1, _budget(z, copies=6) // max(1, languages**2))
    for start in range(0, groups, together):
        yield slice(start, min(start + together, groups))


def _columns(z: Tensor) -> Iterator[slice]:
    """Parts of the dimensions such that all groups fit into the budget together, twice."""
    groups, languages, dim = z.shape
    width = max(1, _budget(z, copies=2) // max(1, groups * languages))
    for start in range(0, dim, width):
        yield slice(start, min(start + width, dim))


def _check_finite(squares: Tensor) -> None:
    """Refuses rows whose length is no number: eigenvalues and optimizers would be told nothing of them."""
    if not bool(torch.isfinite(squares).all()):
        group, language = (~torch.isfinite(squares)).nonzero()[0].tolist()
        got = f"infinity or not a number in group {group}, language {language}"
        raise DataError(problem("z", "finite values", got, "Look for such values in the model, or mask the row"))
