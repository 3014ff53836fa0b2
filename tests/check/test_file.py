"""A whole file checked: what is counted, what is written, what becomes of weights."""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil

import pytest

from isoglot import PromptGroups
from isoglot.check import Finding
from isoglot.check.file import CELLS, GROUPS, PAGE, SUMMARY
from isoglot.check.preview import preview
from isoglot.check.reading import Reading
from isoglot.check.result import text_hash
from isoglot.errors import DataError, MissingFileError
from isoglot.metrics import wilson
from isoglot.progress import Silent

from .conftest import RULES, check, lines, write

pytestmark = pytest.mark.usefixtures("rules")


def own(number):
    """A text that is like no other."""
    return hashlib.sha256(str(number).encode()).hexdigest()


def group(name, kind="harmful", category=None, **prompts):
    record = {"id": name, "pivot": "en", "kind": kind, "prompts": {"en": f"Prompt {name}?", **prompts}}
    return record | ({"category": category} if category else {})


def test_what_is_found_is_counted_written_and_weighed(tmp_path):
    messages = [{"role": "system", "content": "[answer 1]"}, {"role": "user", "content": "[lost 0.25][kept 0.2]"}]
    records = [
        group("a", sw="Fine", ar="[refusal 1]") | {"note": "kept", "weights": {"sw": 2}},
        group("b", "harmless", sw=messages, ar="Fine too") | {"weights": {"sw": 0.5}, "provenance": {"sw": "by hand"}},
        group("c", sw="[echo 0.6]") | {"provenance": {"sw": {"backend": "x", "checks": ["old"]}}},
        {"id": "d", "pivot": "en", "prompts": {"sw": "[echo 1]"}},
    ]
    file, folder = write(tmp_path / "g.jsonl", *records), tmp_path / "out"
    found = check(file, folder)
    assert found == json.loads((folder / SUMMARY).read_text())
    assert (found["groups"], found["without_pivot"], found["cells"], found["flagged"]) == (4, 1, 5, 3)
    assert found["share"] == wilson(3, 5).as_dict()
    swahili = found["languages"]["sw"]
    assert (swahili["cells"], swahili["flagged"], swahili["removed"]) == (3, 2, 1)
    assert swahili["by_reason"] == {"lost": 1, "kept": 1, "echo": 1}
    assert swahili["languages_found"] == {"sw": 3}
    kinds = found["filtering"]["by_kind"]
    assert {name: (one["cells"], one["removed"]) for name, one in kinds.items()} == {
        "harmful": (3, 2),
        "harmless": (2, 0),
    }
    told = lines(folder / CELLS)
    assert [(one["id"], one["language"], one["score"]) for one in told] == [
        ("a", "ar", 0.0), ("b", "sw", 0.6), ("c", "sw", 0.4),
    ]  # fmt: skip
    assert [finding["reason"] for finding in told[1]["findings"]] == ["lost", "kept"]
    made = lines(folder / GROUPS)
    passed = {"sw": {"checked": RULES}}
    assert made[0] == {**records[0], "prompts": {"en": "Prompt a?", "sw": "Fine"}, "provenance": passed}
    assert made[1] == {**records[1], "weights": {"sw": 0.3}, "provenance": {
        "sw": {"made": "by hand", "checked": RULES, "checks": ["lost", "kept"], "score": 0.6},
        "ar": {"checked": RULES}}}  # fmt: skip
    assert made[2] == group("c")
    assert made[3] == records[3]
    assert (
        PromptGroups.read(folder / GROUPS).write(tmp_path / "again.jsonl").read_bytes()
        == (folder / GROUPS).read_bytes()
    )
    assert sorted(path.name for path in folder.iterdir()) == sorted([PAGE, CELLS, GROUPS, SUMMARY])


def test_what_is_fine_only_tells_that_it_was_checked_and_checking_twice_weighs_once(tmp_path):
    fine = write(tmp_path / "fine.jsonl", *(group(f"{n}", sw=own(n)) for n in range(3)))
    assert check(fine, tmp_path / "a")["flagged"] == 0
    told = {"provenance": {"sw": {"checked": RULES}}}
    assert lines(tmp_path / "a" / GROUPS) == [record | told for record in lines(fine)]
    check(tmp_path / "a" / GROUPS, tmp_path / "b")
    assert (tmp_path / "b" / GROUPS).read_bytes() == (tmp_path / "a" / GROUPS).read_bytes()
    assert (tmp_path / "a" / CELLS).read_text() == ""
    assert "Nothing is flagged." in (tmp_path / "a" / PAGE).read_text()
    file = write(tmp_path / "g.jsonl", group("a", sw="[length 0.5]", ar="[kept 0.1]") | {"weights": {"ar": 3}})
    check(file, tmp_path / "once")
    check(tmp_path / "once" / GROUPS, tmp_path / "twice")
    assert lines(tmp_path / "twice" / GROUPS) == lines(tmp_path / "once" / GROUPS)
    assert lines(tmp_path / "once" / GROUPS)[0]["weights"] == {"sw": 0.5, "ar": 2.7}
    # What no check has written: a score that is too small, one that is none, one without a weight.
    scores = {"sw": 1e-320, "ar": True, "de": 0.5}
    odd = group("a", sw="[length 0.5]", ar="x", de="y") | {"weights": {"sw": 1}}
    odd["provenance"] = {tag: {"checks": [], "score": score} for tag, score in scores.items()}
    file = write(tmp_path / "odd.jsonl", odd)
    check(file, tmp_path / "odd")
    assert lines(tmp_path / "odd" / GROUPS)[0]["weights"] == {"sw": 0.5}


