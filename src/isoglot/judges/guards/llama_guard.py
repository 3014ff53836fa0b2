"""Llama Guard 3 and 4: ``safe``, or ``unsafe`` and the codes of categories.

Source: the model cards at github.com/meta-llama/PurpleLlama (Llama-Guard3/8B, Llama-Guard4/12B). The prompt is in the
served model's chat template, and only there: its wording is under the Llama licences. The template wants the response
as the last message and judges that. It says nothing about refusals.
"""

from __future__ import annotations

import re

from ..asked import Form, Opinion, Request, Unreadable, of_text
from ..verdict import Exchange
from .covered import languages
from .labels import LONGEST, reason
from .turns import turns

_LABEL = re.compile(r"[*_`]*(safe|unsafe)[*_`]*[.,:]?", re.IGNORECASE)
_CODES = re.compile(r"S\d{1,2}(?:\s*,\s*S\d{1,2})*", re.IGNORECASE)


def llama_guard(name: str) -> Form:
    """The form of a version of it."""
    return Form(name, ask, of_text(read), languages("llama-guard"))


def ask(exchange: Exchange) -> list[Request]:
    """The conversation; the template does the rest."""
    return [Request(turns(exchange, ["User", "Agent"]), max_tokens=32)]


def read(text: str) -> Opinion:
    """The label is the whole first line; another line that is the other label makes the answer unreadable."""
    lines = [line.strip() for line in text[:LONGEST].splitlines() if line.strip()]
    labels = [found[1].casefold() for line in lines if (found := _LABEL.fullmatch(line))]
    if not lines or not _LABEL.fullmatch(lines[0]) or len(set(labels)) != 1:
        raise Unreadable("a first line 'safe' or 'unsafe'", text)
    codes = next((line for line in lines[1:] if _CODES.fullmatch(line)), "")
    if labels[0] == "safe" and codes:
        raise Unreadable("'safe', or 'unsafe' and codes", text)
    return Opinion(labels[0], reason=reason(labels[0], codes))
