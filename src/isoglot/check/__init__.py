"""Whether a translation is one: checks of each cell against its pivot, and of a file as a whole."""

from .cell import REASONS, CellCheck, Finding, check_cell
from .finding import USABLE
from .learnt.norms import Norms

__all__ = ["REASONS", "USABLE", "CellCheck", "Finding", "Norms", "check_cell"]
