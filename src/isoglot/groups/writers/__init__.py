"""Prompt groups written: a line each, and for people, as sheets with a column for each language, read back."""

from .lines import group_line, write_lines
from .sheet import SHEETS, write_sheet

__all__ = ["SHEETS", "group_line", "write_lines", "write_sheet"]
