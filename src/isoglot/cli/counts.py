"""How many answers a number is of, in a table."""

from __future__ import annotations

import math


def answers(n: int, samples: int, prompts: int | None = None) -> str:
    """``16``, or ``16 × 3`` where each prompt has several answers: an interval is of the prompts, not of the answers.

    Args:
        n: answers there are.
        samples: answers that are asked to each prompt.
        prompts: None: as many as the answers come to.

    Example:
        >>> answers(16, 1), answers(48, 3), answers(47, 3)
        ('16', '16 × 3', '47 of 16 × 3')
    """
    if samples == 1:
        return str(n)
    prompts = math.ceil(n / samples) if prompts is None else prompts
    whole = f"{prompts} × {samples}"
    return whole if n == prompts * samples else f"{n} of {whole}"
