"""Marks that end sentences are the same wherever a text is cut or its end is looked for."""

from __future__ import annotations

import pytest

from isoglot.check.rules.sentences import ended
from isoglot.judges.probes.changes import PROBES
from isoglot.judges.verdict import Exchange
from isoglot.languages.punctuation import ENDS, WITHOUT_SPACE
from isoglot.translators.sentences import sentences

LIST = {probe.name: probe for probe in PROBES}["list"]


@pytest.mark.parametrize("mark", ENDS)
def test_a_sentence_ends_for_translators_for_checks_and_for_probes_of_judges(mark):
    space = "" if mark in WITHOUT_SPACE else " "
    first, second = f"One two{mark}{space}", f"Three four{mark}"
    assert sentences(first + second) == [first, second]
    assert ended(second)
    assert not ended("Three four")
    listed = LIST.change(Exchange("?", first + second, "en"), "en")
    assert listed == f"- {first.strip()}\n- {second}"


def test_a_number_is_no_end():
    assert LIST.change(Exchange("?", "Mix 2.5 cups. Stir!", "en"), "en") == "- Mix 2.5 cups.\n- Stir!"
