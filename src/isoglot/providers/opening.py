"""Why a provider cannot be opened, and what to do about it: another library's words, told apart."""

from __future__ import annotations

import re

from .failure import plain, without_secrets

_VARIABLES = re.compile(r"\bNo (.+?) defined in (?:the )?environment")
_VARIABLE = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b")
_INSTALL = re.compile(r"(.+?)\.? (?:Install|Upgrade) with: (pip install .+)")
ANY_SERVER = "openai-api"  # the provider, with its variants, of servers that people run themselves


def not_opened(spec: str, error: Exception) -> tuple[str, str]:
    """What was got instead of a model, and the next step.

    Args:
        spec: ``provider/model``, as inspect_ai names it.
        error: inspect_ai's, when it made the model. It says in its own words that a key, an address or a library is
            missing; other errors are those of the provider's library.

    Returns:
        Two parts of a message, without secrets and without a full stop.
    """
    said = without_secrets(plain(str(error))).rstrip(".")
    if (lack := _VARIABLES.search(said)) and (names := _VARIABLE.findall(lack[1])):
        return f"an environment without {' or '.join(names)}", _set(spec, names)
    if install := _INSTALL.fullmatch(said):
        return install[1], f"Run: {install[2]}"
    if isinstance(error, ValueError):  # how inspect_ai says that it does not know a name
        return said, "A provider is named as inspect_ai names it, as in openai-api/NAME/MODEL"
    got = said if type(error).__name__ == "PrerequisiteError" else f"{type(error).__name__}: {said}"
    return got, "Look at what this provider needs: https://inspect.aisi.org.uk/providers.html"


def _set(spec: str, names: list[str]) -> str:
    step = f"Set {' or '.join(names)}"
    if not spec.startswith(ANY_SERVER):
        return step
    if names[0].endswith("_URL"):
        return f"{step} to the server's address, which ends in /v1"
    return f"{step} (any value for a server without keys)"
