"""Translates a text without what has to stay: code is not sent, placeholders are marks meanwhile, none gets lost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace

from ..escaping import CONTROL
from ..languages import base_tag, language
from .parts import Part, Unit, apart, cut
from .pieces import restored
from .translator import Translation, with_tokens

Plain = Callable[[list[str]], Awaitable[Sequence[Translation]]]


async def keeping(texts: Sequence[str], translate: Plain, *, unit: Unit, target: str) -> list[Translation]:
    """Translations of texts in which code, addresses, placeholders and tags stand as they did.

    Where an engine loses one of them, what stands between them is translated by itself: a clumsier sentence, but whole.

    Args:
        texts: any.
        translate: gives translations of some texts, one for each. It is asked twice at most, and for no text twice.
        unit: what it is given at a time.
        target: tag of the language to translate to.
    """
    cuts = [cut(text, unit) for text in texts]
    made = _Made()
    await made.ask((part for parts in cuts for part in parts), translate)
    await made.ask((one for parts in cuts for part in parts if made.lacks(part) for one in apart(part)), translate)
    spaced = base_tag(target) is None or language(target).spaced
    return [_together(parts, made, spaced) for parts in cuts]


class _Made(dict[str, Translation]):
    """What an engine made of texts with marks."""

    async def ask(self, parts: Iterable[Part], translate: Plain) -> None:
        texts = list(dict.fromkeys(part.text for part in parts if part.sent and part.text not in self))
        if not texts:
            return
        for text, one in zip(texts, await translate(texts), strict=True):
            self[text] = one if one.text is None else _readable(one, text)

    def lacks(self, part: Part) -> bool:
        """Whether it is translated, but for pieces that were lost."""
        text = self[part.text].text if part.sent else None
        return text is not None and restored(text, part.pieces) is None

    def take(self, part: Part) -> Translation:
        """A part's translation; its tokens are counted once."""
        one = self[part.text]
        self[part.text] = replace(one, input_tokens=0, output_tokens=0)
        if not self.lacks(part):
            return replace(one, text=one.text and restored(one.text, part.pieces))
        rest = _together(apart(part), self, True)
        return with_tokens(rest, one)


def _readable(one: Translation, source: str) -> Translation:
    """A translation without control characters that its source has not; none where nothing is left."""
    text = CONTROL.sub(lambda found: found[0] if found[0] in source else "", one.text or "")
    if not text.strip():
        return replace(one, text=None, error="an empty translation", lasting=True)
    return replace(one, text=text)


def _together(parts: Sequence[Part], made: _Made, spaced: bool) -> Translation:
    """One text of its parts; the first error of a part is the whole text's."""
    texts: list[str] = []
    read = written = 0
    failed = None
    for place, part in enumerate(parts):
        if not part.sent:
            gap = (
                not part.text.strip(" ")
                and 0 < place < len(parts) - 1
                and parts[place - 1].sent
                and parts[place + 1].sent
            )
            texts.append("" if gap and not spaced else part.text)
            continue
        if place and parts[place - 1].sent and spaced:  # after a full stop that no space follows
            texts.append(" ")
        one = made.take(part)
        read, written = read + one.input_tokens, written + one.output_tokens
        failed = failed or (one if one.text is None else None)
        texts.append((one.text or "").strip())
    text = None if failed else "".join(texts)
    return replace(failed or Translation(text), text=text, input_tokens=read, output_tokens=written)
