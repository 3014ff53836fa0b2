"""The settings that no other one beats in two numbers at once."""

from __future__ import annotations

from collections.abc import Mapping


def front(points: Mapping[str, tuple[float, float]]) -> list[str]:
    """The names that no other point beats: none is as good in both and better in one; by rising x.

    Args:
        points: name -> (x, y), more being better in both; a point with NaN is on no front.

    Example:
        >>> front({"a": (0.9, 0.5), "b": (0.5, 0.9), "c": (0.5, 0.5)})
        ['b', 'a']
    """
    known = {name: point for name, point in points.items() if all(value == value for value in point)}

    def beaten(x: float, y: float) -> bool:
        return any(u >= x and v >= y and (u > x or v > y) for u, v in known.values())

    kept = [name for name, point in known.items() if not beaten(*point)]
    return sorted(kept, key=lambda name: (known[name][0], -known[name][1]))
