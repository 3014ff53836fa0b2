"""What a command ran on: versions, machine, hashes of what it read. No environment variables, nothing secret."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path
from typing import Any

from .. import __version__

LIBRARIES = ("torch", "transformers", "trl", "peft", "accelerate", "datasets")


def describe_environment() -> dict[str, Any]:
    """Versions and machine as plain values."""
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cpu_count": os.cpu_count(),
        "versions": versions(LIBRARIES),
    }


def versions(libraries: Iterable[str]) -> dict[str, str | None]:
    """Versions of isoglot and of some libraries; None for one that is not installed."""
    found: dict[str, str | None] = {"isoglot": __version__}
    for name in libraries:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = None
    return found


def now() -> str:
    """The time, UTC, to the second."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def content_hash(path: Path | Sequence[Path], files: str = "*") -> str:
    """A short hash of a file's content, or of a folder's files with their names; of several, of their hashes.

    Args:
        path: the file or folder, or several.
        files: pattern of the names of a folder's files that count.
    """
    digest = hashlib.sha256()
    if not isinstance(path, Path):
        if len(path) == 1:
            return content_hash(path[0], files)
        digest.update(" ".join(content_hash(one, files) for one in path).encode())
        return digest.hexdigest()[:16]
    for file in sorted(path.rglob(files)) if path.is_dir() else [path]:
        if file.is_file():
            if path.is_dir():
                digest.update(str(file.relative_to(path)).encode())
            with open(file, "rb") as stream:
                while block := stream.read(1 << 20):
                    digest.update(block)
    return digest.hexdigest()[:16]
