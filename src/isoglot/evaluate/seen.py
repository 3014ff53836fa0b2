"""Whether a run is asked what it was trained on: such rates say what it has learnt, not what holds beyond."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic_core import PydanticCustomError

from ..errors import IsoglotError, first_line, some
from ..groups import PromptGroups
from ..groups.files import GroupsFile, groups_files
from ..groups.shared import shared
from ..runs.environment import content_hash
from ..runs.json_file import readable_object
from ..settings import parse_yaml

KEY = "trained_on"  # in a protocol
_OWN_PROVIDER = "isoglot/"  # before the folder, where inspect_ai asks a run
_MOST = 4  # files that are named
_NEXT = "isoglot groups split makes a training and a test file that share none, nor near ones"


def seen_in_training(model: str, groups: PromptGroups) -> dict[str, Any]:
    """What a protocol says of the prompts that its run was trained on.

    Args:
        model: what is evaluated, as the protocol names it.
        groups: what it is asked.

    Returns:
        Empty of a model that is no run directory, or was trained without groups. Else ``shared`` of ``of`` groups
        that are asked are in the ``files`` of its training; or ``unknown``: why that cannot be said.
    """
    run = Path(model.removeprefix(_OWN_PROVIDER))
    if (data := _data_of(run)) is None:
        return {}
    try:
        files = groups_files(data["groups"], "data.groups")
        if _others(run, files):
            return {"unknown": "the files of its training groups have changed since"}
        with warnings.catch_warnings():  # which were said as it was trained
            warnings.simplefilter("ignore")
            trained = PromptGroups.read(files, skip_bad_rows=data.get("skip_bad_rows") is True)
    except PydanticCustomError:
        return {"unknown": "the files of its training groups are not where its run.yaml says"}
    except (IsoglotError, OSError) as error:
        return {"unknown": f"the files of its training groups cannot be read: {first_line(error)}"}
    return {"shared": shared(groups, trained), "of": len(groups), "files": [file.path.name for file in files]}


def _data_of(run: Path) -> Mapping[str, Any] | None:
    """The section ``data`` of a run that was trained on prompt groups."""
    try:
        found = parse_yaml((run / "run.yaml").read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return None
    data = found.get("data") if isinstance(found, Mapping) else None
    return data if isinstance(data, Mapping) and data.get("groups") is not None else None


def _others(run: Path, files: tuple[GroupsFile, ...]) -> bool:
    """Whether the files hold something else than when the run was trained."""
    inputs = readable_object(run / "environment.json").get("inputs")
    known = inputs.get("data.groups") if isinstance(inputs, Mapping) else None
    return known is not None and known != content_hash([file.path for file in files])


def warn_of_seen(protocol: Mapping[str, Any]) -> None:
    """A warning where prompts that are asked were trained on."""
    for sentence in _sentences(protocol):
        run = str(protocol.get("model", "")).removeprefix(_OWN_PROVIDER)
        warnings.warn(f"{run}: {sentence}. {_NEXT}.", stacklevel=3)


def gaps(protocol: Mapping[str, Any]) -> Iterator[str]:
    """The same for the protocol card; there also that it is not known."""
    found = protocol.get(KEY)
    for sentence in _sentences(protocol):
        yield f"{sentence}."
    if isinstance(found, Mapping) and "unknown" in found:
        yield f"Whether prompts are among those that the run was trained on is not known: {found['unknown']}."


def _sentences(protocol: Mapping[str, Any]) -> Iterator[str]:
    found = protocol.get(KEY)
    if isinstance(found, Mapping) and found.get("shared"):
        files = some(map(str, found.get("files") or ["its training groups"]), _MOST)
        yield (
            f"{found['shared']} of {found.get('of', '?')} prompts are among those that it was trained on ({files}), "
            "so that rates are partly of what it has learnt by heart"
        )
