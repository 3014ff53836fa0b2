"""The chain over all cells: who is asked, what is kept, and what the file says of it."""

from __future__ import annotations

from collections import Counter

import pytest

from isoglot import PromptGroups
from isoglot.check import CellCheck, Finding
from isoglot.groups import PromptGroup

from .world import BROKEN, DECLINED, REFUSAL, Fake, groups, right, text


def test_what_one_declines_or_fails_the_checks_of_goes_to_the_next(run):
    def of_first(source, target):
        return {
            text(10): right(source, target),
            text(11): DECLINED,
            text(12): BROKEN,
            text(13): REFUSAL,
            text(14): source,
        }[source]

    first, second = Fake(of_first, "a", wording="1-ab"), Fake(backend="b")
    report, made, failed = run(groups(5), [first, second], to=("es",))
    assert [one.prompts["es"] for one in made] == [text(n, "es") for n in range(10, 15)]
    assert sorted(second.asked) == [text(n) for n in range(11, 15)]
    assert (report.complete, report.left_out, failed) == (True, 0, [])
    of = [one.provenance["es"] for one in made]
    assert [one["backend"] for one in of] == ["a", "b", "b", "b", "b"]
    day = of[0].pop("day")
    assert len(day) == 10
    settings = of[0].pop("settings")
    assert of[0] == {"backend": "a", "model": "m", "score": 1.0, "checks": [], "wording": "1-ab"}
    assert settings != of[1]["settings"]
    assert all(not one.weights for one in made)
    a, b = report.record()["backends"]
    assert {name: a[name] for name in ("taken", "unfit", "declined", "failed")} == {
        "taken": 1, "unfit": 2, "declined": 1, "failed": 1,
    }  # fmt: skip
    assert (b["taken"], b["texts"], b["calls"], b["input_tokens"]) == (4, 4, 4, 40)
    assert (first.closed, second.closed) == (1, 1)


def test_what_none_translates_is_left_out_listed_and_counted_or_kept_with_its_weight(run, monkeypatch):
    def check(source, made, **_):
        score = float(made.split()[-1])
        return CellCheck((Finding("length", 1 - score, "odd"),) if score < 1 else ())

    monkeypatch.setattr("isoglot.translate.attempts.check_cell", check)
    scores = {text(10): "x 0.75", text(11): "x 0.25", text(12): DECLINED, text(13): BROKEN}
    one = Fake(lambda source, _: scores[source])
    report, made, failed = run(groups(4), [one])
    assert [group.prompts.get("es") for group in made] == ["x 0.75", None, None, None]
    assert (made[0].weights, made[0].provenance["es"]["checks"]) == ({"es": 0.75}, ["length"])
    assert [(line["id"], line["reason"]) for line in failed] == [
        ("00002", "length"), ("00003", "declined"), ("00004", "failed for now"),
    ]  # fmt: skip
    assert failed[0]["attempts"] == [
        {
            "backend": "fake:m",
            "translation": "x 0.25",
            "score": 0.25,
            "findings": [{"reason": "length", "detail": "odd"}],
        }
    ]
    assert failed[2]["attempts"] == [{"backend": "fake:m", "error": BROKEN.error, "lasting": False}]
    assert (report.left_out, report.complete, report.for_now) == (3, False, 1)
    assert report.record()["languages"]["es"] == {
        "there": 0, "translated": 1, "with_faults": 1, "kept": 0, "stayed": 0, "left_out": 3,
        "reasons": {"length": 1, "declined": 1, "failed for now": 1},
    }  # fmt: skip
    before = len(one.calls)
    report, made, failed = run(groups(4), [one], keep_failed=True)
    assert [group.prompts.get("es") for group in made] == ["x 0.75", "x 0.25", None, None]
    assert made[1].weights == {"es": 0.25}
    assert len(one.calls) == before + 1  # what failed for now is asked again, what is declined is not
    assert len(failed) == 3
    languages, backends = report.record()["languages"]["es"], report.record()["backends"]
    assert (languages["translated"], languages["kept"], languages["left_out"]) == (1, 1, 2)
    outcomes = {name: backends[0][name] for name in ("taken", "kept", "unfit", "declined", "failed")}
    assert outcomes == {"taken": 1, "kept": 1, "unfit": 0, "declined": 1, "failed": 1}
    there = PromptGroups.from_columns({"en": [text(11), text(12)], "es": ["mine", "ours"]}, kind="harmful")
    report, made, _ = run(there, [one], again=True, name="again.jsonl")
    assert [group.prompts["es"] for group in made] == ["mine", "ours"]
    found = report.record()["languages"]["es"]
    assert (found["there"], found["stayed"], found["left_out"], report.left_out) == (0, 2, 0, 0)
    assert sum(found[name] for name in ("there", "translated", "kept", "stayed", "left_out")) == len(made)
    assert sum(found["reasons"].values()) == 2


