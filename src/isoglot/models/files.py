"""A model's files on disk."""

from __future__ import annotations

import fnmatch
import hashlib
import os
import re
from pathlib import Path

from ..errors import ModelError, problem, some
from ..files import sampled_hash
from .gguf import SUFFIX

# What loading a model and its tokenizer reads. A run directory holds much else: an evaluation changes no model.
_READ = (
    "*.safetensors", "*.safetensors.index.json", "config.json", "generation_config.json", "adapter_config.json",
    "tokenizer*", "special_tokens_map.json", "added_tokens.json", "vocab*", "merges.txt", "*.model", "*.jinja", "*.py",
)  # fmt: skip
_HUB_ID = re.compile(r"[\w-][\w.-]*(/[\w-][\w.-]*)?")
_NO_MODEL = ("consistency.safetensors",)
_CONFIGURATIONS = ("config.json", "adapter_config.json")  # one of which the folder of a model or an adapter has
_TOKENIZER = ("tokenizer*", "vocab*", "merges.txt", "*.model", "*.spm", "tekken.json")
_TOLD = 4  # models in a folder that a message names


def is_missing(path: str) -> bool:
    """Whether nothing is there and the form is a folder's: ``./x``, ``/x``, ``~/x``, ``x/y/z``, ``x/``."""
    folder = Path(os.path.expanduser(path))
    try:
        if folder.exists():
            return False
    except (OSError, ValueError):  # what no file system can hold is nowhere
        return True
    return not _HUB_ID.fullmatch(path)


def refuse_no_model(path: str) -> None:
    """Refuses a folder of other things, such as that of a training, and names the models in it.

    Raises:
        ModelError: for a folder without a model's or an adapter's configuration.
    """
    folder = Path(path)
    if not folder.is_dir() or _is_model(folder):
        return
    there = (child for child in folder.iterdir() if _is_model(child) or child.suffix.lower() == SUFFIX)
    inside = sorted(there, key=lambda one: one.stat().st_mtime)
    step = f"Name a model in it: {some(map(str, inside[::-1]), _TOLD)}" if inside else "Check the path"
    raise ModelError(problem("model", f"a folder with {' or '.join(_CONFIGURATIONS)}", f"{path!r}, without", step))


def _is_model(folder: Path) -> bool:
    return any((folder / name).is_file() for name in _CONFIGURATIONS)


def has_tokenizer(folder: Path) -> bool:
    """Whether some file of a tokenizer is in a model's or an adapter's folder."""
    return any(True for pattern in _TOKENIZER for _ in folder.glob(pattern))


def looked_for(path: str) -> str:
    """For the error of a model that does not load: that its name is nothing here, if so."""
    return "" if Path(path).exists() else "there is no such folder, so it was looked for on the hub: "


def model_files_hash(path: str) -> str:
    """A short hash of a model's files, its tokenizer's and chat template's included. A hub's name is itself.

    Args:
        path: the folder, or a name on the hub.

    Of a file above 4 MiB the length and 64 blocks spread over it are taken.
    """
    folder = Path(path)
    if not folder.is_dir():
        return f"hub:{path}"
    found = hashlib.sha256()
    for file in sorted(item for item in folder.iterdir() if item.is_file()):
        if file.name not in _NO_MODEL and any(fnmatch.fnmatch(file.name, pattern) for pattern in _READ):
            found.update(f"{file.name}:{sampled_hash(file)}".encode())
    return found.hexdigest()[:16]
