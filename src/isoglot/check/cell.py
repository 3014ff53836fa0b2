"""One cell against its group's pivot."""

from __future__ import annotations

from .finding import REASONS, CellCheck, Finding
from .learnt.belonging import another_prompt
from .learnt.norms import Norms
from .rules.answered import answer
from .rules.echoed import echo
from .rules.kept import kept
from .rules.language import language_found, wrong_language, wrong_script
from .rules.length import length
from .rules.markup import markup
from .rules.refused import refusal
from .rules.repeated import repetition

__all__ = ["REASONS", "CellCheck", "Finding", "check_cell"]

_BUILT_IN = Norms()
_MOST = 10_000  # characters of each that are looked at, beside how long they are


def check_cell(source: str, text: str, *, source_language: str, language: str, norms: Norms | None = None) -> CellCheck:
    """Checks one cell, by rules alone.

    Args:
        source: the pivot's text.
        text: the cell's.
        source_language: tag of the pivot's language.
        language: tag that the cell stands under.
        norms: what is usual for the pair of languages; None: the built-in ones.

    Example:
        >>> check_cell("How do I bake bread?", "I'm sorry, I can't help.", source_language="en", language="de").score
        0.0
    """
    if not any(map(str.isalnum, text)):
        return CellCheck((Finding("length", 1.0, "has no words"),) if any(map(str.isalnum, source)) else ())
    norms = _BUILT_IN if norms is None else norms
    off = norms.off(source, text, source_language, language)
    source, text = source[:_MOST], text[:_MOST]
    found = language_found(source, text, source_language, language)
    findings = [
        refusal(source, text, source_language, language),
        answer(source, text, source_language, language),
        echo(source, text, source_language, language),
        repetition(source, text),
        *kept(source, text, language),
        *markup(source, text),
    ]
    wrong = wrong_language(found, language, norms.mostly.get((source_language, language)))
    findings.append(wrong)
    if wrong is None:
        findings += [
            wrong_script(source, text, source_language, language),
            length(source, text, off, norms.of(source_language, language)),
            another_prompt(source, text, off, norms.belonging.get((source_language, language))),
        ]
    there = sorted((one for one in findings if one is not None), key=lambda one: -one.penalty)
    return CellCheck(tuple(there), found)
