"""A backend that answered badly, and is mended: what it said is kept, and asked for again where that is wanted."""

from __future__ import annotations

import pytest

from isoglot.translate import Link, Plan
from isoglot.translate.preview import preview
from isoglot.translate.translating import cache_path
from isoglot.translators import NoPair
from isoglot.translators.cache import opened

from .world import BROKEN, DECLINED, REFUSAL, Fake, groups, right, text


def bad(source, target):
    return {text(10): REFUSAL, text(11): DECLINED, text(12): source}.get(source) or right(source, target)


def test_what_failed_the_checks_or_was_declined_is_asked_for_again_where_that_is_wanted(run):
    report, _, failed = run(groups(5), [Fake(bad)])
    assert (len(failed), report.without, report.useless) == (3, [], {})
    same = Fake(right)
    assert (run(groups(5), [same])[0].left_out, same.asked) == (3, [])  # what was answered is kept
    assert (run(groups(5), [same], again=True)[0].left_out, same.asked) == (3, [])
    mended = Fake(right)
    report, made, _ = run(groups(5), [mended], retry_failed=True)
    assert (report.left_out, sorted(mended.asked)) == (0, [text(10), text(11), text(12)])
    assert [one.prompts["es"] for one in made] == [text(n, "es") for n in range(10, 15)]
    after = Fake(right)
    assert (run(groups(5), [after], retry_failed=True)[0].left_out, after.asked) == (
        0,
        [],
    )  # which is kept in its place


def test_in_one_run_a_text_is_asked_for_again_once(run):
    twice = groups(1) + groups(1).__class__(type(one)("x", one.prompts, kind="harmful") for one in groups(1))
    run(twice, [Fake(bad)])
    still = Fake(bad)
    assert (run(twice, [still], retry_failed=True)[0].left_out, still.asked) == (2, [text(10)])


def test_what_fails_for_now_when_it_is_asked_again_is_so_counted(run):
    run(groups(1), [Fake(bad)])
    report, _, _ = run(groups(1), [Fake(lambda *_: BROKEN)], retry_failed=True)
    assert (report.complete, report.for_now) == (False, 1)
    assert run(groups(1), [Fake(right)], retry_failed=True)[0].left_out == 0


@pytest.mark.filterwarnings("ignore:.*weights. all are 0")
def test_what_is_kept_stands_where_asking_again_fails_for_now(run):
    run(groups(3), [Fake(bad)], to=("es",), keep_failed=True)
    report, made, failed = run(groups(3), [Fake(lambda *_: BROKEN)], retry_failed=True, keep_failed=True)
    assert [one.prompts.get("es") for one in made] == [REFUSAL, None, text(12)]  # one was declined, and has no text
    assert (report.kept, report.left_out, report.for_now, report.said) == (2, 1, 3, BROKEN.error)
    assert [one["reason"] for one in failed] == ["language", "declined", "echo"]
    report, made, _ = run(groups(3), [Fake(lambda *_: BROKEN)], retry_failed=True)
    assert ([one.prompts.get("es") for one in made], report.complete) == ([None] * 3, False)
    assert report.record()["backends"][0]["failed"] == 3
    after = Fake(right)  # the command without it asks for nothing that has an answer
    report, _, _ = run(groups(3), [after])
    assert (after.asked, report.complete) == ([], True)


@pytest.mark.filterwarnings("ignore:.*weights. all are 0")
def test_what_is_kept_stands_where_a_pair_turns_out_to_be_lacking_when_it_is_asked_again(run):
    def lacks(*_):
        raise NoPair("no such pair")

    run(groups(3), [Fake(bad)], keep_failed=True)
    _, made, _ = run(groups(3), [Fake(lacks)], retry_failed=True, keep_failed=True)
    assert [one.prompts.get("es") for one in made] == [REFUSAL, None, text(12)]


def test_a_dry_run_counts_what_is_asked_again(run, tmp_path):
    run(groups(5), [Fake(bad)])
    with opened(cache_path(tmp_path / "groups.jsonl")) as cache:
        for retry, texts in ((False, 0), (True, 3)):
            plan = Plan(["es"], retry_failed=retry)
            (one,) = preview(groups(5), plan, [Link(Fake(right))], tmp_path / "groups.jsonl", cache)["backends"]
            assert (one["texts"], one["found"]) == (texts, 5 - texts)


def test_languages_without_a_cell_and_backends_of_which_nothing_can_be_used_are_named(run):
    report, _, _ = run(
        groups(3), [Fake(lambda source, target: REFUSAL if target == "de" else right(source, target))], to=("es", "de")
    )
    assert (report.without, report.useless, report.record()["without"]) == (["de"], {}, ["de"])
    report, _, _ = run(groups(3), [Fake(lambda *_: REFUSAL, "other"), Fake(right)], name="b.jsonl")
    assert (report.without, {name: dict(found) for name, found in report.useless.items()}) == (
        [],
        {"other:m": {"language": 3}},
    )
