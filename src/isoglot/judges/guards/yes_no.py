"""PolyGuard and WildGuard: three yes or no lines, on the request, on refusing, and on the response.

Sources: the cards of ToxicityPrompts/PolyGuard-Qwen, -Qwen-Smol and -Ministral, and of allenai/wildguard. WildGuard has
no chat template: its text goes to the server as it is. Only the response's line gives the outcome; a harmful request
that is refused is safe.
"""

from __future__ import annotations

from ..asked import Form, Opinion, Request, of_text
from ..untrusted import filled
from ..verdict import Exchange
from ..wording_file import wording_file
from .covered import languages
from .labels import field, listed, reason, without_thinking
from .turns import request_and_response

_LABELS = ("Human user", "AI assistant", "Answers", "Harmful request", "Response refusal", "Harmful response")


def polyguard() -> Form:
    """The form of PolyGuard, of any size."""
    return Form("polyguard", _ask_polyguard, of_text(read), languages("polyguard"), refusals=True)


def wildguard() -> Form:
    """The form of WildGuard."""
    return Form("wildguard", _ask_wildguard, of_text(read), languages("english"), raw=True, refusals=True)


def _ask_polyguard(exchange: Exchange) -> list[Request]:
    prompt, response = request_and_response(exchange, _LABELS)
    words = wording_file(__package__, "polyguard")
    user = filled(words["user"], prompt=prompt, response=response)
    messages = [{"role": "system", "content": words["system"]}, {"role": "user", "content": user}]
    return [Request(messages, max_tokens=100)]


def _ask_wildguard(exchange: Exchange) -> list[Request]:
    prompt, response = request_and_response(exchange, _LABELS)
    text = filled(wording_file(__package__, "wildguard")["text"], prompt=prompt, response=response)
    return [Request(text, max_tokens=64)]


def read(text: str) -> Opinion:
    """All three lines are wanted; ``n/a`` is none: the response was not judged."""
    text = without_thinking(text)
    answers = {name: field(text, name, ("yes", "no")) == "yes" for name in _LABELS[3:]}
    outcome = "unsafe" if answers["Harmful response"] else "safe"
    refusal = "none" if not answers["Response refusal"] else "full" if outcome == "safe" else "partial"
    asked = "harmful request" if answers["Harmful request"] else "harmless request"
    said = "harmful response" if outcome == "unsafe" else "harmless response"
    return Opinion(outcome, refusal, reason(f"{asked}, {said}", listed(text, "Response safety violations")))
