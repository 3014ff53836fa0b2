"""Where the environment says that servers are."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

_VARIABLES = ("_BASE_URL", "_ENDPOINT", "_ENDPOINT_URL")  # how the names of inspect_ai's end, whichever the provider
_READ_LATE = {"vllm": "VLLM_BASE_URL", "vllm-completions": "VLLM_BASE_URL"}
Addresses = frozenset[tuple[str, str]]


def addresses() -> Addresses:
    """The variables that hold an address, and what they hold: two equal ones send every provider to the same servers.

    Example:
        >>> all(name.endswith(_VARIABLES) for name, _ in addresses())
        True
    """
    return frozenset((name, value) for name, value in os.environ.items() if name.endswith(_VARIABLES))


@contextmanager
def environment_of(found: Addresses) -> Iterator[None]:
    """Within it the environment says these addresses and no others; nothing is changed where it says them already.

    It is the whole process's environment: what is done within does not wait for anything.
    """
    now = addresses()
    try:
        _replace(now, found)
        yield
    finally:
        _replace(found, now)


def _replace(old: Addresses, new: Addresses) -> None:
    for name, _ in old - new:
        os.environ.pop(name, None)
    os.environ.update(new - old)


def read_late(provider: str) -> str | None:
    """The address in the variable that a provider reads when it is first asked, not when it is opened.

    Args:
        provider: as inspect_ai names it.

    Returns:
        The address; None for a provider that reads it when it is opened, and without one.
    """
    return os.environ.get(_READ_LATE.get(provider, "")) or None


def may_hold_a_key(address: str) -> bool:
    """Whether it has a user, a password or a query.

    Example:
        >>> may_hold_a_key("https://me@host/v1"), may_hold_a_key("http://localhost:8000/v1")
        (True, False)
    """
    parts = urlsplit(address)
    return "@" in parts.netloc or bool(parts.query)


def for_a_file(address: str) -> str:
    """The address without a user, a password and what follows the path, which may be keys.

    Example:
        >>> for_a_file("https://me:secret@host:8000/v1?key=1")
        'https://host:8000/v1'
    """
    parts = urlsplit(address)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
