"""Marks that end sentences, of any script, as people write them."""

from __future__ import annotations

WITHOUT_SPACE = "。！？｡"  # of scripts that put no space between sentences
BEFORE_SPACE = "!?؟۔।॥။።፧։᙮།༎…"
ENDS = f".{BEFORE_SPACE}{WITHOUT_SPACE}"  # a full stop also ends abbreviations
QUESTIONS = "?？؟;՞፧"  # Greek has a semicolon; the Armenian mark stands within a word
