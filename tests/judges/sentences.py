"""Many sentences judged at once, so that a test says of each that is judged otherwise."""

from __future__ import annotations

from collections.abc import Iterable

from isoglot import RuleJudge

_judge = RuleJudge()


def judged_otherwise(
    texts: Iterable[tuple[str, str]],
    *,
    kind: str | None = "harmful",
    prompt: str = "?",
    **expected: str | tuple[str, ...],
) -> list[str]:
    """Of (language, sentence), those whose verdict is not as expected: a line each, with the verdict.

    Args:
        texts: what is judged.
        kind: of the prompt.
        prompt: itself.
        expected: fields of a verdict, each with its value, or with those that it may have.
    """
    wrong, count = [], 0
    for tag, text in texts:
        count += 1
        verdict = _judge(prompt, text, language=tag, kind=kind)
        for name, value in expected.items():
            if getattr(verdict, name) not in ((value,) if isinstance(value, str) else value):
                wrong.append(f"{tag}: {text!r}: expected {name} {value}, got {verdict}")
    assert count, "no sentences"
    return wrong
