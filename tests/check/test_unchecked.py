"""Cells that a checker has left unchecked in a language in which it has checked others."""

from __future__ import annotations

from contextlib import closing

from isoglot.check.meaning.chance import LEAST
from isoglot.check.meaning.round_trip import RoundTrip
from isoglot.groups import PromptGroup
from isoglot.translators import Translation

from .conftest import check, write
from .test_meaning import Back, Held, Told, numbered


def test_single_cells_that_do_not_come_back_are_counted_and_named(world, tmp_path):
    """Where most did. A language that the backend does not translate is told of as a whole."""
    from isoglot.quickstart.world.data import alignment_groups

    given = list(alignment_groups(world, 60))
    translator = Back(given)
    back, lost = translator.translate, {given[place].prompts["sw"] for place in range(3, 60, 8)}
    ids = [group.id for group in given if group.prompts["sw"] in lost]

    async def loses_some(texts, source, target):
        gone = Translation(None, "the text is too long.", lasting=True)
        return [
            gone if text in lost else one for text, one in zip(texts, await back(texts, source, target), strict=True)
        ]

    translator.translate = loses_some
    with closing(RoundTrip(translator, Held())) as checker:
        found = check(write(tmp_path / "g.jsonl", *map(PromptGroup.to_record, given)), tmp_path, checkers=[checker])
    why = "not translated back, the text is too long"
    assert found["unchecked"] == {"fake:back": {"sw": {"count": len(ids), "first": ids[:5], "why": why}}}
    assert len(ids) >= 8
    assert "sw" not in found["untold"]["fake:back"]
    page = (tmp_path / "check.html").read_text().replace("\u00a0", " ")
    named = f"{', '.join(ids[:5])} and {len(ids) - 5} more."
    assert f"fake:back left {len(ids)} translations in Swahili unchecked (of the last one: {why}): {named}" in page


def test_cells_of_a_batch_that_could_not_be_compared_are_among_those_unchecked():
    told = Told()
    told(numbered(range(LEAST - 1), "sw"))
    assert told.unchecked == {}  # as nothing is said of the language
    told(numbered(range(50, 150), "sw"))
    first = [str(number) for number in range(5)]
    why = f"at least {LEAST} cells are needed, {LEAST - 1} are there"
    assert told.unchecked == {"sw": {"count": LEAST - 1, "first": first, "why": why}}
