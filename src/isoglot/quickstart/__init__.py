"""The quickstart: align the embedded world's model in English, three ways, and see what other languages get of it."""

from .run import ArmResult, QuickstartResult, run

__all__ = ["ArmResult", "QuickstartResult", "run"]