def test_what_is_not_usable_stays_with_its_weight_where_that_is_asked_for(tmp_path):
    file = write(tmp_path / "g.jsonl", group("a", sw="[refusal 1]", de="[echo 0.6]", ar="[kept 1]"))
    check(file, tmp_path / "out", keep_all=True, languages=["sw", "de"])
    (made,) = lines(tmp_path / "out" / GROUPS)
    assert made["prompts"] == {"en": "Prompt a?", "sw": "[refusal 1]", "de": "[echo 0.6]", "ar": "[kept 1]"}
    assert made["weights"] == {"sw": 0.0, "de": 0.4}  # ar was not looked at
    check(file, tmp_path / "out")
    assert lines(tmp_path / "out" / GROUPS) == [{**group("a"), "prompts": {"en": "Prompt a?"}}]


def test_a_translation_of_several_prompts_is_right_for_one_of_them(tmp_path):
    same, other = "Tafsiri moja ya maswali mengi tofauti sana", "Tafsiri nyingine kabisa ya swali hilo moja"
    pivots = {
        "a": "How do I bake bread?",
        "b": "What is the capital of France?",
        "c": "Name three rivers in Asia, please.",
    }
    records = [{"id": name, "prompts": {"en": pivots[name], "sw": same, "ar": "هذا"}} for name in pivots]
    records += [
        {"id": name, "prompts": {"en": f"Who wrote the book on whales{name}", "sw": other}} for name in ("?", "!")
    ]
    records += [{"id": "x", "prompts": {"de": "Wie heißt der Fluss?", "sw": other}, "pivot": "de"}]
    found = check(write(tmp_path / "g.jsonl", *records), tmp_path / "out")
    told = {(one["id"], one["language"]): one for one in lines(tmp_path / "out" / CELLS)}
    assert set(told) == {("a", "sw"), ("b", "sw"), ("c", "sw")}  # not ar, which is short, nor prompts that are one
    assert told["b", "sw"]["findings"] == [
        {"reason": "duplicate", "penalty": round(2 / 3, 4), "detail": "also the translation of 'a'"}
    ]
    assert found["near_duplicates"] == {"groups": 1, "share_of_grams": 0.6, "first": [["?", "!"]]}


def test_of_conversations_that_end_alike_all_that_the_user_says_is_compared(tmp_path):
    """``Go on`` is translated in one way: that does not make one translation of different conversations."""
    asked = {
        "a": ("How do I bake bread?", "Ninawezaje kuoka mkate nyumbani kwangu?"),
        "b": ("What is the capital of France?", "Mji mkuu wa nchi ya Ufaransa ni upi?"),
        "c": ("Name three rivers in Asia, please.", "Taja mito mitatu ya bara la Asia, tafadhali."),
    }

    def talk(first, last):
        turns = ("user", first), ("assistant", "Well."), ("user", last)
        return [{"role": role, "content": text} for role, text in turns]

    end = "Go on and write all of it out!", "Endelea na uandike yote kikamilifu!"
    records = [
        {"id": name, "prompts": {"en": talk(first, end[0]), "sw": talk(other, end[1])}}
        for name, (first, other) in asked.items()
    ]
    check(write(tmp_path / "apart.jsonl", *records), tmp_path / "apart")
    assert lines(tmp_path / "apart" / CELLS) == []
    for record in records:
        record["prompts"]["sw"] = talk(asked["a"][1], end[1])
    check(write(tmp_path / "one.jsonl", *records), tmp_path / "one")
    assert [one["findings"][0]["reason"] for one in lines(tmp_path / "one" / CELLS)] == ["duplicate"] * 3


def test_what_is_dropped_more_often_than_the_rest_is_named(tmp_path):
    records = [
        group(f"{n}", category="violence" if n % 4 == 0 else "theft", sw=own(n) + " [lost 0.6]" * (n % 8 == 0))
        | {"output": f"Prompt {n}?" if n == 3 else "An answer", "copy": f"Prompt {n}?"}
        for n in range(120)
    ]
    found = check(write(tmp_path / "g.jsonl", *records), tmp_path / "out")
    (named,) = found["filtering"]["over_represented"]
    assert (named["what"], named["value"], named["cells"], named["removed"]) == ("category", "violence", 30, 15)
    assert (named["share"], named["rest"]) == (wilson(15, 30).as_dict(), wilson(0, 90).as_dict())
    assert found["prompts_as_answers"] == {"output": {"groups": 120, "count": 1, "first": ["3"]}}
    page = (tmp_path / "out" / PAGE).read_text()
    assert "The category violence loses more than the rest" in page
    for shown, said in ((4, "The worst 4 of 15"), (0, "None is shown, as --shown asks")):
        check(tmp_path / "g.jsonl", tmp_path / "out", shown=shown)
        assert said in (tmp_path / "out" / PAGE).read_text()


