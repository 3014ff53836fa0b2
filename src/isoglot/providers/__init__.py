"""Models that others serve: one small adapter to every provider that inspect_ai knows."""

from .completion import Completion
from .failure import ProviderError
from .provider import Provider

__all__ = ["Completion", "Provider", "ProviderError"]
