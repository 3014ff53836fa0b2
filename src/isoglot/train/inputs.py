"""The files and layers that a run file names: what could be read, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic_core import PydanticCustomError

from ..alignment.data import read_data
from ..errors import ConfigError, DataError, IsoglotError, MissingFileError, raise_all
from ..groups import PromptGroups
from ..groups.files import GroupsFile, groups_files
from ..models.layers import resolve_layer
from ..settings.values import existing, is_layer
from .methods import METHODS


@dataclass
class Inputs:
    """Alignment data and prompt groups, as far as they can be read, and what is wrong.

    Attributes:
        records: of the alignment data.
        groups: of prompts, if there are any.
        errors: what is wrong, each with its type.
    """

    records: list[dict[str, Any]] = field(default_factory=list)
    groups: PromptGroups | None = None
    errors: list[IsoglotError] = field(default_factory=list)

    @contextmanager
    def noting(self) -> Iterator[None]:
        """What cannot be read meanwhile is one of the errors."""
        try:
            yield
        except (DataError, MissingFileError) as error:
            self.errors.append(error)

    def raise_all(self) -> None:
        """Raises everything that is wrong, as the type of the first."""
        if self.errors:
            raise_all([str(error) for error in self.errors], type(self.errors[0]))


def wrong_inputs(values: Mapping[str, Any]) -> list[str]:
    """What is wrong with what a run file names, whatever is wrong with the run file; ``values`` are its own.

    Rows of its data, and layers that the model in its folder does not have.
    """
    sections = {name: values[name] for name in ("model", "consistency") if isinstance(values.get(name), Mapping)}
    path, layers = _there(sections.get("model", {}).get("path")), sections.get("consistency", {}).get("layer")
    named = [("consistency.layer", layer) for layer in (layers if isinstance(layers, list) else [layers])]
    named.append(("model.trained_layers", sections.get("model", {}).get("trained_layers")))
    named = [(where, layer) for where, layer in named if is_layer(layer)]
    found = [] if path is None else layers_beyond(str(path), named, trust_remote_code=False)
    return _wrong_rows(values) + [str(error) for error in found]


def _wrong_rows(values: Mapping[str, Any]) -> list[str]:
    data, method = values.get("data"), values.get("method", "dpo")
    if not isinstance(data, Mapping) or not isinstance(method, str) or method not in METHODS:
        return []
    groups = data.get("groups")
    files = [file for one in (groups if isinstance(groups, list) else [groups]) for file in _good(one)]
    skip, found, preferences = data.get("skip_bad_rows") is True, Inputs(), _there(data.get("preferences"))
    if preferences is not None:
        with found.noting():
            read_data(preferences, METHODS[method].answers, chat=True, skip_bad_rows=skip)
    if files:
        with found.noting():
            PromptGroups.read(files, skip_bad_rows=skip)
    return [str(error) for error in found.errors]


def _good(file: Any) -> tuple[GroupsFile, ...]:
    """A file of groups as a run file names it; nothing if that is wrong, which is said elsewhere."""
    try:
        return groups_files(file, "data.groups")
    except PydanticCustomError:
        return ()


def _there(path: Any) -> Path | None:
    """A path as a run file names it, if something is there; that nothing is, is said elsewhere."""
    try:
        return existing(path)
    except PydanticCustomError:
        return None


def layers_beyond(path: str, named: Sequence[tuple[str, float]], *, trust_remote_code: bool) -> list[IsoglotError]:
    """Layers that the model does not have by its configuration; if that does not load, loading the model says so."""
    from transformers import AutoConfig

    try:
        config: Any = AutoConfig.from_pretrained(path, trust_remote_code=trust_remote_code)
        depth = config.get_text_config().num_hidden_layers
    except Exception:
        return []
    found: list[IsoglotError] = []
    for where, layer in named:
        try:
            resolve_layer(layer, depth, where=where)
        except ConfigError as error:
            found.append(error)
    return found
