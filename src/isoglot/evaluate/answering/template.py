"""How an evaluation writes its prompts: as the run was trained, and on one day from its first answer to its last."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from ...models.template import Chat
from ...runs.evaluations import TEMPLATE, date_of
from ...runs.kept_checkpoints import training_of
from ...settings import parse_yaml


def chat_of_run(directory: Path) -> Chat:
    """What a run says of the chat template, for its checkpoints too; nothing for what is no run, nor in one."""
    return Chat.of(_model_section(directory))


def quantization_of_run(directory: Path) -> Mapping[str, Any] | None:
    """In how many bits a run's adapter was trained, and by which library; None for whole weights."""
    found = _model_section(directory).get("quantization")
    return found if isinstance(found, Mapping) else None


def _model_section(directory: Path) -> Mapping[str, Any]:
    try:
        found = parse_yaml((training_of(directory) / "run.yaml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    section = found.get("model") if isinstance(found, Mapping) else None
    return section if isinstance(section, Mapping) else {}


def in_protocol(chat: Chat) -> dict[str, Any]:
    """What a protocol says of it: before the model is loaded, and so without the day, which not every template asks."""
    said = {"arguments": dict(chat.arguments), "system_prompt": chat.system}
    said = {key: value for key, value in said.items() if value}
    return {TEMPLATE: said} if said else {}


def on_its_day(chat: Chat, folder: Path) -> Chat:
    """With the day on which the folder's evaluation was begun, which is today where nothing was, if none is said."""
    if chat.day is not None:
        return chat
    try:
        return chat._replace(day=date.fromisoformat(date_of(folder) or ""))
    except ValueError:
        return chat._replace(day=date.today())
