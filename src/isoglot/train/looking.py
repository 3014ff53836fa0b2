"""What a run reads, looked at as a whole before a model is loaded: everything that is wrong in it at once."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from ..alignment.data import read_data
from ..consistency import Consistency
from ..consistency.prompts import parted
from ..errors import DataError, IsoglotError, short
from ..groups import PromptGroup, PromptGroups
from ..groups.packed import Packed
from ..models.chat import refusal
from ..models.ends import user_header
from ..progress import Show, Silent
from .inputs import Inputs, layers_beyond
from .methods import METHODS
from .run_file import RunFile


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
    return layers_beyond(run.model.path, named, trust_remote_code=run.model.trust_remote_code)
