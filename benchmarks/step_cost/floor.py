"""The least that the extra tokens cost: their arithmetic, at a rate that was reached in the same run.

Floating-point operations of T tokens of one row in one layer, forward: 2 T W for matrices of W weights together, and
4 T^2 d for attention; backward twice as many. A step of DPO alone: all layers 3 times in the policy (forward and
backward) and once in the reference, padding included, and 2 d V in the head for each token scored, as often as the head
is gone through. The extra tokens: the layers used, 3 times, without padding and head. What is only read and written
counts in neither: of that the extra tokens have the gradient of the embedding table.
"""

from __future__ import annotations

from collections.abc import Sequence

from workload import Shape


def layer_operations(shape: Shape, tokens: Sequence[int]) -> float:
    """Of rows in one layer, forward."""
    return sum(2 * t * shape.layer_weights + 4 * t * t * shape.hidden for t in tokens)


def dpo_operations(shape: Shape, rows: Sequence[int], scored: int, *, again: bool) -> float:
    """Of a step of DPO alone.

    Args:
        shape: of the model.
        rows: tokens of the rows, padding included.
        scored: tokens that the head makes logits for.
        again: whether it makes them once more on the way back, as TRL's does.
    """
    head = 2 * scored * shape.hidden * shape.vocab_size
    # With LoRA nearly no gradient of weights is made, only that of what goes in.
    passes, through_head = (3, 3) if shape.lora else (4, 4)
    return passes * shape.layers * layer_operations(shape, rows) + (through_head + again) * head


def extra_operations(shape: Shape, tokens: Sequence[int], layers: int) -> float:
    """Of prompts through the layers used, forward and backward."""
    return (2 if shape.lora else 3) * layers * layer_operations(shape, tokens)
