"""Columns of a table as ``--columns`` says them: pairs with commas, in quotes where a column's name has a comma."""

from __future__ import annotations

import csv
import io
import shlex
from collections.abc import Mapping

from ...errors import ConfigError, problem, short


def columns_said(text: str) -> dict[str, str]:
    """What a text says: language, ``id``, ``kind`` ... -> name of the column.

    Raises:
        ConfigError: for what is not of the form ``en=prompt,zh=prompt_zh``, or says one thing twice.

    Example:
        >>> columns_said('en=prompt,"zh=Chinese, simplified"')
        {'en': 'prompt', 'zh': 'Chinese, simplified'}
    """
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), skipinitialspace=True, strict=True))
    except csv.Error:
        rows = []
    pairs = [(what.strip(), name.strip()) for row in rows for what, _, name in (part.partition("=") for part in row)]
    if not pairs or len(dict(pairs)) < len(pairs) or not all(what and name for what, name in pairs):
        raise ConfigError(problem("--columns", "pairs such as en=prompt,zh=prompt_zh, each once", short(text)))
    return dict(pairs)


def columns_option(columns: Mapping[str, str]) -> str:
    """The option that says so, for a command line of a shell.

    Example:
        >>> print(columns_option({"en": "prompt", "zh": "Chinese, simplified"}))
        --columns 'en=prompt,"zh=Chinese, simplified"'
    """
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator="").writerow(f"{what}={name}" for what, name in columns.items())
    return f"--columns {shlex.quote(line.getvalue())}"
