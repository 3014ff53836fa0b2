"""Faults to plant in translated prompts, for planted_faults.py."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from isoglot.languages import language, main_script, tellable

SAID: Mapping[str, Any] = yaml.safe_load(Path(__file__).with_name("planted_faults.yaml").read_text("utf-8"))
SENTENCE = re.compile(r".+?(?:[.!?؟।۔]+(?=\s|$)|[。！？]+|$)", re.DOTALL)


class Cell(NamedTuple):
    file: str
    group: str
    source: str
    tag: str
    text: str


class Planted(NamedTuple):
    source: str
    text: str
    tag: str


class At(NamedTuple):
    """A cell, the others of its column and of its group, and what draws."""

    cell: Cell
    column: Sequence[Cell]
    row: Sequence[Cell]
    draw: random.Random


Fault = Callable[[At], Planted | None]


def own(cell: Cell) -> str:
    """The language that a text of a column is to be replaced in: ``ku`` has two."""
    return cell.tag if cell.tag != "ku" else "kmr" if main_script(cell.text) == "LATIN" else "ckb"


def said(kind: str, tag: str, draw: random.Random) -> str | None:
    return draw.choice(SAID[kind][tag]) if tag in SAID[kind] else None


def answered(at: At, number: int) -> str | None:
    tag = own(at.cell)
    return SAID["answers"][tag][number] if tag in SAID["answers"] else None


def as_it_is(at: At) -> Planted:
    return Planted(at.cell.source, at.cell.text, at.cell.tag)


def instead(make: Callable[[At], str | None]) -> Fault:
    """A fault of the text alone."""

    def fault(at: At) -> Planted | None:
        text = make(at)
        return None if text is None or text == at.cell.text else Planted(at.cell.source, text, at.cell.tag)

    return fault


def another_prompt(at: At) -> str:
    return at.draw.choice([one for one in at.column if one.source != at.cell.source]).text


def another_language(at: At) -> str | None:
    others = [one for one in at.row if not tellable((one.tag, at.cell.tag)).alike]
    others = [one for one in others if one.tag != at.cell.tag]
    return at.draw.choice(others).text if others else None


def answer_in_english(at: At) -> str:
    name = language(at.cell.tag).name
    shape = at.draw.choice(
        ["Sure, here is the translation:\n\n{}", f"{name}: {{}}", "Translation: {}", "{}\n\nNote: this is literal."]
    )
    return shape.format(at.cell.text)


def around(at: At) -> str | None:
    shape = said("around", own(at.cell), at.draw)
    return None if shape is None else shape.format(at.cell.text)


def first_sentence(at: At) -> str | None:
    wanted, there = (SENTENCE.findall(text) for text in (at.cell.source, at.cell.text))
    if len(wanted) < 2 or len(there) < 2 or len(there[0]) > 0.7 * len(at.cell.text):
        return None
    return there[0].strip()


def half_of(at: At) -> str | None:
    if len(at.cell.source) < 30:
        return None
    spaced = language(at.cell.tag).spaced
    parts = at.cell.text.split() if spaced else list(at.cell.text)
    return (" " if spaced else "").join(parts[: len(parts) // 2])


def half_translated(at: At) -> str | None:
    words, parts = at.cell.source.split(), half_of(at)
    return None if parts is None or len(words) < 10 else f"{parts} {' '.join(words[len(words) // 2 :])}"


def looped_words(at: At) -> str:
    text, draw = at.cell.text, at.draw
    end = text.split()[-draw.randint(1, 4) :] if language(at.cell.tag).spaced else [text[-draw.randint(2, 8) :]]
    return f"{text} {' '.join(end * draw.randint(8, 30))}"


def looped_text(at: At) -> str:
    return " ".join([at.cell.text] * at.draw.randint(2, 5))


def nearly_echoed(at: At) -> str:
    return at.cell.source.rstrip(".?! ").swapcase() + " "


NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def with_number(at: At) -> tuple[str, str, str]:
    """Source and text with a number in both, and the number."""
    source, text = at.cell.source, at.cell.text
    if common := sorted(set(NUMBER.findall(source)) & set(NUMBER.findall(text))):
        return source, text, at.draw.choice(common)
    number = str(at.draw.choice([at.draw.randint(2, 99), at.draw.randint(101, 9999)]))
    return f"{source} ({number})", f"{text} ({number})", number


def number_lost(at: At, instead_of_it: str = "") -> Planted:
    source, text, number = with_number(at)
    return Planted(source, re.sub(rf"(?<!\d){re.escape(number)}(?!\d)", instead_of_it, text), at.cell.tag)


def number_changed(at: At) -> Planted:
    return number_lost(at, str(at.draw.randint(10000, 90000)))


PIECES = (
    *("{name}", "{{user.name}}", "%s", "%(count)d", "<name>", "$HOME", "${PATH}", "[NAME]"),
    *("https://example.org/a/b?c=d", "someone@example.org", "`rm -r x`", "www.example.com/path"),
)


def kept(at: At) -> Planted:
    """Right: both have a piece that is to be kept."""
    piece = at.draw.choice(PIECES)
    return Planted(f"{at.cell.source} {piece}", f"{at.cell.text} {piece}", at.cell.tag)


def piece_lost(at: At) -> Planted:
    return kept(at)._replace(text=at.cell.text)


def piece_changed(at: At) -> Planted:
    source, _, tag = kept(at)
    piece = source[len(at.cell.source) + 1 :]
    return Planted(source, f"{at.cell.text} {piece[: len(piece) // 2]} {piece[len(piece) // 2 + 1 :]}", tag)


def entities(at: At) -> str:
    word, _, rest = at.cell.text.partition(" ")
    return f"{at.draw.choice(['&quot;', '&#39;', '&amp;quot;'])}{word}{at.draw.choice(['&quot;', '&#39;'])} {rest}"


def unknown_characters(at: At) -> str:
    text, place = at.cell.text, at.draw.randrange(len(at.cell.text))
    return text[:place] + at.draw.choice(["\ufffd", "\ufffd\ufffd", " <unk> ", " ⁇ "]) + text[place + 1 :]


# kind -> the fault, and the reasons that fit; without: what is right.
KINDS: Mapping[str, tuple[Fault, frozenset[str]]] = {
    "nothing": (as_it_is, frozenset()),
    "pieces kept": (kept, frozenset()),
    "another prompt's translation": (instead(another_prompt), frozenset(["meaning", "length", "lost", "kept"])),
    "another language": (instead(another_language), frozenset(["language", "script"])),
    "refusal": (instead(lambda at: said("refusals", own(at.cell), at.draw)), frozenset(["refusal"])),
    "refusal in English": (
        instead(lambda at: at.draw.choice(SAID["english"])),
        frozenset(["refusal", "language", "script"]),
    ),
    "answer with a list": (instead(lambda at: answered(at, 0)), frozenset(["answer", "length"])),
    "answer in prose": (instead(lambda at: answered(at, 1)), frozenset(["answer", "length", "meaning"])),
    "label, opener, note": (instead(around), frozenset(["answer"])),
    "the same in English": (instead(answer_in_english), frozenset(["answer", "script", "language"])),
    "first sentence only": (instead(first_sentence), frozenset(["lost", "length"])),
    "first half only": (instead(half_of), frozenset(["lost", "length"])),
    "half translated": (instead(half_translated), frozenset(["echo", "script", "language"])),
    "looped words": (instead(looped_words), frozenset(["repetition"])),
    "looped text": (instead(looped_text), frozenset(["repetition"])),
    "echo": (instead(lambda at: at.cell.source), frozenset(["echo"])),
    "nearly an echo": (instead(nearly_echoed), frozenset(["echo"])),
    "number lost": (number_lost, frozenset(["kept"])),
    "number changed": (number_changed, frozenset(["kept"])),
    "piece lost": (piece_lost, frozenset(["kept"])),
    "piece changed": (piece_changed, frozenset(["kept"])),
    "entities": (instead(entities), frozenset(["markup"])),
    "unknown characters": (instead(unknown_characters), frozenset(["markup"])),
}
