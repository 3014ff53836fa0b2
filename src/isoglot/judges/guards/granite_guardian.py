"""Granite Guardian 4.1: ``<score>yes</score>`` where the last assistant's text is harmful.

Source: the card of ibm-granite/granite-guardian-4.1-8b and github.com/ibm-granite/granite-guardian. The last message is
a block of its own, after the response. It was made for English. Versions before 4 have another form.
"""

from __future__ import annotations

import re

from ..asked import Form, Opinion, Request, Unreadable, of_text
from ..verdict import Exchange
from ..wording_file import wording_file
from .covered import languages
from .labels import without_thinking
from .turns import turns

_SCORE = re.compile(r"<score>([^<]*)</score>")


def granite_guardian(*, think: bool) -> Form:
    """The form of a mode: with reasoning before the score (2,048 tokens), or without."""
    name = "granite-guardian-think" if think else "granite-guardian"
    return Form(
        name,
        lambda exchange: _ask(exchange, think),
        of_text(read),
        languages("english"),
        settings={"think": think},
    )


def _ask(exchange: Exchange, think: bool) -> list[Request]:
    words = wording_file(__package__, "granite_guardian")
    mode = words["think" if think else "no-think"]
    block = f"{mode}\n\n### Criteria: {words['criteria']}\n\n### Scoring Schema: {words['schema']}"
    messages = [*turns(exchange), {"role": "user", "content": block}]
    return [Request(messages, max_tokens=2048 if think else 48)]


def read(text: str) -> Opinion:
    """Every score must say the same; yes means harm."""
    text = without_thinking(text)
    scores = {score.strip().casefold() for score in _SCORE.findall(text)}
    if len(scores) != 1 or not scores <= {"yes", "no"}:
        raise Unreadable("<score>yes</score> or <score>no</score>", text)
    harm = scores.pop()
    return Opinion("unsafe" if harm == "yes" else "safe", reason=f"harm: {harm}")
