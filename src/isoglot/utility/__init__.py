"""Utility: what else a model can do, by language. Measured with lm-eval, which is imported only where tasks run."""

from .again import moved
from .families import Chosen, chosen
from .harness import find_tasks, refuse_comparing
from .loaded import LoadedModel
from .run import refuse_otherwise_asked, run_utility
from .samples import Sample
from .served import ServedModel
from .subject import Subject

__all__ = [
    "Chosen",
    "LoadedModel",
    "Sample",
    "ServedModel",
    "Subject",
    "chosen",
    "find_tasks",
    "moved",
    "refuse_comparing",
    "refuse_otherwise_asked",
    "run_utility",
]
