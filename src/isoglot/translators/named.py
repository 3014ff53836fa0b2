"""A translator by its spec."""

from __future__ import annotations

from ..errors import ConfigError, problem, unknown
from ..extras import need
from ..providers.attempts import Attempts
from .cache import TranslationCache
from .chat import ChatTranslator
from .chat_batch import BatchTranslator
from .command import CommandTranslator
from .ct2 import CTranslate2Translator
from .endpoint import endpoint
from .given import GivenTranslations
from .huggingface import HuggingFaceTranslator
from .kinds import FORMS, SERVED
from .libretranslate import LibreTranslate
from .translator import Translator


def named(
    spec: str,
    *,
    concurrency: int = 8,
    timeout: float = 120.0,
    attempts: int = 5,
    temperature: float = 0.0,
    cache: TranslationCache | None = None,
) -> Translator:
    """The translator that a spec names; nothing is loaded or asked yet.

    Args:
        spec: one of ``FORMS``.
        concurrency: calls at a time, of backends over a network; processes of a command.
        timeout: seconds that one attempt may take.
        attempts: of one call, the first included.
        temperature: of chat models; always sent.
        cache: where batches that are under way are noted.

    Raises:
        ConfigError: for what is no spec.
        MissingLibraryError: where the extra ``translate`` is needed and not installed.
        MissingFileError: for a file or folder that is not there.
    """
    kind, colon, rest = spec.partition(":")
    if kind not in FORMS:
        forms = f"A backend is {', '.join(list(FORMS.values())[:-1])} or {list(FORMS.values())[-1]}."
        raise ConfigError(f"{unknown('backend', 'kind', kind, FORMS)} {forms}")
    if not colon or not rest.strip():
        raise ConfigError(problem("backend", FORMS[kind], repr(spec)))
    bounds = Attempts(concurrency=concurrency, attempts=attempts, timeout=timeout)
    return _on_a_server(kind, spec, bounds, temperature, cache) if kind in SERVED else _here(kind, spec, bounds)


def _here(kind: str, spec: str, bounds: Attempts) -> Translator:
    """One that needs no network."""
    if kind == "file":
        return GivenTranslations(spec)
    if kind == "command":
        return CommandTranslator(spec, concurrency=bounds.concurrency, timeout=bounds.timeout)
    need("translate", f"the backend {kind!r}")
    if kind == "hf":
        return HuggingFaceTranslator(spec)

    return CTranslate2Translator(spec)


def _on_a_server(
    kind: str, spec: str, bounds: Attempts, temperature: float, cache: TranslationCache | None
) -> Translator:
    """One over HTTP."""
    need("translate", f"the backend {kind!r}")
    if kind == "libretranslate":
        return LibreTranslate(endpoint(spec, "LIBRETRANSLATE_API_KEY", model=False), bounds)
    where = endpoint(spec, "OPENAI_API_KEY", model=True)
    if kind == "openai":
        return ChatTranslator(where, bounds, temperature=temperature)
    if cache is None:
        step = "There it is noted which batch is under way, so that none is paid for twice"
        raise ConfigError(problem(f"the backend {kind!r}", "a store of translations", "none", step))

    return BatchTranslator(where, bounds, cache, temperature=temperature)
