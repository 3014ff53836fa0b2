"""Which model answers, as a protocol says it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..files import without_home
from ..providers.own import OF_PROVIDER

if TYPE_CHECKING:
    from inspect_ai.model import Model


def hash_of(model: Model) -> str:
    """What tells one model from another: its weights where they are here, else only its name is known."""
    from ..models.fingerprint import model_hash
    from .model_api import IsoglotAPI

    return model_hash(model.api.load()[0]) if isinstance(model.api, IsoglotAPI) else f"{OF_PROVIDER}{model}"


def who_answers() -> dict[str, Any]:
    """``model`` and ``model_hash`` of the model that inspect_ai is about to ask; empty where a task is made before."""
    from inspect_ai.model._model import active_model

    model = active_model()
    return {} if model is None else {"model": without_home(str(model)), "model_hash": hash_of(model)}
