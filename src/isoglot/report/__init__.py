"""The report: one self-contained HTML page that compares runs."""

from .page import write_report

__all__ = ["write_report"]
