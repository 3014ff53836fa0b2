"""Prompt groups as samples of inspect_ai, and what became of a sample as our record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessage, ChatMessageAssistant, ChatMessageSystem, ChatMessageUser, ModelOutput

from ..errors import DataError, problem
from ..evaluate.answering.cells import Cell
from ..groups import Prompt, PromptGroup, PromptGroups

_MESSAGES = {"user": ChatMessageUser, "assistant": ChatMessageAssistant, "system": ChatMessageSystem}
_ONLY = "Only logs of isoglot's tasks can be judged so"
MARKS = ("group", "language", "kind", "category", "pivot")  # what a sample's metadata says


def dataset_of(groups: PromptGroups, name: str) -> MemoryDataset:
    """A sample for each cell: ``id`` is ``group:language``, the rest is metadata."""
    return MemoryDataset([_sample(group, tag) for group in groups for tag in group.prompts], name=name)


def _sample(group: PromptGroup, tag: str) -> Sample:
    marks = (group.id, tag, group.kind, group.category, group.pivot)
    prompt = group.prompts[tag]
    asked = prompt if isinstance(prompt, str) else [_message(turn) for turn in prompt]
    return Sample(input=asked, id=f"{group.id}:{tag}", metadata=dict(zip(MARKS, marks, strict=True)))


def _message(turn: Mapping[str, str]) -> ChatMessage:
    made: ChatMessage = _MESSAGES[turn["role"]](content=turn["content"])
    return made


def asked_in(sample_input: str | Sequence[ChatMessage]) -> Prompt:
    """A sample's input as a prompt."""
    if isinstance(sample_input, str):
        return sample_input
    return [{"role": message.role, "content": message.text} for message in sample_input]


def cell_of(
    metadata: Mapping[str, Any] | None, sample_input: str | Sequence[ChatMessage], epoch: int, where: str
) -> Cell:
    """Which cell a sample is, from what it carries.

    Raises:
        DataError: for a sample of another task.
    """
    said = metadata or {}
    if not isinstance(said.get("group"), str) or not isinstance(said.get("language"), str):
        got = f"metadata {', '.join(map(str, said)) or 'that is empty'}"
        raise DataError(problem(where, "a sample with its group and language", got, _ONLY))
    odd = [name for name in ("kind", "category", "pivot") if not isinstance(said.get(name), str | None)]
    if odd or not sample_input:
        got = f"something else as {', '.join(odd)}" if odd else "no prompt"
        raise DataError(problem(where, "a prompt, and texts for kind, category and pivot", got, _ONLY))
    prompts = {said["language"]: asked_in(sample_input)}
    pivot, kind, category = said.get("pivot") or "en", said.get("kind"), said.get("category")
    group = PromptGroup(said["group"], prompts, pivot=pivot, kind=kind, category=category)
    return Cell(group, said["language"], epoch - 1)


def was_cut(output: ModelOutput) -> bool:
    """Whether the prompt's beginning was left out, as far as the model's API says so."""
    return bool((output.metadata or {}).get("prompt_cut"))
