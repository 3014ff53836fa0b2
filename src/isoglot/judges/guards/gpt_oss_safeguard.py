"""gpt-oss-safeguard 20b and 120b: the user's policy as system message, and a verdict in the form we ask for.

Source: github.com/openai/gpt-oss-safeguard and cookbook.openai.com/articles/gpt-oss-safeguard-guide. The model writes
in the harmony format, which the server's chat template makes; its reasoning may name verdicts, so the last line counts.
Its makers name no languages.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from ...providers import Completion
from ..answer import without_reasoning
from ..asked import Form, Opinion, Request, Unreadable
from ..conversation import conversation
from ..making import policy_text
from ..untrusted import filled
from ..verdict import Exchange
from ..wording_file import wording_file
from .labels import LONGEST

_MAX_TOKENS = 4096  # short limits cut its reasoning before the verdict
_VERDICT = re.compile(r"(?:.*assistantfinal)?\W*(VIOLATION|SAFE)\W*", re.IGNORECASE)


def gpt_oss_safeguard(policy: Path | str) -> Form:
    """The form with a policy: a file, or its text."""
    name, text = policy_text(policy)
    return Form(
        f"gpt-oss-safeguard-{name}",
        lambda exchange: _ask(exchange, text),
        lambda completions: read(completions[0]),
        settings={"policy": text},
    )


def _ask(exchange: Exchange, policy: str) -> Sequence[Request]:
    words = wording_file(__package__, "gpt_oss_safeguard")
    mark, text = conversation(exchange)
    messages = [
        {"role": "system", "content": filled(words["system"], policy=policy, mark=mark)},
        {"role": "user", "content": filled(words["user"], conversation=text)},
    ]
    return [Request(messages, max_tokens=_MAX_TOKENS)]


def read(completion: Completion) -> Opinion:
    """The verdict is the whole last line; one that was cut before its end has none."""
    lines = [line for line in without_reasoning(completion.text)[-LONGEST:].splitlines() if line.strip()]
    found = _VERDICT.fullmatch(lines[-1].strip()) if lines else None
    if found is None or completion.cut:
        raise Unreadable("a last line VIOLATION or SAFE", completion.text[-200:])
    violates = found[1].upper() == "VIOLATION"
    return Opinion("unsafe" if violates else "safe", reason="violates the policy" if violates else "within the policy")
