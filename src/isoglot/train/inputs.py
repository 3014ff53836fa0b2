"""What a run reads, looked at as a whole before a model is loaded: everything that is wrong in it at once."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic_core import PydanticCustomError

from ..alignment.data import read_data
from ..consistency import Consistency
from ..consistency.prompts import parted
from ..errors import ConfigError, DataError, IsoglotError, MissingFileError, raise_all, short
from ..groups import PromptGroup, PromptGroups
from ..groups.files import GroupsFile, groups_files
from ..groups.packed import Packed
from ..models.chat import refusal
from ..models.decoder import resolve_layer
from ..models.ends import user_header
from ..progress import Show, Silent
from ..settings.values import existing, is_layer
from .methods import METHODS

if TYPE_CHECKING:
    from .run_file import RunFile


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


def look_at(
    run: RunFile, tokenizer: Any | None, tell: Callable[[str], None] | None = None, show: Show | None = None
) -> Inputs:
    """Reads the alignment data and the prompt groups, and sees whether the model has the layers that are named.

    Args:
        run: the run file.
        tokenizer: the model's; None: one that does not load, as if it had a chat template.
        tell: is told what each column of a table was taken for.
        show: how far the files are read.
    """
    chat = tokenizer is None or bool(getattr(tokenizer, "chat_template", None))
    takes, header = None, ""
    if tokenizer is not None and chat:
        takes, header = _refusals(tokenizer), user_header(tokenizer)
    found, show, data = Inputs(), show or Silent(), run.data
    show.begin("Reading the data")
    with found.noting():
        found.records = read_data(
            data.preferences,
            METHODS[run.method].answers,
            chat=chat,
            skip_bad_rows=data.skip_bad_rows,
            refuses=takes,
            header=header,
            progress=show.advance,
        )
    if data.groups:
        show.begin("Reading the prompt groups")
        refuses = takes and partial(_roles_refused, refuses=takes)
        with found.noting():
            found.groups = PromptGroups.read(
                data.groups, skip_bad_rows=data.skip_bad_rows, refuses=refuses, tell=tell, progress=show.advance
            )
    if found.groups is not None and run.consistency is not None:
        found.errors += _of_no_use(found.groups, run.consistency)
    found.errors += _wrong_layers(run)
    return found


def wrong_inputs(values: Mapping[str, Any]) -> list[str]:
    """What is wrong with what a run file names, whatever is wrong with the run file; ``values`` are its own.

    Rows of its data, and layers that the model in its folder does not have.
    """
    sections = {name: values[name] for name in ("model", "consistency") if isinstance(values.get(name), Mapping)}
    path, layers = _there(sections.get("model", {}).get("path")), sections.get("consistency", {}).get("layer")
    named = [("consistency.layer", layer) for layer in (layers if isinstance(layers, list) else [layers])]
    named.append(("model.trained_layers", sections.get("model", {}).get("trained_layers")))
    named = [(where, layer) for where, layer in named if is_layer(layer)]
    found = [] if path is None else _layers_beyond(str(path), named, trust_remote_code=False)
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


def _refusals(tokenizer: Any) -> Callable[[Sequence[str]], str]:
    """Why the chat template refuses messages of some roles, each order of them tried once; empty if it takes them."""
    known: dict[tuple[str, ...], str] = {}

    def why(roles: Sequence[str]) -> str:
        asked = tuple(roles)
        if asked not in known:
            known[asked] = refusal(tokenizer, asked)
        return known[asked]

    return why


def _roles_refused(group: PromptGroup, *, refuses: Callable[[Sequence[str]], str]) -> str:
    """Why the chat template does not take a group's conversations; empty if it does."""
    if isinstance(group.prompts, Packed):  # which has no conversations
        return ""
    conversations = [(tag, prompt) for tag, prompt in group.prompts.items() if not isinstance(prompt, str)]
    found = [(tag, refuses([message["role"] for message in prompt])) for tag, prompt in conversations]
    return "; ".join(
        f"prompts.{tag}: expected roles that the chat template takes, got {short(why)}" for tag, why in found if why
    )


def _of_no_use(groups: PromptGroups, consistency: Consistency) -> list[IsoglotError]:
    """What the term will say of the groups when it is attached."""
    try:
        with warnings.catch_warnings():  # which it will say then
            warnings.simplefilter("ignore")
            parted(groups, consistency)
    except DataError as error:
        return [error]
    return []


def _wrong_layers(run: RunFile) -> list[IsoglotError]:
    named = [("consistency.layer", layer) for layer in run.consistency.layers] if run.consistency is not None else []
    if run.model.trained_layers is not None:
        named.append(("model.trained_layers", run.model.trained_layers))
    return _layers_beyond(run.model.path, named, trust_remote_code=run.model.trust_remote_code)


def _layers_beyond(path: str, named: Sequence[tuple[str, float]], *, trust_remote_code: bool) -> list[IsoglotError]:
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
