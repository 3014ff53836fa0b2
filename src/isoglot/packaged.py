"""Files packaged with our own code: words, tables, wordings."""

from __future__ import annotations

from importlib import resources
from typing import Any


def packaged_text(package: str, *path: str) -> str:
    """What a text file of a package of ours holds.

    Args:
        package: its name, as ``__package__``.
        path: of the file within it.

    Example:
        >>> "people" in packaged_text("isoglot.pages", "tool.css")
        True
    """
    return resources.files(package).joinpath(*path).read_text(encoding="utf-8")


def packaged_yaml(package: str, *path: str) -> Any:
    """What a YAML file of a package of ours holds; arguments as of :func:`packaged_text`.

    Example:
        >>> packaged_yaml("isoglot.languages", "registry.yaml")["scripts"]["no"]
        'Latn'
    """
    import yaml

    text = packaged_text(package, *path)
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - safe, and quicker
