"""One spelling for all the ways in which a phrase is written: text and phrases pass through the same function."""

from __future__ import annotations

import html
import re
import unicodedata

from .simplified import SIMPLIFIED

FOLDED_ENDS = ".!?。؟۔।॥¶"  # of sentences as fold() writes them, of languages with phrases; ¶ is an empty line

# Marks that are often left out (tones, harakat, hamza on its letter, niqqud, nukta), and what is written but not seen.
# The vowel signs of Indic scripts and of Thai are letters in all but name and stay, as do the voicing marks of kana.
_LEFT_OUT = (
    *((0x0300, 0x036F), (0x0483, 0x0489), (0x0591, 0x05C7), (0x0610, 0x061A), (0x064B, 0x065F), (0x06D6, 0x06DC)),
    *((0x06DF, 0x06E4), (0x06E7, 0x06E8), (0x06EA, 0x06ED), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF)),
    *((0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x2064), (0x2066, 0x2069), (0xFE00, 0xFE0F), (0xE0000, 0xE007F)),
)
_SINGLE = "\u00ad\u034f\u061c\u180e\ufeff\u0670\u0640\u0621\u093c\u09bc"
# Letters that one keyboard gives for another: Arabic code points in Persian, Urdu and Kurdish texts, letters of
# Kurdish and Pashto without their marks, Hausa hooks, and what does not decompose in Latin script.
_SAME = {
    "ك": "کڪ",
    "ي": "یىېۍێےئ",
    "ه": "ہھەةۀۂۃۿ",
    "گ": "ګڱ",
    "ر": "ڕړ",
    "ل": "ڵ",
    "و": "ۆۇۈؤ",
    "ا": "ٱأإآ",
    "i": "ıİ",
    "l": "łŁ",
    "d": "đĐɗƊð",
    "b": "ɓƁ",
    "k": "ƙƘ",
    "y": "ƴƳ",
    "o": "øØ",
    "'": "’‘ʼʻʹ′‛`´＇ꞌˈ׳",
    '"': "“”„«»״",
    "\u0902": "\u0901",
    "-": "‐‑–—",
}
_INSTEAD = {chr(code): "" for low, high in _LEFT_OUT for code in range(low, high + 1)}
_INSTEAD |= dict.fromkeys(_SINGLE, "")
_INSTEAD |= {other: letter for letter, others in _SAME.items() for other in others}
_INSTEAD |= {chr(ord(zero) + digit): str(digit) for zero in "٠۰०০๐௦౦" for digit in range(10)}
_INSTEAD |= SIMPLIFIED
_REPLACED = frozenset(_INSTEAD)
# A character of Thai, Japanese, Chinese or Korean: written without spaces, or with spaces that are left out.
DENSE = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_GAPS = re.compile(f" (?<={DENSE.pattern} )(?={DENSE.pattern})")
_PREFIX = re.compile(r"((?<!\w)ن?مي) (?=\w)")  # Persian verbs: with a space, without, or with a ZWNJ
# Letters of Latin and Cyrillic script that look alike, and Greek ones that look like them.
_CYRILLIC, _LATIN = "асеорхуіјѕһԁԛԝкАВЕЅІЈКМНОРСТУХ", "aceopxyijshdqwkABESIJKMHOPCTYX"
_GREEK, _LIKE_GREEK = "οανρικυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "oavpikuxABEZHIKMNOPTYX"
_TO_LATIN = dict(zip(_CYRILLIC + _GREEK, _LATIN + _LIKE_GREEK, strict=True))
_TO_CYRILLIC = dict(zip(_LATIN, _CYRILLIC, strict=True))
_TO_CYRILLIC |= {greek: _TO_CYRILLIC[_TO_LATIN[greek]] for greek in _GREEK if _TO_LATIN[greek] in _TO_CYRILLIC}
_ALIKE = _TO_LATIN.keys() | _TO_CYRILLIC.keys()
_LATIN_LETTER, _OTHER_LETTER = "A-Za-z\u00c0-\u024f\u1e00-\u1eff", "\u0370-\u052f"
_MIXED = re.compile(f"[{_LATIN_LETTER}][{_OTHER_LETTER}]|[{_OTHER_LETTER}][{_LATIN_LETTER}]")
_WORD = re.compile(f"[{_LATIN_LETTER}{_OTHER_LETTER}]+")
_OTHER_LETTERS = frozenset(map(chr, range(0x0370, 0x0530)))
_LATIN_LETTERS = re.compile(f"[{_LATIN_LETTER}]")
_NOT_SEEN = frozenset("\u00ad\u200b\u2060\ufeff")
_SURROGATE = re.compile("[\ud800-\udfff]")
_APOSTROPHE = re.compile(r"(?<=\w)`(?=\w)")
_MARKS = "*_#`~|>"
_MARKUP = re.compile(rf"</?[a-zA-Z][^<>\n]{{0,60}}>|[{_MARKS}]+")
_PARAGRAPH = re.compile(r"[^\S\n]*\n\s*\n\s*")


