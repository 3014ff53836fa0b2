"""Prompt groups: one prompt in many languages; reading them from files, drawing from them."""

from ..models.messages import Prompt, messages, prompt_text
from .group import KINDS, PromptGroup
from .groups import PromptGroups
from .readers import READERS

__all__ = ["KINDS", "READERS", "Prompt", "PromptGroup", "PromptGroups", "messages", "prompt_text"]
