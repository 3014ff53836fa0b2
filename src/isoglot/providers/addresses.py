"""Where the environment says that servers are."""

from __future__ import annotations

import os

_VARIABLES = ("_BASE_URL", "_ENDPOINT", "_ENDPOINT_URL")  # how the names of inspect_ai's end, whichever the provider


def addresses() -> frozenset[tuple[str, str]]:
    """The variables that hold an address, and what they hold: two equal ones send every provider to the same servers.

    Example:
        >>> all(name.endswith(_VARIABLES) for name, _ in addresses())
        True
    """
    return frozenset((name, value) for name, value in os.environ.items() if name.endswith(_VARIABLES))