def as_meant(text: str) -> str:
    """The text without what hides its words and its language: characters that are not seen, letters of other scripts.

    A word in letters of two scripts gets those of one: of the letters that look like none of the other script, or else
    of the whole text. Words of like letters alone follow, in a text that has such a word. Half a surrogate pair becomes
    the sign for what is no character.

    Example:
        >>> as_meant("I саnnоt hеlр") == "I cannot help"  # with four letters of Cyrillic
        True
    """
    if text.isascii():
        return text
    letters = set(text)  # few, and quicker to go through than the text
    for letter in letters & _NOT_SEEN:
        text = text.replace(letter, "")
    if max(letters) >= "\ud800":
        text = _SURROGATE.sub("\ufffd", text)
    if letters.isdisjoint(_OTHER_LETTERS) or not _MIXED.search(text):
        return text
    text_is_latin = _latin(text)
    return _WORD.sub(lambda word: _in_one_script(word[0], latin=_latin(word[0], otherwise=text_is_latin)), text)


def _latin(text: str, *, otherwise: bool = True) -> bool:
    """Whether most of the letters that look like none of the other script are Latin; as ``otherwise`` if it is even."""
    own = [_LATIN_LETTERS.match(letter) is not None for letter in text if letter.isalpha() and letter not in _ALIKE]
    return otherwise if 2 * sum(own) == len(own) else 2 * sum(own) > len(own)


def _in_one_script(word: str, *, latin: bool) -> str:
    """The word, if that leaves it with letters of one script."""
    one = "".join((_TO_LATIN if latin else _TO_CYRILLIC).get(letter, letter) for letter in word)
    return word if _MIXED.search(one) else one


def fold(text: str) -> str:
    """The text in the spelling in which phrases are looked for.

    Without case, markup, marks that writers leave out and characters that are not seen; one letter for those that
    keyboards exchange; one space for any, none within scripts that do not need them; ``¶`` for an empty line.

    Example:
        >>> fold("I **can’t** help"), fold("İSTEĞİ"), fold("도와 드릴 수 없습니다")
        ("i can't help", 'istegi', '도와드릴수없습니다')
    """
    if "&" in text:
        text = html.unescape(text)
    plain = text.isascii()
    if not plain:
        # NFKD would make a space and a mark of the acute accent that stands for an apostrophe.
        text = unicodedata.normalize("NFKD", text.replace("´", "'"))
        for letter in _REPLACED.intersection(text):  # a text has few of them: two to eight times faster than translate
            text = text.replace(letter, _INSTEAD[letter])
        text = unicodedata.normalize("NFC", text)
    if "`" in text:
        text = _APOSTROPHE.sub("'", text)
    if "\n" in text:
        text = _PARAGRAPH.sub(" ¶ ", text)
    if any(mark in text for mark in _MARKS):
        text = _MARKUP.sub("", text)
    text = " ".join(text.casefold().split())
    if plain:
        return text
    text = _GAPS.sub("", text)
    return _PREFIX.sub(r"\1", text) if "مي " in text else text
