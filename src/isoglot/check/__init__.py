"""Whether a translation is one: checks of each cell against its pivot, and of a file as a whole."""

from .cell import REASONS, CellCheck, Finding, check_cell
from .learnt.norms import Norms

__all__ = ["REASONS", "CellCheck", "Finding", "Norms", "check_cell"]
