"""Runs: the records that commands leave in a folder, and reading them back."""

from .responses import RESPONSES, Response, read_responses

__all__ = ["RESPONSES", "Response", "read_responses"]
