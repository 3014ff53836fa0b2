"""Utility: what a model can do besides, by language, through lm-eval, which is imported only where tasks run."""

from .families import Chosen, chosen
from .harness import find_tasks
from .run import run_utility
from .samples import Sample

__all__ = ["Chosen", "Sample", "chosen", "find_tasks", "run_utility"]
