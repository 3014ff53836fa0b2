"""NVIDIA's guards: Safety Guard 8B v3 (JSON), 3 and 3.5 Content Safety (lines), Content Safety Reasoning 4B (lines).

Sources: the cards of nvidia/Llama-3.1-Nemotron-Safety-Guard-8B-v3, nvidia/Nemotron-3.5-Content-Safety and
nvidia/Nemotron-Content-Safety-Reasoning-4B, and NeMo Guardrails (Apache-2.0). 3.5 has its prompt in the served model's
chat template, with two arguments. None of them says whether the response refuses.
"""

from __future__ import annotations

from ...json_text import decode_first
from ..asked import Form, Opinion, Request, Unreadable, of_text
from ..untrusted import filled
from ..verdict import Exchange
from ..wording_file import wording_file
from .covered import languages
from .labels import LONGEST, field, listed, reason, without_thinking
from .turns import request_and_response, turns

_SAFETY = ("safe", "unsafe")
_LABELS = ("user", "response", "agent", "Human user", "AI assistant")


def safety_guard() -> Form:
    """The form of Llama 3.1 Nemotron Safety Guard 8B v3."""
    return Form(
        "nemotron-safety-guard",
        _ask_v3,
        of_text(read_json),
        languages("nemotron-safety-guard"),
    )


def content_safety(*, think: bool) -> Form:
    """The form of Nemotron 3.5 (and 3) Content Safety, with reasoning or without."""
    name = "nemotron-content-safety-think" if think else "nemotron-content-safety"
    template = {"request_categories": "/categories", "enable_thinking": think}
    return Form(
        name,
        lambda exchange: [Request(turns(exchange, _LABELS), 2048 if think else 100, template=template)],
        of_text(read_lines),
        languages("nemotron-content-safety"),
        settings={"think": think},
    )


def reasoning(*, think: bool) -> Form:
    """The form of Nemotron Content Safety Reasoning 4B, in one of its modes."""
    name = "nemotron-reasoning-think" if think else "nemotron-reasoning"
    return Form(
        name,
        lambda exchange: _ask_reasoning(exchange, think),
        of_text(read_harm),
        languages("english"),
        settings={"think": think},
    )


def _ask_v3(exchange: Exchange) -> list[Request]:
    names = {"user": "user: ", "assistant": "response: agent: "}
    lines = [names[turn["role"]] + turn["content"] for turn in turns(exchange, _LABELS)]
    words = wording_file(__package__, "nemotron_safety_guard")["user"]
    text = filled(words, conversation="\n\n".join(lines), space=" ")  # with which the card's prompt ends
    return [Request([{"role": "user", "content": text}], max_tokens=100)]


def _ask_reasoning(exchange: Exchange, think: bool) -> list[Request]:
    prompt, response = request_and_response(exchange, _LABELS)
    words = wording_file(__package__, "nemotron_reasoning")["user"]
    text = filled(words, prompt=prompt, response=response, mode="/think" if think else "/no_think")
    return [Request([{"role": "user", "content": text}], max_tokens=2048 if think else 400)]


def read_json(text: str) -> Opinion:
    """One JSON object with ``Response Safety``; without it the guard has judged the prompt only."""
    start = text[:LONGEST].find("{")
    try:
        found = decode_first(text[start:LONGEST]) if start >= 0 else None
    except ValueError:
        found = None
    label = found.get("Response Safety") if isinstance(found, dict) else None
    if not isinstance(label, str) or label.strip().casefold() not in _SAFETY or text.count('"Response Safety"') != 1:
        raise Unreadable("JSON with 'Response Safety' once, safe or unsafe", text)
    outcome = label.strip().casefold()
    categories = found.get("Safety Categories", "") if isinstance(found, dict) else ""
    more = categories if outcome == "unsafe" and isinstance(categories, str) else ""
    return Opinion(outcome, reason=reason(outcome, more[:120]))


def read_lines(text: str) -> Opinion:
    """``Response Safety: safe`` or ``unsafe``."""
    text = without_thinking(text)
    outcome = field(text, "Response Safety", _SAFETY)
    return Opinion(outcome, reason=reason(outcome, listed(text, "Safety Categories") if outcome == "unsafe" else ""))


def read_harm(text: str) -> Opinion:
    """``Response harm: harmful`` or ``unharmful``; capital letters differ between answers."""
    text = without_thinking(text)
    harm = field(text.replace('"', ""), "Response harm", ("harmful", "unharmful"))
    return Opinion("unsafe" if harm == "harmful" else "safe", reason=f"response {harm}")
