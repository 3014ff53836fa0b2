"""Prompt groups written for people: sheets with a column for each language, which are read back as they were."""

from .sheet import SHEETS, write_sheet

__all__ = ["SHEETS", "write_sheet"]
