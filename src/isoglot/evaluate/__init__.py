"""Evaluation: a model's answers to prompt groups, judged, counted, with intervals."""

from ..runs import Response, read_responses
from .evaluation import Evaluation, evaluate, judge_again
from .responses import Generator, generate_responses
from .summary import summarise

__all__ = [
    "Evaluation",
    "Generator",
    "Response",
    "evaluate",
    "generate_responses",
    "judge_again",
    "read_responses",
    "summarise",
]
