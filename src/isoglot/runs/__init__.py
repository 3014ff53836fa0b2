"""Runs: the records that commands leave in a folder, and reading them back."""

from .json_file import json_object
from .meta import Meta
from .metrics import KindMetrics, LanguageMetrics, Metrics, OverallMetrics
from .responses import (
    RESPONSES,
    Key,
    Response,
    first_of_each,
    parse_verdict,
    read_responses,
    read_verdict,
    read_verdicts,
    verdict_line,
)
from .spectrum import Spectrum, SpectrumKind, SpectrumTime

__all__ = [
    "RESPONSES",
    "Key",
    "KindMetrics",
    "LanguageMetrics",
    "Meta",
    "Metrics",
    "OverallMetrics",
    "Response",
    "Spectrum",
    "SpectrumKind",
    "SpectrumTime",
    "first_of_each",
    "json_object",
    "parse_verdict",
    "read_responses",
    "read_verdict",
    "read_verdicts",
    "verdict_line",
]
