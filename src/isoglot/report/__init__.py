"""One page that compares runs: what was measured, what it cost, and what it was measured with."""

from .page import write_report
from .whose import refuse_page_of_others

__all__ = ["refuse_page_of_others", "write_report"]
