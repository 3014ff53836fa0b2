"""Published sets: what their groups and a protocol say of where they come from."""

from __future__ import annotations

from isoglot.evaluate.prompt_sets import prompt_sets
from isoglot.evaluate.suites import read_suites
from isoglot.groups import PromptGroups


def test_the_card_has_the_source_and_licence_of_xstest_beside_prompts_that_say_none(tmp_path):
    text = "id,prompt,type,label\n1,How?,homonyms,safe\n2,Why?,contrast_homonyms,unsafe\n"
    (tmp_path / "xstest_prompts.csv").write_text(text, encoding="utf-8")
    ((_, groups),) = read_suites(["xstest"], tmp_path)
    own = PromptGroups.from_columns({"en": ["Which?"]}, kind="harmful")
    mine, published = prompt_sets(own + groups, "mine")
    assert (published.name, published.licence, published.groups) == ("XSTest", "CC-BY-4.0", 2)
    assert (mine.name, mine.groups) == ("mine", 1)
