"""Prompt groups in more languages: a chain of translators over all cells, checked, kept on disk, written whole."""

from .links import Link, links
from .plan import Plan
from .report import Report
from .translating import translate_groups

__all__ = ["Link", "Plan", "Report", "links", "translate_groups"]
