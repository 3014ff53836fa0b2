"""Keeps the libraries' chatter off the terminal, while training runs or for good."""

from __future__ import annotations

import importlib.util
import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_LOGGERS = ("torch", "accelerate", "trl", "peft", "datasets")
_CHATTY = "DeepSpeed"  # a logger that sets its own level when it is imported, and writes to stdout


@contextmanager
def silence(wanted: bool = True) -> Iterator[None]:
    """Warnings, log lines and progress bars of other libraries are not shown in the context; errors are.

    Warnings of isoglot itself pass. Everything is as before afterwards.

    Args:
        wanted: False does nothing.
    """
    if not wanted:
        yield
        return
    import datasets
    import transformers

    unmute = mute_chatty()
    levels = {name: logging.getLogger(name).level for name in _LOGGERS}
    verbosity = transformers.logging.get_verbosity()
    bars = datasets.are_progress_bars_disabled(), transformers.logging.is_progress_bar_enabled()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"(?!isoglot)")
        try:
            hush()
            yield
        finally:
            unmute()
            transformers.logging.set_verbosity(verbosity)
            for name, level in levels.items():
                logging.getLogger(name).setLevel(level)
            if not bars[0]:
                datasets.enable_progress_bars()
            if bars[1]:
                transformers.logging.enable_progress_bar()


def hush() -> None:
    """Leaves of other libraries' log lines nothing but errors, and no progress bars; not only for a while."""
    import transformers

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    if importlib.util.find_spec("datasets"):  # which evaluation can do without
        import datasets

        datasets.disable_progress_bars()
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.ERROR)


def mute_chatty() -> Callable[[], None]:
    """Leaves nothing but errors of that logger, until what is returned is called."""

    def errors_only(record: logging.LogRecord) -> bool:
        return record.levelno >= logging.ERROR

    logger = logging.getLogger(_CHATTY)
    logger.addFilter(errors_only)
    return lambda: logger.removeFilter(errors_only)
