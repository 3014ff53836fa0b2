"""Why a provider cannot be opened, and what to do about it: another library's words, told apart."""

from __future__ import annotations

import os
import re

from .failure import plain, without_secrets

_VARIABLES = re.compile(r"\bNo (.+?) defined in (?:the )?environment")
_VARIABLE = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b")
_INSTALL = re.compile(r"(.+?)\.? (?:Install|Upgrade) with: (pip install .+)")
_OF_ANY = "INSPECT_EVAL_MODEL_BASE_URL"  # the address of any provider that has none of its own
ANY_SERVER = "openai-api"  # the provider, with its variants, of servers that people run themselves


def not_opened(spec: str, error: Exception, *, base_url: str | None = None) -> tuple[str, str]:
    """What was got instead of a model, and the next step.

    Args:
        spec: ``provider/model``, as inspect_ai names it.
        error: inspect_ai's, when it made the model. It says in its own words that a key, an address or a library is
            missing; other errors are those of the provider's library.
        base_url: of the server, where it is said besides the environment.

    Returns:
        Two parts of a message, without secrets and without a full stop.
    """
    said = without_secrets(plain(str(error))).rstrip(".")
    if (lack := _VARIABLES.search(said)) and (names := _VARIABLE.findall(lack[1])):
        if lacking := _lacking(spec, base_url):  # inspect_ai names the first alone
            return f"an environment without {' and '.join(lacking)}", f"Set {', and '.join(map(_what_for, lacking))}"
        return f"an environment without {' or '.join(names)}", f"Set {' or '.join(names)}"
    if install := _INSTALL.fullmatch(said):
        return install[1], f"Run: {install[2]}"
    if isinstance(error, ValueError):  # how inspect_ai says that it does not know a name
        return said, "A provider is named as inspect_ai names it, as in openai-api/NAME/MODEL"
    got = said if type(error).__name__ == "PrerequisiteError" else f"{type(error).__name__}: {said}"
    return got, "Look at what this provider needs: https://inspect.aisi.org.uk/providers.html"


def _lacking(spec: str, base_url: str | None) -> list[str]:
    """The variables that a server that people run themselves needs, and that are not set."""
    provider, _, model = spec.partition("/")
    if not provider.startswith(ANY_SERVER):
        return []
    service = model.partition("/")[0].upper().replace("-", "_")
    address = base_url or os.environ.get(_OF_ANY)
    needed = [f"{service}_API_KEY", *([] if address else [f"{service}_BASE_URL"])]
    return [name for name in needed if not os.environ.get(name)]


def _what_for(name: str) -> str:
    if name.endswith("_URL"):
        return f"{name} to the server's address, which ends in /v1"
    return f"{name} (any value for a server without keys)"
