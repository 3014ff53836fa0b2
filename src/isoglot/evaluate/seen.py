"""Whether a run is asked what it was trained on: such rates say what it has learnt, not what holds beyond."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import some
from ..groups import PromptGroups
from ..groups.shared import Shared, in_words, shared
from ..providers.own import OWN
from .training_groups import NotKnownError, training_groups

KEY = "trained_on"  # in a protocol
_MOST = 4  # files that are named
_NEXT = "isoglot groups split makes a training and a test file that share none, nor near ones"


def seen_in_training(model: str, groups: PromptGroups) -> dict[str, Any]:
    """What a protocol says of the prompts that its run was trained on.

    Args:
        model: what is evaluated, as the protocol names it.
        groups: what it is asked.

    Returns:
        Empty of a model that is no run directory, or was trained without groups. Else of ``of`` groups that are asked
        ``shared`` are in the ``files`` of its training word for word, and ``near`` more are nearly the same as one
        there; or ``unknown``: why that cannot be said.
    """
    try:
        trained = training_groups(Path(model.removeprefix(OWN)))
    except NotKnownError as why:
        return {"unknown": str(why)}
    if trained is None:
        return {}
    found = shared(groups, trained.groups)
    return {"shared": found.exact, "near": found.near, "of": len(groups), "files": trained.files}


def warn_of_seen(protocol: Mapping[str, Any]) -> None:
    """A warning where prompts that are asked were trained on."""
    if sentence := learnt_by_heart(protocol):
        run = str(protocol.get("model", "")).removeprefix(OWN)
        warnings.warn(f"{run}: {sentence}. {_NEXT}.", stacklevel=3)


def gaps(protocol: Mapping[str, Any]) -> Iterator[str]:
    """The same for the protocol card; there also that it is not known."""
    found = protocol.get(KEY)
    if sentence := learnt_by_heart(protocol):
        yield f"{sentence}."
    if isinstance(found, Mapping) and "unknown" in found:
        yield f"Whether prompts are among those that the run was trained on is not known: {found['unknown']}."


def learnt_by_heart(protocol: Mapping[str, Any]) -> str:
    """How many of the prompts that were asked were trained on, or nearly; empty where none is known to be.

    Without a full stop. Protocols of earlier versions do not say ``near``.
    """
    found = protocol.get(KEY)
    if not isinstance(found, Mapping):
        return ""
    counts = Shared(_count(found, "shared"), _count(found, "near"))
    if not counts:
        return ""
    files = some(map(str, found.get("files") or ["its training groups"]), _MOST)
    said = in_words(counts, found.get("of", "?"), "prompts", f"those that it was trained on ({files})")
    return f"{said}, so that rates are partly of what it has learnt by heart"


def _count(found: Mapping[str, Any], name: str) -> int:
    """A count in a protocol, which may be anybody's."""
    value = found.get(name)
    return value if isinstance(value, int) else 0
