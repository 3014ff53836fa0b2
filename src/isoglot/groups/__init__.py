"""Prompt groups: one prompt in many languages; reading them from files, drawing from them, tokenizing them."""

from .group import KINDS, Prompt, PromptGroup, messages, prompt_text
from .groups import READERS, PromptGroups

__all__ = ["KINDS", "READERS", "Prompt", "PromptGroup", "PromptGroups", "messages", "prompt_text"]
