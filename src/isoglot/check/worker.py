"""A process that checks cells by rules: a line with records in, a line with what is found out."""

from __future__ import annotations

from ..processes import serve
from .processes import answering


def main() -> None:
    """Checks what standard input asks for."""
    serve(answering)