def test_the_best_of_all_is_taken_and_none_is_asked_after_a_faultless_one(run, monkeypatch):
    def check(source, made, **_):
        return CellCheck((Finding("length", float(made[1:]), "odd"),) if made[1:] else ())

    monkeypatch.setattr("isoglot.translate.attempts.check_cell", check)
    of = {text(10): "a0.2 b0.1 c0.1", text(11): "a b c", text(12): "a0.9 b0.8 c0.7", text(13): "a0.1 b c"}
    chain = [Fake(lambda source, _, n=n: of[source].split()[n], "abc"[n]) for n in range(3)]
    report, made, _ = run(groups(4), chain, best_of=True)
    outcomes = [(one["taken"], one["surpassed"], one["unfit"]) for one in report.record()["backends"]]
    assert outcomes == [(1, 2, 1), (2, 0, 1), (0, 1, 1)]  # of all that came to each
    assert [group.prompts.get("es") for group in made] == ["b0.1", "a", None, "b"]
    assert [sorted(one[-10:-8] for one in link.asked) for link in chain] == [
        ["10", "11", "12", "13"], ["10", "12", "13"], ["10", "12"],
    ]  # fmt: skip
    _, made, _ = run(groups(4), chain, name="first.jsonl")
    assert [group.prompts.get("es") for group in made] == ["a0.2", "a", None, "a0.1"]


def test_cells_that_are_there_stay_unless_they_are_to_be_made_again(run):
    records = [
        {
            "id": "a",
            "prompts": {"en": text(10), "es": "mine"},
            "weights": {"es": 0.3, "en": 2},
            "provenance": {"es": "me"},
        },
        {"id": "b", "pivot": "de", "prompts": {"de": text(11, "de"), "en": text(12)}, "note": 1},
        {"id": "c", "pivot": "sw", "prompts": {"en": text(13)}},
    ]  # fmt: skip
    given, one = PromptGroups.from_dataset(records), Fake()
    report, made, failed = run(given, [one], to=("es", "de"))
    assert made[0].to_record() | {"provenance": None} == {
        **records[0], "pivot": "en", "provenance": None,
        "prompts": {"en": text(10), "es": "mine", "de": text(10, "de")},
    }  # fmt: skip
    assert made[0].provenance["es"] == "me"
    assert dict(made[1].prompts) == {**records[1]["prompts"], "es": text(11, "es")}
    assert made[1].extra == {"note": 1}
    assert [(line["id"], line["language"], line["reason"]) for line in failed] == [
        ("c", "es", "no source"), ("c", "de", "no source"),
    ]  # fmt: skip
    assert {tag: cells["there"] for tag, cells in report.record()["languages"].items()} == {"es": 1, "de": 1}
    _, made, failed = run(given, [one], to=("es", "de"), again=True, source="en", name="again.jsonl")
    assert failed == []
    assert [dict(group.prompts) for group in made] == [
        {"en": text(10), "es": text(10, "es"), "de": text(10, "de")},
        {"de": text(12, "de"), "en": text(12), "es": text(12, "es")},
        {"en": text(13), "es": text(13, "es"), "de": text(13, "de")},
    ]
    assert made[0].weights == {"en": 2}  # that of the cell was of another text
    assert made[0].provenance["es"]["backend"] == "fake"
    assert [group.provenance["es"].get("from") for group in made] == [None, "en", "en"]
    declining = Fake(lambda *_: DECLINED, "no")
    _, made, _ = run(given, [declining], again=True, name="none.jsonl")
    assert (made[0].prompts["es"], made[0].weights["es"], made[0].provenance["es"]) == ("mine", 0.3, "me")


