"""How many answers a number is of, in a table."""

from __future__ import annotations


def answers(n: int, samples: int, prompts: int) -> str:
    """``16``, or ``16 × 3`` where each prompt has several answers: an interval is of the prompts, not of the answers.

    Args:
        n: answers there are.
        samples: answers that are asked to each prompt.
        prompts: that were asked; the answers do not say it where some of them are missing.

    Example:
        >>> answers(16, 1, 16), answers(48, 3, 16), answers(45, 3, 16)
        ('16', '16 × 3', '45 of 16 × 3')
    """
    if samples == 1:
        return str(n)
    whole = f"{prompts} × {samples}"
    return whole if n == prompts * samples else f"{n} of {whole}"
