"""Which languages of a file are checked."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ..errors import DataError, problem, raise_all
from ..languages import among, instead


def chosen(languages: Sequence[str], there: Collection[str]) -> list[str]:
    """The tags that a file has for some languages.

    Raises:
        DataError: for each that it has not.
    """
    problems = [
        problem("languages", f"some of {', '.join(there)}", repr(tag), instead(tag, there))
        for tag in languages
        if among(tag, there) is None
    ]
    raise_all(problems, DataError)
    return [found for tag in languages if (found := among(tag, there)) is not None]