def test_a_language_that_is_there_under_another_tag_is_not_translated_to_again(run):
    given = PromptGroups.from_columns({"en": [text(10)], "zh-CN": ["中"], "nb": ["x"], "pt-BR": ["y"]}, kind="harmful")
    fake = Fake(lambda _source, target: target)
    fake.why_not = lambda _source, _target: ""
    report, _, _ = run(given, [fake], to=("zh", "no", "eng", "pt"))
    assert [tag for tag, _ in fake.calls] == ["pt"]  # whose regions differ in more than the script
    found = report.record()["languages"]
    assert [found[tag]["there"] for tag in ("zh", "no", "eng", "pt")] == [1, 1, 1, 0]
    _, made, _ = run(given, [fake], to=("zh",), name="again.jsonl", again=True, keep_failed=True)
    assert sorted(made[0].prompts) == ["en", "nb", "pt-BR", "zh-CN"]
    assert made[0].prompts["zh-CN"] == "zh"


@pytest.mark.filterwarnings("ignore:.* are one language")
def test_a_missing_cell_is_written_under_the_tag_that_most_groups_have(run):
    prompts = [
        {"en": text(1), "zh": "中"},
        {"en": text(2), "zh": "国"},
        {"en": text(3), "zh-Hans": "人"},
        {"en": text(4)},
    ]
    given = PromptGroups([PromptGroup(str(place), one, kind="harmful") for place, one in enumerate(prompts)])
    fake = Fake(lambda _source, target: target)
    fake.why_not = lambda _source, _target: ""
    report, made, _ = run(given, [fake], to=("zh-CN", "es"), keep_failed=True)
    assert [sorted(one.prompts) for one in made] == [["en", "es", "zh"]] * 2 + [["en", "es", "zh-Hans"]] + [
        ["en", "es", "zh"]
    ]
    assert made[3].provenance.keys() == {"es", "zh"}
    assert report.called == {"zh-CN": "zh"}
    assert report.record()["languages"]["zh-CN"]["there"] == 3


def test_a_model_whose_path_is_no_text_can_be_written(run):
    fake = Fake()
    fake.model = fake.spec = "models/\udcff"
    _, made, _ = run(groups(1), [fake])
    assert made[0].provenance["es"]["model"] == "models/\ufffd"


def test_chats_are_translated_message_by_message_and_a_text_is_asked_once(run):
    def chat(number):
        return [
            {"role": "system", "content": text(99)},
            {"role": "user", "content": text(number), "name": "ann"},
            {"role": "assistant", "content": " "},
            {"role": "user", "content": text(number + 1)},
        ]

    records = [{"id": str(n), "prompts": {"en": chat(n)}} for n in range(10, 16)]
    one = Fake()
    _, made, _ = run(PromptGroups.from_dataset(records), [one], to=("es", "de"))
    assert made[0].prompts["de"] == [
        {"role": "system", "content": text(99, "de")},
        {"role": "user", "content": text(10, "de"), "name": "ann"},
        {"role": "assistant", "content": " "},
        {"role": "user", "content": text(11, "de")},
    ]
    assert set(Counter(one.asked).values()) == {2}  # once for each language
    refusing = Fake(lambda source, target: REFUSAL if source == text(99) else right(source, target), "b")
    _, _, failed = run(PromptGroups.from_dataset(records[:1]), [refusing], name="refused.jsonl")
    (tried,) = failed[0]["attempts"]
    assert "refusal" in {finding["reason"] for finding in tried["findings"]}  # in whichever message
    assert tried["translation"][0]["content"] == REFUSAL
