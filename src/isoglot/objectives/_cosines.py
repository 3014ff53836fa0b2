"""Objectives as functions of cosines: exact for rows that nearly agree, and lean in memory.

The cosines come from products of rows in float64, block by block, so that neither normalised nor wider copies of the
representations are ever held: the angles of a group that has come together are far below what float32 can show in a
cosine. The gradient with respect to the representations is one small matrix per group times rows themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from ._blocks import blocks, columns, few_groups, wide
from ._rows import Rows, check_lengths

OfCosines = Callable[[Tensor, Tensor, Tensor], Tensor]  # see of_cosines and of_cosines_across


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
    made: Tensor = _Within.apply(found.z, found.present, found.share, held, function)  # type: ignore[no-untyped-call]
    return made


def of_cosines_across(function: OfCosines, found: Rows, pivot: int, *, detach_pivot: bool) -> Tensor:
    """Evaluates a function of the cosines of each group's rows with the pivots' rows of all groups.

    Args:
        function: ``(cosines, share, own) -> values``, for some of the groups at a time: cosines (some, languages,
            groups) float64, each row's with each group's pivot; share (some, languages) float64; own (some,), which of
            the groups these are; values (some,). It must be differentiable in the cosines.
        found: what :func:`rows` returned.
        pivot: the pivot's place among the languages.
        detach_pivot: whether pivots' rows are targets only and get no gradient.

    Returns:
        (groups,), float64 for float64 representations and float32 otherwise.

    Raises:
        DataError: for a row that is there and holds infinity or not-a-number.
    """
    made: Tensor = _Across.apply(found.z, found.present, found.share, pivot, detach_pivot, function)  # type: ignore[no-untyped-call]
    return made


class _Within(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, z: Tensor, present: Tensor, share: Tensor, held: Tensor | None, function: OfCosines
    ) -> Tensor:
        groups, languages, _ = z.shape
        seen = None if bool(present.all()) else present
        gram = z.new_zeros((groups, languages, languages), dtype=torch.float64)
        for block, parts in blocks(z, gram.numel()):
            for part in parts:
                x = wide(z, seen, block, part)
                gram[block].baddbmm_(x, x.mT)
        inverse = _inverse_lengths(gram.diagonal(dim1=-2, dim2=-1).clone())
        cosines = _within_one(gram.mul_(inverse.unsqueeze(-1)).mul_(inverse.unsqueeze(-2)))
        value = z.new_zeros(groups, dtype=torch.float64)
        for some in few_groups(z, gram.numel(), copies=6):
            value[some], slope = _with_slope(
                function, cosines[some], share[some], present[some], needed=ctx.needs_input_grad[0]
            )
            slope = slope + slope.mT
            # Lengths do not count: less what would only lengthen the row itself.
            slope.diagonal(dim1=-2, dim2=-1).sub_((slope * cosines[some]).sum(-1))
            if held is not None:
                slope[:, held] = 0
            # In place of the cosines, which are done with: the matrix that, times the rows, is their gradient.
            cosines[some] = slope.mul_(inverse[some].unsqueeze(-1)).mul_(inverse[some].unsqueeze(-2))
        ctx.save_for_backward(z, seen, cosines)
        return value if z.dtype == torch.float64 else value.float()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *upstream: Tensor) -> tuple[Tensor, None, None, None, None]:
        z, seen, coefficient = ctx.saved_tensors
        grad = torch.empty_like(z)
        for block, parts in blocks(z, coefficient.numel(), copies=2):
            matrix = coefficient[block] * upstream[0][block].double()[:, None, None]
            for part in parts:
                x = wide(z, seen, block, part)
                grad[block, :, part] = matrix @ x
        return grad, None, None, None, None


class _Across(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, z: Tensor, present: Tensor, share: Tensor, pivot: int, detach_pivot: bool, function: OfCosines
    ) -> Tensor:
        groups, languages, _ = z.shape
        seen = None if bool(present.all()) else present
        other_values = groups * (languages * groups + groups + 3 * languages)  # the tensors of this function
        products = z.new_zeros(groups, languages, groups, dtype=torch.float64)
        squares = z.new_zeros(groups, languages, dtype=torch.float64)
        for part in columns(z, other_values, copies=2):
            x = wide(z, seen, slice(None), part)
            products.flatten(0, 1).addmm_(x.flatten(0, 1), x[:, pivot].mT)
            squares += x.square_().sum(-1)
        inverse = _inverse_lengths(squares)
        cosines = _within_one(products.mul_(inverse.unsqueeze(-1)).mul_(inverse[:, pivot]))
        value, along = z.new_zeros(groups, dtype=torch.float64), torch.zeros_like(squares)
        towards = z.new_zeros(groups, groups, dtype=torch.float64)
        number = torch.arange(groups, device=z.device)

        def settle(some: slice) -> None:
            value[some], slope = _with_slope(
                function, cosines[some], share[some], number[some], needed=ctx.needs_input_grad[0]
            )
            # Lengths do not count: what would only lengthen a row, or a pivot's row, is taken off.
            own = cosines[some].mul_(slope)
            along[some], towards[some] = own.sum(-1), own.sum(1)
            cosines[some] = slope.mul_(inverse[some].unsqueeze(-1)).mul_(inverse[:, pivot])

        for some in few_groups(z, other_values, copies=6):
            settle(some)
        along.mul_(inverse.square())
        towards.mul_(inverse[:, pivot].square())
        ctx.save_for_backward(z, seen, cosines, along, towards)
        ctx.pivot, ctx.detach_pivot, ctx.other_values = pivot, detach_pivot, other_values
        return value if z.dtype == torch.float64 else value.float()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *upstream: Tensor) -> tuple[Tensor, None, None, None, None, None]:
        z, seen, coefficient, along, towards = ctx.saved_tensors
        pivot, matrix, of_value = ctx.pivot, coefficient.flatten(0, 1), upstream[0].double()
        along, towards = (along * of_value.unsqueeze(-1)).unsqueeze(-1), (of_value @ towards).unsqueeze(-1)
        of_value = of_value[:, None, None]
        grad = torch.empty_like(z)

        def of_part(x: Tensor) -> Tensor:
            pivots = x[:, pivot].clone()
            slope: Tensor = (matrix @ pivots).view_as(x).mul_(of_value).addcmul_(along, x, value=-1)
            if ctx.detach_pivot:
                slope[:, pivot] = 0
            else:
                slope[:, pivot] += matrix.mT @ x.mul_(of_value).flatten(0, 1) - towards * pivots
            return slope

        for part in columns(z, ctx.other_values, copies=2):
            grad[:, :, part] = of_part(wide(z, seen, slice(None), part))
        return grad, None, None, None, None, None


def _with_slope(function: OfCosines, cosines: Tensor, *others: Tensor, needed: bool) -> tuple[Tensor, Tensor]:
    """A function's values for some groups, and the gradient of their sum with respect to the cosines."""
    with torch.set_grad_enabled(needed):
        cosines = cosines.detach().requires_grad_(needed)
        found = function(cosines, *others)
        total = found.sum()
    slope = torch.autograd.grad(total, cosines)[0] if total.requires_grad else torch.zeros_like(cosines)
    return found.detach(), slope


def _within_one(cosines: Tensor) -> Tensor:
    """The same tensor from -1 to 1: rounding leaves cosines of rows on one line a little outside."""
    return cosines.clamp_(-1, 1)


def _inverse_lengths(squares: Tensor) -> Tensor:
    """One over each row's length, 0 for a row of zeros, which has no direction.

    Raises:
        DataError: for a length that is no number: eigenvalues and optimizers would not notice.
    """
    check_lengths(squares)
    return torch.where(squares > 0, squares, torch.inf).rsqrt()
