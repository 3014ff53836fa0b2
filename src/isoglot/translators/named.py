"""A translator by its spec."""

from __future__ import annotations

from .translator import Translator


def named(
    spec: str, *, concurrency: int = 8, timeout: float = 120.0, attempts: int = 5, temperature: float = 0.0
) -> Translator:
    """The translator that a spec names; nothing is loaded or asked yet.

    Args:
        spec: ``openai:MODEL@URL``, ``hf:MODEL``, ``ct2:FOLDER``, ``libretranslate:URL``, ``command:LINE`` or
            ``file:PATH``.
        concurrency: calls at a time, of backends over a network.
        timeout: seconds that one attempt may take.
        attempts: of one call, the first included.
        temperature: of chat models; always sent.

    Raises:
        ConfigError: for what is no spec.
        MissingLibraryError: where the extra ``translate`` is needed and not installed.
        MissingFileError: for a file or folder that is not there.
    """
    raise NotImplementedError(spec)
