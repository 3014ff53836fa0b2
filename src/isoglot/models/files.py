"""A model's files on disk."""

from __future__ import annotations

import hashlib
from pathlib import Path

_WHOLE = 64 << 20  # bytes up to which a file is hashed as a whole


def model_files_hash(path: str, *, without: Path | None = None) -> str:
    """A short hash of a model's folder, tokenizer and chat template included. A hub's name is itself.

    Args:
        path: the folder, or a name on the hub.
        without: a folder inside it that does not count.

    Of a file above 64 MiB its size, beginning and end are taken.
    """
    folder = Path(path)
    if not folder.is_dir():
        return f"hub:{path}"
    found = hashlib.sha256()
    for file in sorted(item for item in folder.rglob("*") if item.is_file()):
        if without is not None and file.resolve().is_relative_to(without.resolve()):
            continue
        size = file.stat().st_size
        found.update(f"{file.relative_to(folder)}:{size}".encode())
        with open(file, "rb") as stream:
            if size <= _WHOLE:
                while block := stream.read(1 << 20):
                    found.update(block)
            else:
                found.update(stream.read(1 << 20))
                stream.seek(-(1 << 20), 2)
                found.update(stream.read())
    return found.hexdigest()[:16]
