"""Libraries that only some commands need: which extra brings them, and an error with the line that installs it."""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util

from packaging.version import Version

from .errors import MissingLibraryError, problem

# Extra -> library -> oldest version that our own commands run with. Attaching to another framework needs none of them.
EXTRAS = {
    "train": {"trl": "1.16", "peft": "0.18", "accelerate": "1.10", "datasets": "4.0"},
    "eval": {"scipy": "1.12", "statsmodels": "0.14.2"},
    "inspect": {"inspect_ai": "0.3.285", "openai": "2"},
    "utility": {"lm_eval": "0.4.13"},
    "translate": {
        "openai": "2",
        "tenacity": "9",
        "httpx": "0.27",
        "sentencepiece": "0.2",
        "ctranslate2": "4.6",
        "sacrebleu": "2.4",
    },
    "parquet": {"pyarrow": "15"},
}


def need(extra: str, what: str) -> None:
    """Makes sure that an extra's libraries are installed; none of them is imported.

    Args:
        extra: a key of ``EXTRAS``.
        what: what the user called or named, for the error: a command or its option, a function, a model, a file.

    Raises:
        MissingLibraryError: with what is missing or too old, and the line that installs it.
    """
    if absent := lacking(extra):
        expected, got = f"the libraries of the extra {extra!r}", f"an environment that lacks {', '.join(absent)}"
        raise MissingLibraryError(problem(what, expected, got, f"Run: {install_line(extra)}"))


def lacking(extra: str) -> list[str]:
    """The libraries of an extra that are missing or too old, each with what is wrong with it; none is imported."""
    return [f"{name} ({got})" for name, least in EXTRAS[extra].items() if (got := _lacks(name, least))]


def install_line(extra: str) -> str:
    """The line that installs what an extra lacks."""
    if not any("older" in one for one in lacking(extra)):
        return f"pip install 'isoglot[{extra}]'"
    return "pip install " + " ".join(f"'{name}>={least}'" for name, least in EXTRAS[extra].items())


def _lacks(name: str, least: str) -> str:
    """What is wrong with an installed library; empty if nothing is."""
    if importlib.util.find_spec(name) is None:
        return "not installed"
    try:
        found = _version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""  # a source tree on the path: whoever has one knows what it is
    return f"{found} is older than {least}" if Version(found) < Version(least) else ""


@functools.cache
def _version(name: str) -> str:
    return importlib.metadata.version(name)  # reads the library's files: a hundredth of a second
