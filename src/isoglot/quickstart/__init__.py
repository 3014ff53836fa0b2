"""The quickstart: align the embedded world's model in English, three ways, and see what other languages get of it."""

from .run import QuickstartResult, Row, run

__all__ = ["QuickstartResult", "Row", "run"]
