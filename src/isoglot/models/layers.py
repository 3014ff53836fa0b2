"""Which of a model's decoder layers a setting means; without torch, so that a run file can be read without it."""

from __future__ import annotations

from ..amounts import is_number
from ..errors import ConfigError, problem


def resolve_layer(layer: int | float, depth: int, *, where: str = "consistency.layer") -> int:
    """The decoder layer meant, counted from 1.

    Args:
        layer: 1 to ``depth``; negative from the top (-1 is the last); a float in (0, 1] is a share of the depth,
            rounded to the nearest layer, at least 1.
        depth: number of decoder layers.
        where: the setting, for messages.

    Raises:
        ConfigError: for a layer that the model does not have.

    Example:
        >>> resolve_layer(0.5, 28), resolve_layer(-1, 28), resolve_layer(3, 28)
        (14, 28, 3)
    """
    expected = f"a layer from 1 to {depth}, -{depth} to -1 from the top, or a share in (0, 1]"
    if not is_number(layer):
        raise ConfigError(problem(where, expected, repr(layer)))
    if isinstance(layer, float):
        if not 0 < layer <= 1:
            raise ConfigError(problem(where, expected, layer))
        return max(1, round(layer * depth))
    if not 1 <= abs(layer) <= depth:
        raise ConfigError(problem(where, expected, layer))
    return layer if layer > 0 else depth + 1 + layer
