"""Published sets beside prompts of one's own: where they come from, and languages that they do not have."""

from __future__ import annotations

from isoglot.evaluate.prompts.prompt_sets import prompt_sets
from isoglot.evaluate.prompts.suites import SUITES, read_suites, with_free_ids
from isoglot.evaluate.protocol.judged_card import card_after
from isoglot.groups import PromptGroup, PromptGroups
from isoglot.judges import RuleJudge, Verdict
from isoglot.runs import Response


def test_the_card_has_the_source_and_licence_of_xstest_beside_prompts_that_say_none(tmp_path):
    text = "id,prompt,type,label\n1,How?,homonyms,safe\n2,Why?,contrast_homonyms,unsafe\n"
    (tmp_path / "xstest_prompts.csv").write_text(text, encoding="utf-8")
    ((_, groups),) = read_suites(["xstest"], tmp_path)
    own = PromptGroups.from_columns({"en": ["Which?"]}, kind="harmful")
    mine, published = prompt_sets(own + groups, "mine")
    assert (published.name, published.licence, published.groups) == ("XSTest", "CC-BY-4.0", 2)
    assert (mine.name, mine.groups) == ("mine", 1)


def test_a_set_has_ids_of_its_own_beside_prompts_that_have_its_name_already():
    def groups(*names):
        return PromptGroups(PromptGroup(name, {"en": f"What of {name}?"}, kind="harmful") for name in names)

    own, told = groups("1", "xstest/1", "xstest/2"), []
    ((_, found),) = with_free_ids(
        [(SUITES["xstest"], groups("1", "2", "xstest/2"))], {one.id for one in own}, tell=told.append
    )
    assert [one.id for one in found] == ["xstest/xstest/1", "2", "xstest/xstest/2"]
    assert len(own + found) == 6
    assert told == ["xstest: 2 of 3 ids are those of other prompts, too: now xstest/xstest/1 ..."]


def test_the_card_says_where_languages_have_other_prompts(tmp_path):
    def gaps(**counts):
        asked = [(str(group), tag) for tag, count in counts.items() for group in range(count)]
        judged = [
            (Response(group, tag, "harmful", "en", "?", "!", "stop"), Verdict("safe", "full", tag))
            for group, tag in asked
        ]
        return " ".join(card_after(tmp_path, {}, judged, {}, RuleJudge())["gaps"])

    assert "Languages do not have the same prompts: of 10 harmful ones de (7). " in gaps(en=10, de=7, sw=8)
    assert "the same prompts" not in gaps(en=10, de=8)
    assert "the same prompts" not in gaps(en=10)
