"""The command line: one small file per command."""

from .app import main

__all__ = ["main"]
