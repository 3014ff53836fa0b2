"""Which languages a guard covers."""

from __future__ import annotations

from ..wording_file import wording_file


def languages(name: str) -> frozenset[str]:
    """The tags, without region, of the languages that its makers name (``wording/languages.yaml``)."""
    return frozenset(wording_file(__package__, "languages")[name].split())
