"""Texts by language in little memory."""

from __future__ import annotations

import functools
from collections.abc import ItemsView, Iterator, Mapping, ValuesView
from typing import Any

_BETWEEN = b"\xff"  # which no text in UTF-8 has


class Packed(Mapping[str, str]):
    """Texts by name, kept as one piece of UTF-8; what reads a dict reads this.

    Each text of its own costs 50 to 75 bytes more than what is in it, and two or four bytes a character where one is
    beyond Latin.

    Args:
        texts: name -> text. Without halves of surrogate pairs, which UTF-8 does not have.

    Raises:
        UnicodeEncodeError: for such halves.
    """

    __slots__ = ("_names", "_texts")

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._names = _same(tuple(texts))
        self._texts = _BETWEEN.join([text.encode() for text in texts.values()])

    def __getitem__(self, name: str) -> str:
        try:
            place = self._names.index(name)
        except ValueError:
            raise KeyError(name) from None
        return self._texts.split(_BETWEEN, place + 1)[place].decode()

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def items(self) -> ItemsView[str, str]:
        """Names and texts, all made at once."""
        return self._as_dict().items()

    def values(self) -> ValuesView[str]:
        """The texts, all made at once."""
        return self._as_dict().values()

    def _as_dict(self) -> dict[str, str]:
        return {name: text.decode() for name, text in zip(self._names, self._texts.split(_BETWEEN), strict=False)}

    def __repr__(self) -> str:
        return repr(self._as_dict())

    def __hash__(self) -> int:
        return hash(frozenset(self.items()))

    def __reduce__(self) -> Any:
        return Packed, (self._as_dict(),)


@functools.lru_cache(maxsize=256)
def _same(names: tuple[str, ...]) -> tuple[str, ...]:
    """One tuple for all groups of the same languages."""
    return names


NOTHING: Mapping[str, Any] = Packed({})


def packed(prompts: Mapping[str, Any]) -> Mapping[str, Any]:
    """The prompts in little memory, if all of them are plain texts; conversations stay as they are."""
    if isinstance(prompts, Packed) or not {type(prompt) for prompt in prompts.values()} <= {str}:
        return prompts
    return Packed(prompts)
