"""A prompt as chat messages and as text."""

from __future__ import annotations

Prompt = str | list[dict[str, str]]


def messages(prompt: Prompt) -> list[dict[str, str]]:
    """The prompt as chat messages; a plain text is one from the user."""
    return [{"role": "user", "content": prompt}] if isinstance(prompt, str) else list(prompt)


def prompt_text(prompt: Prompt) -> str:
    """The prompt's text to read: all of it, or the last user message of a chat."""
    if isinstance(prompt, str):
        return prompt
    texts = [message["content"] for message in prompt if message["role"] == "user"]
    return texts[-1] if texts else prompt[-1]["content"]