def test_checkers_see_cells_in_batches_and_what_they_find_counts(tmp_path):
    class Odd:
        name, batch_size = "odd", 3

        def __init__(self):
            self.seen, self.untold = [], {"sw": "it is odd"}

        def __call__(self, cells):
            self.seen.append([cell.id for cell in cells])

            async def look():  # one may have a loop of its own
                return [Finding("meaning", 0.5, "odd") if int(cell.id) % 2 else None for cell in cells]

            return asyncio.run(look())

    records = [group(f"{n}", sw=own(n) + " [kept 0.2]" * (n == 1)) for n in range(8)]
    found = check(write(tmp_path / "g.jsonl", *records), tmp_path / "out", checkers=[odd := Odd()])
    assert odd.seen == [["0", "1", "2"], ["3", "4"], ["5", "6", "7"]]
    assert (found["checks"], found["untold"]) == (["rules", "odd"], {"odd": {"sw": "it is odd"}})
    assert "odd tells little in Swahili: it is odd." in (tmp_path / "out" / PAGE).read_text()
    assert found["languages"]["sw"]["by_reason"] == {"meaning": 4, "kept": 1}
    assert "sw" not in lines(tmp_path / "out" / GROUPS)[1]["prompts"]  # 0.8 of 0.5
    weights = {one["id"]: one.get("weights", {}).get("sw", 1) for one in lines(tmp_path / "out" / GROUPS)}
    assert weights == {"0": 1, "1": 1, "2": 1, "3": 0.5, "4": 1, "5": 0.5, "6": 1, "7": 0.5}


def test_bad_rows_come_all_together_or_are_left_out(tmp_path):
    file = tmp_path / "g.jsonl"
    good = json.dumps(group("a", sw="Fine")) + "\n"
    file.write_text(good + "{\n" + json.dumps(group("b", sw="")) + "\n" + good)
    with pytest.raises(DataError) as caught:
        check(file, tmp_path / "out")
    assert [text.split(": ")[0] for text in str(caught.value).split("\n")] == [f"{file}, line {n}" for n in (2, 3, 4)]
    assert f"id: expected a new one, got 'a' of {file}, line 1 again" in str(caught.value)
    assert not (tmp_path / "out").exists()
    with pytest.warns(UserWarning, match="3 of 4 rows left out"):
        found = check(file, tmp_path / "out", reading={"skip_bad_rows": True})
    assert (found["groups"], len(lines(tmp_path / "out" / GROUPS))) == (1, 1)
    with pytest.raises(DataError, match="languages: expected some of sw, got 'sv'"):
        check(write(file, group("a", sw="Fine")), tmp_path / "out", languages=["sv"])
    with pytest.raises(MissingFileError):
        check(tmp_path / "none.jsonl", tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_a_pivot_for_all_groups(tmp_path):
    file = write(
        tmp_path / "g.jsonl", group("a", sw="Fine"), {"id": "b", "prompts": {"sw": "Nzuri", "de": "[lost 0.5]"}}
    )
    found = check(file, tmp_path / "out", reading={"pivot": "sw"})
    assert (found["without_pivot"], found["cells"], set(found["pivots"])) == (0, 2, {"sw"})
    assert {one["pivot"] for one in lines(tmp_path / "out" / GROUPS)} == {"sw"}


def test_an_error_leaves_what_was_there(tmp_path):
    def fails(cells):
        raise OSError("no more")

    fails.name, fails.batch_size = "fails", 1
    file, folder = write(tmp_path / "g.jsonl", group("a", sw="Fine")), tmp_path / "out"
    check(file, folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    write(file, group("b", sw="Other"))
    with pytest.raises(OSError, match="no more"):
        check(file, folder, checkers=[fails])
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    shutil.rmtree(folder)
    with pytest.raises(OSError, match="no more"):
        check(file, folder, checkers=[fails])
    assert not folder.exists()


def test_hashes_are_of_both_texts():
    from isoglot.check.checker import Cell

    cells = [Cell("a", "s", "en", "t", "sw"), Cell("b", "s", "en", "t", "ar"), Cell("a", "st", "en", "", "sw")]
    one, same, other = map(text_hash, cells)
    assert one == same != other


def test_a_preview_can_be_made_within_an_event_loop_as_in_a_notebook(tmp_path):
    file = write(tmp_path / "g.jsonl", group("a", sw="Habari?", de="Wie?"))

    async def cell_of_a_notebook():
        return preview(Reading([file]), tmp_path / "out", Silent(), languages=None, back=None)

    assert asyncio.run(cell_of_a_notebook())["cells"] == {"sw": 1, "de": 1}
