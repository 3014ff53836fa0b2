"""Texts to tokens and back for translation models, each family of which names languages in its way."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..errors import ModelError, problem
from ..languages import base_tag
from ..models.files import is_missing
from ..models.load import loading, tokenizer_of
from .codes import called
from .known import unknown_language


class _Family(NamedTuple):
    """How a family marks languages.

    Attributes:
        name: for people.
        token: of a language, with ``{}`` for its code.
        signs: tokens by which a model of it is known.
        in_text: whether the target's token is written before the source's text; else the translation begins with it.
        source: whether the text has its own language's token, too.
    """

    name: str
    token: str
    signs: tuple[str, ...]
    in_text: bool
    source: bool


_FAMILIES = (
    _Family("NLLB", "{}", ("eng_Latn", "fra_Latn"), in_text=False, source=True),
    _Family("M2M100", "__{}__", ("__en__",), in_text=False, source=True),
    _Family("MADLAD", "<2{}>", ("<2en>",), in_text=True, source=False),
)
_OPUS = _Family("opus-mt", ">>{}<<", (), in_text=True, source=False)
_PAIR = re.compile(r"opus-mt(?:-tc)?(?:-big|-base|-tiny)?-([A-Za-z_]+)-([A-Za-z_]+)")


class Tokens:
    """The tokenizer of a translation model, and what its family does with it.

    Args:
        place: folder of the tokenizer, or a name on the hub.
        name: of the model; that of an opus-mt model says its languages.

    Raises:
        ModelError: for what is no tokenizer, or one of a model of another family.
    """

    def __init__(self, place: str, name: str) -> None:
        if is_missing(place):
            got = f"nothing at {place!r}"
            raise ModelError(problem("model", "a model's folder, or a name on the hub", got, "Check the path"))
        with loading("model", "a tokenizer that loads", place, "Check the path"), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Marian's recommends sacremoses, whose rules are for punctuation only
            self._tokenizer: Any = tokenizer_of(place)
        self._name = name
        self._family = self._found()

    @property
    def pad(self) -> int:
        """The token to fill up with."""
        return int(self._tokenizer.pad_token_id)

    @property
    def positions(self) -> int:
        """Tokens that the model has places for, as far as its tokenizer says; else a number beyond any text."""
        return int(min(self._tokenizer.model_max_length, 1 << 20))

    def why_not(self, source: str, target: str) -> str:
        """Why the model cannot translate between two languages; empty if it can."""
        if why := unknown_language(source, target):
            return why
        if self._family is _OPUS:
            return self._why_no_pair(source, target)
        missing = [tag for tag in (source, target) if called(tag, self._knows) is None]
        return f"{self._name} ({self._family.name}) does not know {' and '.join(missing)}" if missing else ""

    def encode(self, texts: Sequence[str], source: str, target: str) -> list[list[int]]:
        """Token ids of some texts, with those of the languages and of the end."""
        if self._family.source:
            self._tokenizer.src_lang = called(source, self._knows)
        code = called(target, self._knows) if self._family.in_text else None
        before = "" if code is None else f"{self._family.token.format(code)} "
        return [list(ids) for ids in self._tokenizer([before + text for text in texts], verbose=False).input_ids]

    def first(self, target: str) -> int | None:
        """The token that each translation begins with; None if there is none."""
        if self._family.in_text:
            return None
        return self._id(self._family.token.format(called(target, self._knows)))

    def decode(self, ids: Sequence[int], target: str) -> str:
        """The text of a translation's tokens.

        Tokens of languages are left out by hand: of M2M100 transformers 5 does not call them special.
        """
        left_out = {self.first(target), *self._tokenizer.all_special_ids}
        return str(self._tokenizer.decode([one for one in ids if one not in left_out])).strip()

    def ended(self, ids: Sequence[int]) -> bool:
        """Whether a translation ended by itself, and not for its length."""
        return self._tokenizer.eos_token_id in ids

    def names(self, ids: Sequence[int]) -> list[str]:
        """Tokens as texts."""
        return [str(one) for one in self._tokenizer.convert_ids_to_tokens(list(ids))]

    def ids(self, names: Sequence[str]) -> list[int]:
        """Token ids of tokens as texts."""
        return [int(one) for one in self._tokenizer.convert_tokens_to_ids(list(names))]

    def _found(self) -> _Family:
        """The family, known by its signs; opus-mt by its tokenizer's class."""
        for family in _FAMILIES:
            if any(map(self._has, family.signs)):
                return family
        kind = type(self._tokenizer).__name__
        if "Marian" in kind:
            return _OPUS
        got = f"{self._name!r}, whose tokenizer ({kind}) has none of their languages"
        raise ModelError(problem("model", "a translation model (NLLB, MADLAD, M2M100 or opus-mt)", got))

    def _why_no_pair(self, source: str, target: str) -> str:
        """The same of an opus-mt model, whose name says what it was made for; some write several languages."""
        found = _PAIR.search(self._name)
        told = self._tokenizer.source_lang, self._tokenizer.target_lang
        reads, writes = found.groups() if found else told
        if not reads or not writes:
            return f"{self._name} does not say its languages; name its folder as in opus-mt-en-sw"
        many = bool(self._tokenizer.supported_language_codes)
        wrong = [] if _is_group(reads) or called(source, reads.split("_").__contains__) else [source]
        if called(target, self._knows if many else writes.split("_").__contains__) is None:
            wrong.append(target)
        return f"{self._name} translates from {reads} to {writes}, not {' and '.join(wrong)}" if wrong else ""

    def _knows(self, code: str) -> bool:
        return self._has(self._family.token.format(code))

    def _has(self, token: str) -> bool:
        return self._id(token) is not None

    def _id(self, token: str) -> int | None:
        """A token's id; None if it is unknown. M2M100's vocabulary does not list its languages, which have ids."""
        found = self._tokenizer.convert_tokens_to_ids(token)
        return None if found in (None, self._tokenizer.unk_token_id) else int(found)


def _is_group(name: str) -> bool:
    """Whether what an opus-mt model reads is a group of languages, as in ``ROMANCE``, ``mul`` or ``gmw``."""
    return all(base_tag(part) is None for part in name.split("_"))
