"""What a file that was checked tells of that: to the protocol card, and to the next check."""

from __future__ import annotations

import pytest

from isoglot import PromptGroups, __version__
from isoglot.check.file import GROUPS
from isoglot.evaluate.prompts.prompt_sets import language_facts
from isoglot.runs.card import Unknown

from .conftest import RULES, check, lines, write
from .test_meaning import Told

pytestmark = pytest.mark.usefixtures("rules")


def group(name, source="mine", **prompts):
    return {"id": name, "pivot": "en", "source": source, "prompts": {"en": f"Prompt {name}?", **prompts}}


def facts(folder):
    return language_facts(PromptGroups.read(folder / GROUPS))


def test_the_card_says_by_what_translations_were_checked_that_passed(tmp_path):
    file = write(tmp_path / "g.jsonl", group("a", sw="Fine", ar="Fine"), group("b", sw="Good"))
    check(file, tmp_path / "out", languages=["sw"])
    assert lines(tmp_path / "out" / GROUPS)[1] == group("b", sw="Good") | {"provenance": {"sw": {"checked": RULES}}}
    found = facts(tmp_path / "out")
    assert found["sw"].checked == f"by {RULES}, which found nothing"
    assert isinstance(found["ar"].checked, Unknown)  # as nobody has looked at it
    assert isinstance(found["sw"].translated, Unknown)  # a check does not know who made it
    check(tmp_path / "out" / GROUPS, tmp_path / "again")
    assert facts(tmp_path / "again")["ar"].checked == f"by {RULES}, which found nothing"


def test_the_card_says_what_was_found_too_and_how_often(tmp_path):
    file = write(tmp_path / "g.jsonl", *(group(f"{n}", sw=f"Text {n}" + " [kept 0.2]" * (n == 1)) for n in range(3)))
    check(file, tmp_path / "out")
    said = f"by {RULES}, which found nothing (2); by {RULES}, which found kept (1)"
    assert facts(tmp_path / "out")["sw"].checked == said


def test_checks_by_models_are_named_for_the_cells_that_they_could_compare(tmp_path):
    """Of a language with too few cells they say nothing."""
    records = [{"id": f"{n}", "prompts": {"en": f"en {n}", "sw": f"sw {n}"}} for n in range(60)]
    records[0]["prompts"]["ar"] = "ar 0"
    check(write(tmp_path / "g.jsonl", *records), tmp_path / "out", checkers=[told := Told()])
    assert told.untold.keys() >= {"ar"}
    found = facts(tmp_path / "out")
    assert found["ar"].checked == f"by {RULES}, which found nothing"
    assert found["sw"].checked.startswith(f"by rules, {told.name} (isoglot {__version__}), which found ")


def test_what_a_file_says_of_translators_and_of_its_own_checks_stays_known(tmp_path):
    """Whether a cell passes or is flagged."""
    by_hand = {"sw": {"backend": "nllb", "checks": ["back-translation", "a native speaker"]}}
    records = [
        group("a", sw="Fine") | {"provenance": by_hand},
        group("b", sw="[kept 0.2] x") | {"provenance": by_hand},
        group("c", ar="Fine") | {"provenance": {"ar": "by Amina"}},
        group("d", ar="[kept 0.2] y") | {"provenance": {"ar": "by Amina"}},
        group("e", "MultiJail", bn="Fine"),
        group("f", "MultiJail", bn="[kept 0.2] z"),
    ]
    check(write(tmp_path / "g.jsonl", *records), tmp_path / "once")
    check(tmp_path / "once" / GROUPS, tmp_path / "twice")
    assert lines(tmp_path / "twice" / GROUPS) == lines(tmp_path / "once" / GROUPS)
    found = facts(tmp_path / "twice")
    assert found["sw"].translated == "nllb"
    people = "back-translation, a native speaker"
    assert found["sw"].checked == (
        f"{people}; by {RULES}, which found nothing (1); {people}; by {RULES}, which found kept (1)"
    )
    assert found["ar"].translated == "by Amina"
    assert found["bn"].translated == "by native speakers (arXiv 2310.06474)"


@pytest.mark.parametrize("text", ["Fine", "[kept 0.2] x"])
@pytest.mark.parametrize(
    ("said", "stays"),
    [
        ({"checked": "two native speakers, 2025"}, "two native speakers, 2025"),
        ({"checked": "by Ann", "also_checked": ["by Ben"]}, ["by Ben", "by Ann"]),
        ({"checks": "by Ann", "also_checked": "by Ben", "checked": RULES}, ["by Ben", "by Ann"]),
        ({"checks": ["by Ann", "by Ben"], "checked": "by Ben"}, ["by Ann", "by Ben"]),
        ({"checked": True}, True),
        ({"checked": {"by": "Ann"}}, {"by": "Ann"}),
        ({"checks": ["by Ann"]}, ["by Ann"]),
    ],
)
def test_who_else_has_checked_a_cell_stays_known(tmp_path, said, stays, text):
    file = write(tmp_path / "g.jsonl", group("a", sw=text) | {"provenance": {"sw": {"made": "Ann", **said}}})
    check(file, tmp_path / "once")
    check(tmp_path / "once" / GROUPS, tmp_path / "twice")
    assert lines(tmp_path / "twice" / GROUPS) == lines(tmp_path / "once" / GROUPS)
    told = lines(tmp_path / "once" / GROUPS)[0]["provenance"]["sw"]
    assert (told["made"], told["also_checked"], told["checked"]) == ("Ann", stays, RULES)


def test_what_a_later_file_says_of_other_checks_is_added(tmp_path):
    """Somebody looks at a file that was checked, and says so in it."""
    check(write(tmp_path / "g.jsonl", group("a", sw="Fine")), tmp_path / "once")
    (record,) = lines(tmp_path / "once" / GROUPS)
    for name, key in (("Ann", "checks"), ("Ben", "checked"), ("Ann", "checked")):
        record["provenance"]["sw"][key] = name
        check(write(tmp_path / "g.jsonl", record), tmp_path / "again")
        (record,) = lines(tmp_path / "again" / GROUPS)
    assert record["provenance"] == {"sw": {"checked": RULES, "also_checked": ["Ann", "Ben"]}}
    assert facts(tmp_path / "again")["sw"].checked == f"Ann, Ben; by {RULES}, which found nothing"
