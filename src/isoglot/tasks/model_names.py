"""Which models are asked through inspect_ai, told by their names."""

from __future__ import annotations

import importlib.util
from pathlib import Path

# Of inspect_ai 0.3.285, for the error where it is not installed; where it is, its registry is asked.
KNOWN = frozenset({
    "anthropic", "azureai", "bedrock", "cloudflare", "deepseek", "fireworks", "google", "grok", "groq", "hf",
    "hf-inference-providers", "isoglot", "litellm-proxy", "llama-cpp-python", "meta", "mistral", "mockllm",
    "moonshot", "nnterp", "none", "ollama", "openai", "openai-api", "openai-api-completions", "openrouter",
    "perplexity", "sagemaker", "sambanova", "sglang", "together", "transformer_lens", "vllm", "vllm-completions",
})  # fmt: skip
# Of these, who loads or starts a model where it is called; to call the others nothing is needed but what they are told.
LOADED_HERE = frozenset({
    "hf", "isoglot", "llama-cpp-python", "nnterp", "sglang", "transformer_lens", "vllm", "vllm-completions",
})  # fmt: skip
HUB = "hf/"  # says that a name on the hub is meant; such a model is loaded and answers here


def provider_of(model: str) -> str | None:
    """The provider that a model's name begins with; None for a folder, a file, or a name on the hub.

    What is there on disk is meant first. ``openai/...`` or ``google/...`` is the provider, as in inspect_ai, though the
    hub has organisations of these names: theirs are written ``hf/openai/...``.
    """
    prefix, slash, name = model.partition("/")
    if not (slash and name) or Path(model).exists() or model.startswith(HUB):
        return None
    return prefix if prefix in providers() else None


def hub_name(model: str) -> str:
    """A model's name without ``hf/``, unless that is a folder."""
    return model.removeprefix(HUB) if not Path(model).exists() else model


def providers() -> frozenset[str]:
    """The names of inspect_ai's providers, with those that other packages add to it, and our own."""
    if importlib.util.find_spec("inspect_ai") is None:
        return KNOWN
    from inspect_ai._util.entrypoints import ensure_entry_points
    from inspect_ai._util.registry import registry_find, registry_unqualified_name
    from inspect_ai.model._providers import providers as _own  # noqa: F401 - which registers them

    ensure_entry_points()
    found = registry_find(lambda info: info.type == "modelapi")
    return frozenset(registry_unqualified_name(one) for one in found) | {"isoglot"}
