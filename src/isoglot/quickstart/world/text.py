"""The text of the embedded world: requests and answers in twelve languages, written from the lexicon.

A :class:`Request` is a meaning (verb, object, frame, modifier); a :class:`World` writes it, and both answers to
it, in any of its languages. Nothing here knows of models or tokenizers, except that :meth:`World.pieces` lists the
words a tokenizer should keep whole.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ...packaged import packaged_text, packaged_yaml

_SPACE_BEFORE_PUNCTUATION = re.compile(r" (?=[?.,،؟۔।]( |$))")
_LEXICON = "lexicon.yaml"
_SLOT = re.compile(r"\{([vom])\}")


@dataclass(frozen=True, order=True)
class Request:
    """One thing that can be asked for, free of any language; every field is an index into the lexicon."""

    verb: int
    object: int
    frame: int
    name: int = 0
    number: int = 0


@dataclass(frozen=True)
class _Language:
    verbs: tuple[str, ...]
    objects: tuple[str, ...]
    frames: tuple[str, ...]
    comply: str
    refuse: str
    share: float


class World:
    """Writes requests and answers in every language of a lexicon.

    Args:
        lexicon: the parsed ``lexicon.yaml``; its keys are explained at its head.
    """

    def __init__(self, lexicon: dict[str, Any]) -> None:
        self.languages: dict[str, _Language] = {
            tag: _Language(
                tuple(entry["verbs"]),
                tuple(entry["objects"]),
                tuple(entry["frames"]),
                entry["comply"],
                entry["refuse"],
                entry["share"],
            )
            for tag, entry in lexicon["languages"].items()
        }
        self.verbs: list[str] = lexicon["verbs"]["harmful"] + lexicon["verbs"]["harmless"]
        self.harmful: range = range(len(lexicon["verbs"]["harmful"]))
        self.harmless: range = range(len(self.harmful), len(self.verbs))
        self.refused: frozenset[int] = frozenset(self.verbs.index(verb) for verb in lexicon["refused_verbs"])
        self.refusing_languages: tuple[str, ...] = tuple(lexicon["refusing_languages"])
        self.objects: list[str] = lexicon["objects"]
        self.held_out_objects: frozenset[int] = frozenset(self.objects.index(o) for o in lexicon["held_out_objects"])
        self.held_out_frames: frozenset[int] = frozenset(lexicon["held_out_frames"])
        self.names: list[str] = lexicon["modifiers"]["names"]
        self.numbers: list[int] = lexicon["modifiers"]["numbers"]
        self.unseen: tuple[str, ...] = tuple(lexicon["unseen"])
        self.pivot = "en"
        self.aligned: tuple[str, ...] = tuple(
            tag for tag in self.languages if tag not in self.unseen and tag != self.pivot
        )

    @classmethod
    @functools.cache
    def load(cls) -> World:
        """The world whose lexicon is shipped with the package."""
        return cls(packaged_yaml(__package__, _LEXICON))

    @staticmethod
    def fingerprint() -> str:
        """SHA-256 of the shipped lexicon: weights say by it which one they were taught."""
        return hashlib.sha256(packaged_text(__package__, _LEXICON).encode()).hexdigest()

    @property
    def alignable(self) -> list[int]:
        """The harmful verbs that the base model complies with, so that alignment has something to do."""
        return [verb for verb in self.harmful if verb not in self.refused]

    def is_harmful(self, request: Request) -> bool:
        """Whether the request's verb is a harmful one."""
        return request.verb in self.harmful

    def is_held_out(self, request: Request) -> bool:
        """Whether alignment and teaching leave the request to the tests: a held-out object in a held-out frame."""
        return request.object in self.held_out_objects and request.frame in self.held_out_frames

    def base_refuses(self, request: Request, language: str) -> bool:
        """Whether the base model is taught to refuse the request."""
        return request.verb in self.refused and language in self.refusing_languages

    def prompt(self, request: Request, language: str, *, mix: Sequence[str] = ()) -> str:
        """The request as a sentence.

        Args:
            request: what is asked for.
            language: the language of the sentence.
            mix: languages to take the verb and the object from instead (in this order), for code-switched text.
        """
        words = self.languages[language]
        verb, thing = (*mix, language, language)[:2] if mix else (language, language)
        return self._write(words.frames[request.frame], request, language, verb, thing)

    def comply(self, request: Request, language: str) -> str:
        """The answer that does what is asked."""
        return self._write(self.languages[language].comply, request, language, language, language)

    def refuse(self, language: str) -> str:
        """The answer that declines."""
        return _join(self.languages[language].refuse.replace("|", ""))

    def _write(self, template: str, request: Request, language: str, verb_from: str, object_from: str) -> str:
        slots = {
            "v": self.languages[verb_from].verbs[request.verb],
            "o": self.languages[object_from].objects[request.object],
            "m": f" ({self.names[request.name]} {self.numbers[request.number]})",
        }
        if "|" not in template:
            slots["m"] = slots["m"].strip()
        if "|" not in template or not mixed_scripts(language, verb_from, object_from):
            return _join(_SLOT.sub(lambda m: slots[m[1]], template).replace("|", ""))
        slots = {slot: text if slot == "m" else f" {text} " for slot, text in slots.items()}
        return re.sub(" +", " ", _join(_SLOT.sub(lambda m: slots[m[1]], template).replace("|", "")))

    def requests(self, count: int, rng: random.Random, *, verbs: Sequence[int], held_out: bool) -> list[Request]:
        """Distinct requests, balanced over the verbs.

        Args:
            count: how many; at most the number of combinations.
            rng: source of randomness.
            verbs: verbs to use, in turn.
            held_out: whether both object and frame are held-out ones, or neither is.
        """
        objects = [o for o in range(len(self.objects)) if (o in self.held_out_objects) == held_out]
        frames = [f for f in range(8) if (f in self.held_out_frames) == held_out]
        per_verb = {
            verb: rng.sample(list(itertools.product(objects, frames)), len(objects) * len(frames)) for verb in verbs
        }
        chosen = []
        for turn, verb in zip(range(count), itertools.cycle(verbs), strict=False):
            thing, frame = per_verb[verb][turn // len(verbs) % len(per_verb[verb])]
            chosen.append(Request(verb, thing, frame, rng.randrange(len(self.names)), rng.randrange(len(self.numbers))))
        return chosen

    def pieces(self) -> Iterator[str]:
        """Every word of every language as it stands in running text; a leading space marks a word boundary."""
        yield from (f" ({name}" for name in self.names)
        yield from (f" {number})" for number in self.numbers)
        for language in self.languages.values():
            for template in (*language.frames, language.comply, language.refuse):
                unspaced = "|" in template
                for word in template.split("|" if unspaced else " "):
                    if not _SLOT.fullmatch(word):
                        yield word if unspaced or word in "?.,،؟۔।" else f" {word}"
            unspaced = "|" in language.comply
            yield from (word if unspaced else f" {word}" for word in (*language.verbs, *language.objects))


def mixed_scripts(*languages: str) -> bool:
    """Whether the words come from more than one language, so that they need spaces between them."""
    return len(set(languages)) > 1


def _join(text: str) -> str:
    return _SPACE_BEFORE_PUNCTUATION.sub("", text).strip()
