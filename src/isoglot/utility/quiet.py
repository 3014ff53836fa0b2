"""Keeps lm-eval's output off the terminal, and lets our own progress and warnings through."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from contextvars import ContextVar
from typing import TextIO

_TERMINAL: ContextVar[tuple[TextIO, TextIO] | None] = ContextVar("terminal", default=None)


@contextmanager
def quiet() -> Iterator[None]:
    """Hides lm-eval's messages and bars: stdout is for results, and our own steps show the progress."""
    logger = logging.getLogger("lm_eval")
    level = logger.level
    logger.setLevel(logging.ERROR)
    before = _TERMINAL.set((sys.stdout, sys.stderr))
    try:
        with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
            yield
    finally:
        _TERMINAL.reset(before)
        logger.setLevel(level)


@contextmanager
def aloud() -> Iterator[None]:
    """Inside :func:`quiet`: shows our own progress and warnings again."""
    if (terminal := _TERMINAL.get()) is None:
        yield
        return
    with redirect_stdout(terminal[0]), redirect_stderr(terminal[1]):
        yield
