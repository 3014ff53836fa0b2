"""Whether a run is asked what it was trained on: such rates say what it has learnt, not what holds beyond."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ...errors import some
from ...groups import PromptGroups
from ...groups.shared import Shared, in_words, shared, shared_in
from ...providers.own import OWN
from ...runs.kept_checkpoints import training_of
from .training_files import NotKnownError
from .training_groups import training_groups
from .training_rows import training_rows

KEY = "trained_on"  # in a protocol
ALIGNMENT = "alignment"  # in that
_MOST = 4  # files that are named
_NEXT = (
    "isoglot groups split makes a training and a test file without near pivots on both sides, and names translations "
    "that are; with --against it leaves out prompts of other files"
)


def seen_in_training(model: str, groups: PromptGroups) -> dict[str, Any]:
    """What a protocol says of the prompts that its run was trained on.

    Args:
        model: what is evaluated, as the protocol names it.
        groups: what it is asked.

    Returns:
        Empty of a model that is no run directory, nor a checkpoint in one. Else of ``of`` groups that are asked
        ``shared`` are in the ``files`` of its training groups word for word, and ``near`` more are nearly the same as
        one there; or ``unknown``: why that cannot be said. Under ``alignment`` stands the same of its alignment data.
    """
    run = training_of(Path(model.removeprefix(OWN)))
    found = _counted(lambda: _in_groups(run, groups), len(groups))
    rows = _counted(lambda: _in_rows(run, groups), len(groups))
    return found | ({ALIGNMENT: rows} if rows else {})


def warn_of_seen(protocol: Mapping[str, Any]) -> None:
    """A warning where prompts that are asked were trained on."""
    if sentence := learnt_by_heart(protocol):
        run = str(protocol.get("model", "")).removeprefix(OWN)
        warnings.warn(f"{run}: {sentence}. {_NEXT}.", stacklevel=3)


def gaps(protocol: Mapping[str, Any]) -> Iterator[str]:
    """The same for the protocol card; there also that it is not known."""
    if sentence := learnt_by_heart(protocol):
        yield f"{sentence}."
    of_groups, of_rows = _parts(protocol)
    if "unknown" in of_groups:
        yield f"Whether prompts are among those that the run was trained on is not known: {of_groups['unknown']}."
    if "unknown" in of_rows:
        yield f"Whether prompts are among those of the run's alignment data is not known: {of_rows['unknown']}."


def learnt_by_heart(protocol: Mapping[str, Any]) -> str:
    """How many of the prompts that were asked were trained on, or nearly; empty where none is known to be.

    Without a full stop. Protocols of earlier versions say nothing of alignment data, or not ``near``.
    """
    of_groups, of_rows = _parts(protocol)
    said = [
        _in_words(of_groups, "those that it was trained on", "its training groups"),
        _in_words(of_rows, "those of its alignment data", "one file"),
    ]
    told = ", ".join(filter(None, said))
    return f"{told}, so that rates are partly of what it has learnt by heart" if told else ""


def _in_groups(run: Path, groups: PromptGroups) -> tuple[Shared, list[str]] | None:
    trained = training_groups(run)
    return None if trained is None else (shared(groups, trained.groups).counted(), trained.files)


def _in_rows(run: Path, groups: PromptGroups) -> tuple[Shared, list[str]] | None:
    aligned = training_rows(run)
    return None if aligned is None else (shared_in(groups, aligned.asked).counted(), aligned.files)


def _counted(look: Callable[[], tuple[Shared, list[str]] | None], of: int) -> dict[str, Any]:
    """What was found in one part of what a run was trained on, as a protocol says it."""
    try:
        found = look()
    except NotKnownError as why:
        return {"unknown": str(why)}
    if found is None:
        return {}
    (exact, near), files = found
    return {"shared": exact, "near": near, "of": of, "files": files}


def _parts(protocol: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """What a protocol says of training groups, and of alignment data."""
    found = protocol.get(KEY)
    found = found if isinstance(found, Mapping) else {}
    rows = found.get(ALIGNMENT)
    return found, rows if isinstance(rows, Mapping) else {}


def _in_words(found: Mapping[str, Any], there: str, unnamed: str) -> str:
    counts = Shared(_count(found, "shared"), _count(found, "near"))
    if not counts:
        return ""
    files = some(map(str, found.get("files") or [unnamed]), _MOST)
    return in_words(counts, found.get("of", "?"), "prompts", f"{there} ({files})")


def _count(found: Mapping[str, Any], name: str) -> int:
    """A count in a protocol, which may be anybody's."""
    value = found.get(name)
    return value if isinstance(value, int) else 0
