"""XSafety (Wang et al., Findings of ACL 2024): a folder a language, in it one file a category, parallel by position."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

from ...errors import DataError, MissingFileError, problem
from ...files import stem_of, suffix_of
from ...languages import canonical_tag, is_tag
from .fields import TABLES
from .positions import of_files
from .row import Row

SOURCE = "XSafety"
_TAGS = {"sp": "es"}  # as the folders have it -> BCP-47
# Files of one category are called otherwise in some languages: "_n", the tag, "commen_sense".
_SPELLED = {"commensense": "commonsense"}
# Topics whose prompts ask for advice or knowledge more often than for harm; the files do not say which is which.
_OPEN = {"commonsense", "ethicsandmorality", "mentalhealth", "physicalharm"}


def is_here(folder: Path) -> bool:
    """Whether a folder is of this shape: folders named by languages, with tables in them, English among them."""
    return any(suffix_of(file) in TABLES for file in folder.glob("en/*"))


def read(path: Path) -> Iterator[Row]:
    """Rows of all categories. Files are tables of one column, mostly CSV without a header, some XLSX.

    Prompts are of kind harmful, but for those of commonsense, ethics and morality, mental health and physical harm,
    of which the files do not say it: they have no kind unless one is given.

    Raises:
        MissingFileError: if there is no such folder.
        DataError: if it has no such files.
    """
    if not path.is_dir():
        raise MissingFileError(problem(str(path), "a folder", "nothing", "Check the path"))
    categories: dict[str, dict[str, Path]] = {}
    names: dict[str, str] = {}
    for folder in sorted(one for one in path.iterdir() if one.is_dir()):
        tag = _TAGS.get(folder.name.lower(), canonical_tag(folder.name))
        if not is_tag(tag):
            continue
        for file in sorted(folder.iterdir()):
            if suffix_of(file) not in TABLES:
                continue
            key, name = _category(stem_of(file), folder.name)
            names.setdefault(key, name)
            before = categories.setdefault(key, {}).setdefault(tag, file)
            if before != file:
                warnings.warn(f"{file}: left out, since {before.name} has the same category.", stacklevel=2)
    if not categories:
        raise DataError(problem(str(path), "folders named en, zh ... with CSV files", "none"))
    for key, files in categories.items():
        kind = {} if key in _OPEN else {"kind": "harmful"}
        ordered = {tag: files[tag] for tag in sorted(files, key=lambda tag: (tag != "en", tag))}
        yield from of_files(ordered, name=f"xsafety-{key}", record={"source": SOURCE, "category": names[key], **kind})


def _category(stem: str, folder: str) -> tuple[str, str]:
    """What files of one category have in common, and its name."""
    words = stem.split("_")
    if len(words) > 1 and words[-1].lower() in ("n", folder.lower()):
        words.pop()
    key = "".join(words).lower()
    key = _SPELLED.get(key, key)
    return key, "Commonsense" if key == "commonsense" else " ".join(words)
