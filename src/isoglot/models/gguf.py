"""Models in one GGUF file, as llama.cpp has them: read by transformers, into weights of full size."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from ..errors import MissingLibraryError, problem

SUFFIX = ".gguf"


def is_missing_file(path: str) -> bool:
    """Whether this is the name of such a file that is not there."""
    return path.lower().endswith(SUFFIX) and not Path(path).is_file()


def gguf_place(path: str) -> tuple[str, dict[str, str]]:
    """The folder that a model is loaded from, and the further arguments of its loader; of other models nothing.

    Raises:
        MissingLibraryError: for such a file without the library that reads it.
    """
    if not path.lower().endswith(SUFFIX):
        return path, {}
    if not has_reader():
        raise MissingLibraryError(
            problem(path, "the library gguf", "an environment that lacks it", "Run: pip install gguf")
        )
    file = Path(path)
    return str(file.parent), {"gguf_file": file.name}


def has_reader() -> bool:
    """Whether the library that reads such files is installed."""
    return importlib.util.find_spec("gguf") is not None
