"""One page that compares runs: what was measured, what it cost, and what it was measured with."""

from .page import write_report

__all__ = ["write_report"]
