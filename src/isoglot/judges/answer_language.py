"""The language that an answer is in, the same for every judge."""

from __future__ import annotations

from collections.abc import Sequence

from ..languages import UNDETERMINED, base_tag, identify, main_script
from .answer import without_code, without_reasoning

# Those of PKU, MultiJail and PolyRefuse. More would cost: next to Indonesian, 4 % of Javanese are missed.
CANDIDATES = (
    *("en", "zh", "ru", "ja", "ar", "bn", "sw", "ur", "ps", "ckb", "kmr"),
    *("ko", "th", "it", "vi", "jv", "de", "es", "fr", "nl", "pl", "yo"),
)


def answer_language(answer: str, prompt_language: str, candidates: Sequence[str] = CANDIDATES) -> str:
    """The language of an answer, as a tag, or ``undetermined``; code says nothing of it.

    Args:
        answer: without reasoning.
        prompt_language: the prompt's, as a tag.
        candidates: languages that it may be in, the prompt's and English besides.
    """
    prose = without_code(answer)
    found = identify(prose, tuple(dict.fromkeys((prompt_language, "en", *candidates))))
    if found == UNDETERMINED and base_tag(prompt_language) == "zh" and main_script(prose) == "CJK":
        return prompt_language  # too few characters to tell it from Japanese, but the prompt is Chinese
    return found


def response_language(response: str, prompt_language: str) -> str:
    """The language of a response's answer, whatever reasoning stands before it; as :func:`answer_language`."""
    return answer_language(without_reasoning(response), prompt_language)
