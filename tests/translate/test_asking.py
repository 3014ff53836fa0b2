"""How translators are asked: nothing twice, in full batches, within bounds, and counted before."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from contextlib import aclosing, closing

import pytest

from isoglot import PromptGroups
from isoglot.errors import ConfigError, RunError
from isoglot.evaluate.prompts.prompt_sets import language_facts
from isoglot.providers.usage import Price
from isoglot.translate import Link, Plan, links, translate_groups
from isoglot.translate.attempts import Task, attempt
from isoglot.translate.in_order import in_order
from isoglot.translate.preview import preview
from isoglot.translate.translating import cache_path
from isoglot.translators import NoPair
from isoglot.translators.asking import Asker
from isoglot.translators.asks import Backend
from isoglot.translators.cache import NOWHERE, TranslationCache, opened

from .world import BROKEN, DECLINED, Fake, groups, right, text


def test_nothing_is_asked_twice_and_the_file_is_the_same(run, tmp_path):
    one = Fake(temperature=0.0)
    run(groups(30), [one], to=("es", "de"))
    first = (tmp_path / "groups.jsonl").read_bytes()
    again = Fake(temperature=0.0)
    report, _, _ = run(groups(30), [again], to=("es", "de"))
    assert (tmp_path / "groups.jsonl").read_bytes() == first
    assert again.calls == []
    assert (report.record()["backends"][0]["found"], report.record()["backends"][0]["input_tokens"]) == (60, 0)
    warmer = Fake(temperature=0.7)
    run(groups(30), [warmer], to=("es", "de"))
    assert len(warmer.asked) == 60


def test_calls_are_bounded_full_of_one_pair_and_of_similar_lengths(run):
    one = Fake()
    one.batch_size, one.concurrency = 8, 2
    prices = [Price(2.0, 5.0)]
    given = PromptGroups([*groups(50, 10), *map(_renamed, groups(50, 10_000))])
    report, made, _ = run(given, [one], to=("es", "de"), prices=prices)
    assert all(len(group.prompts) == 3 for group in made)
    assert [group.id for group in made] == [group.id for group in given]
    assert one.busiest == 2
    sizes = Counter((target, len(texts)) for target, texts in one.calls)
    assert sizes == {("es", 8): 12, ("es", 4): 1, ("de", 8): 12, ("de", 4): 1}
    assert sum(len({len(text) for text in texts}) > 1 for _, texts in one.calls) <= 2
    backend = report.record()["backends"][0]
    assert (backend["calls"], backend["input_tokens"], backend["output_tokens"]) == (26, 2000, 600)
    assert backend["cost"] == pytest.approx((2000 * 2 + 600 * 5) / 1e6)


def _renamed(group):
    return type(group)(f"long-{group.id}", group.prompts)


def test_a_translator_that_has_gone_ends_the_work_and_what_was_made_is_kept(run, tmp_path):
    left = 20

    def make(source, target):
        nonlocal left
        left -= 1
        return right(source, target) if left >= 0 else BROKEN

    next_one = Fake(backend="next")
    one = Fake(make)
    with pytest.raises(RunError, match=r"fake:m: .* got none after 10 failures in a row: no answer in 5"):
        run(groups(200), [one, next_one])
    assert not (tmp_path / "groups.jsonl").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["groups.translations.sqlite"]
    assert len(one.calls) < 40
    again = Fake()
    report, _, _ = run(groups(200), [again])
    assert (len(again.asked), report.complete) == (180, True)

    def raises(source, target):
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        run(groups(200), [Fake(raises, "full")], name="other.jsonl")


def test_languages_that_none_translates_to_are_refused_before_anything_is_asked(run, tmp_path):
    one, other = Fake(), Fake(backend="b")
    with pytest.raises(ConfigError) as caught:
        run(groups(3), [one, other], to=("es", "sw", "yo"))
    first, second = str(caught.value).splitlines()
    assert "--to sw: expected a language that a backend translates to, got fake:m: it has en, es, de; b:m" in first
    assert second.startswith("--to yo")
    with pytest.raises(ConfigError, match="--from"):
        run(groups(3), [one], source="de")
    with pytest.raises(ConfigError, match="--to sw"):
        run(groups(3), [one], to=("sw",), name="folder/groups.jsonl")
    assert (one.calls, list(tmp_path.iterdir())) == ([], [])
    run(groups(3), [one], to=("en", "es"))  # the first of which is there


def lacking(language, backend="some"):
    """A translator that lacks a language, as only asking shows."""

    def make(source, target):
        if target == language:
            raise NoPair(f"no {language}")
        return right(source, target)

    one = Fake(make, backend)
    one.only_asking_tells = True
    return one


def test_a_pair_that_turns_out_to_be_lacking_goes_to_the_next_and_is_asked_for_no_more(run, tmp_path):
    one, other = lacking("de"), Fake(backend="other")
    one.concurrency = 2
    report, made, _ = run(groups(30), [one, other], to=("es", "de"))
    assert [group.provenance["de"]["backend"] for group in made] == ["other"] * 30
    assert {target for target, _ in other.calls} == {"de"}
    assert len([target for target, _ in one.calls if target == "de"]) <= 2  # no end of the work, and no call for each
    backend = report.record()["backends"][0]
    assert (backend["taken"], backend["declined"], backend["failed"]) == (30, 30, 0)
    assert backend["lacks"] == [{"from": "en", "to": "de", "why": "no de"}]
    for _ in range(2):  # the second time all else is there
        alone = lacking("de")
        report, _, failed = run(groups(30), [alone], to=("es", "de"), name="alone.jsonl")
        assert (report.complete, report.left_out, {line["reason"] for line in failed}) == (True, 30, {"declined"})
        assert len([target for target, _ in alone.calls if target == "de"]) >= 1  # it may have been installed
    report, _, _ = run(groups(30), [lacking("es")], to=("es",), name="broken.jsonl")
    assert not report.complete  # whatever has translated nothing at all may be broken
    assert [one.name for one in report.broken] == ["some:m"]


def test_what_was_translated_before_a_pair_was_lacking_is_taken_all_the_same(tmp_path):
    async def prompts_of(translator, cache, *sources):
        asker = Asker(Backend(translator, cache), threading.Event())
        made = [await attempt(asker, Task(source, "en", "de")) for source in sources]
        return [one.prompt for one in made]

    with opened(tmp_path / "cache") as cache:
        [before] = asyncio.run(prompts_of(Fake(backend="some"), cache, text(1)))
        assert asyncio.run(prompts_of(lacking("de"), cache, text(2), text(1), text(3))) == [None, before, None]


def test_what_only_asking_tells_is_counted_for_the_next_link_as_well(tmp_path):
    chain = [Link(lacking("de")), Link(Fake()), Link(Fake(backend="last"))]
    with opened(tmp_path / "none", read_only=True) as cache:
        found = preview(groups(10), Plan(["es", "de"]), chain, tmp_path / "a.jsonl", cache)["backends"]
    assert [(one["texts"], one["at_most"]) for one in found] == [(20, False), (20, True), (0, True)]


def test_a_preview_can_be_made_within_an_event_loop_as_in_a_notebook(tmp_path):
    async def cell_of_a_notebook(cache):
        return preview(groups(3), Plan(["es"]), [Link(Fake())], tmp_path / "a.jsonl", cache)

    with opened(tmp_path / "none", read_only=True) as cache:
        assert asyncio.run(cell_of_a_notebook(cache))["cells"] == {"es": 3}


def test_links_of_one_spec_are_told_apart_wherever_they_are_named(run, tmp_path):
    with opened(tmp_path / "cache") as cache:
        spec = "openai:m@http://127.0.0.1:9/v1"
        chain = links([spec, "command:cat", "command:cat"], cache, temperatures=(0.0, 0.7))
    assert [one.name for one in chain] == [
        f"{spec}, temperature 0.0", f"{spec}, temperature 0.7", "command:cat", "command:cat (2)",
    ]  # fmt: skip
    cold, warm = Fake(lambda *_: DECLINED, temperature=0.0), Fake(temperature=0.7)
    given = [Link(cold, None, "cold"), Link(warm, None, "warm")]
    with opened(tmp_path / "cache") as cache:
        counted = preview(groups(2), Plan(["es"]), given, tmp_path / "a.jsonl", cache)
        report = translate_groups(groups(2), Plan(["es"]), given, tmp_path / "a.jsonl", cache)
    assert [one["backend"] for one in counted["backends"]] == ["cold", "warm"]
    assert [one["backend"] for one in report.record()["backends"]] == ["cold", "warm"]
    made = PromptGroups.read(tmp_path / "a.jsonl")
    assert [one.provenance["es"]["temperature"] for one in made] == [0.7, 0.7]
    assert language_facts(made)["es"].translated == "fake m temperature 0.7"


def test_a_chat_model_is_a_link_for_each_temperature_and_others_are_one(tmp_path):
    (tmp_path / "mine.en-es.tsv").write_text("a\tb\n")
    specs = ["openai:m@http://127.0.0.1:9/v1", f"file:{tmp_path / 'mine.en-es.tsv'}"]
    prices = [Price(1.0, 2.0), Price(3.0, 4.0)]
    with closing(TranslationCache(NOWHERE)) as nowhere:
        chain = links(specs, nowhere, prices=prices, temperatures=(0.0, 0.7))
    assert list(tmp_path.iterdir()) == [tmp_path / "mine.en-es.tsv"]
    assert [(one.translator.backend, one.translator.settings.get("temperature"), one.price) for one in chain] == [
        ("openai", 0.0, prices[0]), ("openai", 0.7, prices[0]), ("file", None, prices[1]),
    ]  # fmt: skip


def test_a_dry_run_counts_what_is_then_asked_and_writes_nothing(run, tmp_path):
    output = tmp_path / "groups.jsonl"
    declining, one = Fake(lambda *_: DECLINED, "no"), Fake()
    one.batch_size = 8
    links = [Link(declining), Link(one, Price(1.0, 1.0))]
    given = PromptGroups([*groups(20), _renamed(groups(1)[0])])

    def counted(plan):
        with opened(cache_path(output), read_only=True) as cache:
            found = preview(given, plan, links, output, cache)
        return found["cells"], [(b["found"], b["texts"], b["calls"], b["cost"]) for b in found["backends"]]

    plan = Plan(["es", "de"])
    assert counted(plan) == ({"es": 21, "de": 21}, [(0, 40, 40, None), (0, 0, 0, 0.0)])
    tokens = sum(3 * len(text(n)) for n in range(10, 30))
    assert counted(Plan(["es"], best_of=True)) == ({"es": 21}, [(0, 20, 20, None), (0, 20, 3, tokens / 1e6)])
    assert list(tmp_path.iterdir()) == []
    run(groups(20), [declining], to=("es",))
    before = declining.calls.copy(), one.calls.copy()
    assert counted(plan)[1] == [(21, 20, 20, None), (0, 20, 3, tokens / 1e6)]
    assert (declining.calls, one.calls) == before


def test_results_come_in_order_and_no_more_than_the_window_is_read():
    read, most = 0, 0

    def things():
        nonlocal read
        while read < 100:
            read += 1
            yield read

    def read_again():
        nonlocal read
        read = 0

    async def main():
        nonlocal most
        done = []

        async def work(thing):
            await asyncio.sleep(0.001 * (thing % 7))
            return thing

        async with aclosing(in_order(things(), work, 10)) as results:
            async for one in results:
                done.append(one)
                most = max(most, read - len(done))
        assert done == list(range(1, 101))
        read_again()

        async def broken(thing):
            await asyncio.sleep(0)
            if thing == 5:
                raise ValueError("five")
            return thing

        async def until_broken():
            async with aclosing(in_order(things(), broken, 10)) as results:
                return [one async for one in results]

        with pytest.raises(ValueError, match="five"):
            await until_broken()
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(main())
    assert most <= 10
