"""Charts: numbers to SVG. They know nothing of runs or files.

Every chart is as wide as its place: what lies along x is in per cent, what lies along y and all text in pixels, so
that text has one size on a telephone and on a wall. Colours and shapes are classes (``s0`` to ``s7`` for series,
``safe``, ``own`` ... for parts), which the page's style sheet fills in: light, dark and print.
"""

from .bars import grouped_bars
from .dots import DotRow, dots
from .lines import Line, lines
from .stacks import StackRow, stacks
from .svg import SERIES, marker, share_bar, swatch

__all__ = [
    "SERIES",
    "DotRow",
    "Line",
    "StackRow",
    "dots",
    "grouped_bars",
    "lines",
    "marker",
    "share_bar",
    "stacks",
    "swatch",
]
