"""What finds wrong translations by a model: the arithmetic, and how cells of a file are held against each other."""

from __future__ import annotations

import asyncio
import random
import threading
from contextlib import closing
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from isoglot.calls import pause, stopped
from isoglot.check.checker import Cell
from isoglot.check.meaning.chance import LEAST, chances, p_values
from isoglot.check.meaning.compared import Compared, Fits
from isoglot.check.meaning.retrieval import fits, mapped, standardized
from isoglot.check.meaning.round_trip import RoundTrip
from isoglot.check.meaning.served import Served
from isoglot.check.meaning.vectors import ByVectors
from isoglot.groups import PromptGroup
from isoglot.translators import Translation
from isoglot.translators.cache import opened

from .conftest import check, write


def cells_of(groups, tags=("sw", "ar")):
    return [Cell(g.id, g.prompts["en"], "en", g.prompts[tag], tag) for g in groups for tag in tags]


def two_groups(share, apart, count=20000, seed=0):
    """Fits of right and wrong cells, which are wrong, fits of wrong pairs, and the true probability of each cell."""
    rng = np.random.default_rng(seed)
    wrong = rng.random(count) < share
    own = rng.normal(size=count) + np.where(wrong, 0.0, apart)
    normal = np.exp(-0.5 * own**2), np.exp(-0.5 * (own - apart) ** 2)
    return own, wrong, rng.normal(size=20000), share * normal[0] / (share * normal[0] + (1 - share) * normal[1])


@pytest.mark.parametrize(("share", "apart"), [(0.1, 4.0), (0.3, 2.5), (0.5, 2.0)])
def test_probabilities_are_those_of_the_two_groups(share, apart):
    own, wrong, pairs, true = two_groups(share, apart)
    found, estimated, power = chances(own, pairs)
    assert estimated == pytest.approx(share, abs=0.03)
    assert np.abs(found - true).mean() < 0.02
    for low, high in ((0.2, 0.5), (0.5, 0.8)):  # of cells said to be wrong by so much as many are
        within = (found > low) & (found < high)
        assert wrong[within].mean() == pytest.approx(found[within].mean(), abs=0.1)
    at_a_tenth = 0.1 * np.exp(-0.5 * pairs**2) > 0.9 * np.exp(-0.5 * (pairs - apart) ** 2)
    assert power == pytest.approx(at_a_tenth.mean(), abs=0.03)
    order = np.argsort(own)
    assert (np.diff(found[order]) <= 1e-12).all()


def test_of_right_cells_alone_none_is_wrong_and_of_random_ones_most():
    own, _, pairs, _ = two_groups(0.0, 4.0, count=300)
    assert (chances(own, pairs).wrong > 0.2).mean() <= 0.01
    for seed in range(5):
        own, _, pairs, _ = two_groups(1.0, 0.0, count=300, seed=seed)
        assert chances(own, pairs).share > 0.6


def test_p_values_are_counted():
    own, wrong = np.array([0.5, 2.0, -3.0]), np.array([0.0, 1.0, 2.0, -1.0])
    naive = [(1 + sum(pair >= one for pair in wrong)) / 5 for one in own]
    assert p_values(own, wrong).tolist() == naive


def test_fits_and_the_map_are_those_of_naive_versions():
    rng = np.random.default_rng(3)
    sources, cells = rng.normal(size=(48, 6)), rng.normal(size=(48, 6))
    cosines = [[float(c @ s / np.linalg.norm(c) / np.linalg.norm(s)) for s in sources] for c in cells]
    near = [sum(sorted(column)[-10:]) / 10 for column in zip(*cosines, strict=True)]
    rows = [np.array([value - near[place] / 2 for place, value in enumerate(row)]) for row in cosines]
    naive = np.array([(row - row.mean()) / row.std() for row in rows])
    np.testing.assert_allclose(fits(cells, sources), naive, atol=1e-12)

    x, y = standardized(cells), standardized(sources)
    made = mapped(x, y)
    part = np.random.default_rng(0).permutation(48) % 5
    for place in range(48):
        taught = part != part[place]
        ridge = 0.3 * (x[taught] ** 2).sum() / taught.sum() * np.eye(6)
        matrix = np.linalg.solve(x[taught].T @ x[taught] + ridge, x[taught].T @ y[taught])
        np.testing.assert_allclose(made[place], x[place] @ matrix, atol=1e-10)
    other = y.copy()
    other[7] = 100  # a cell's own source never speaks for it
    np.testing.assert_allclose(mapped(x, other)[7], made[7])


class Told(ByVectors):
    """Vectors that texts name: a language's are those of English, turned."""

    def __init__(self, count=400, dimensions=24):
        super().__init__("told")
        rng = np.random.default_rng(1)
        self.meanings = rng.normal(size=(count, dimensions))
        self.turns = {tag: np.linalg.qr(rng.normal(size=(dimensions, dimensions)))[0] for tag in ("sw", "ar", "xx")}

    def vectors(self, texts):
        return np.stack([self._vector(*text.split()) for text in texts])[None]

    def _vector(self, tag, number):
        rng = np.random.default_rng([int(number), *tag.encode()])
        noise = rng.normal(size=self.meanings.shape[1])
        if tag == "xx":  # a language that the model does not know
            return noise
        return self.meanings[int(number)] @ self.turns.get(tag, np.eye(len(noise))) + 0.3 * noise


def numbered(numbers, tag, wrong=()):
    return [Cell(str(n), f"en {n}", "en", f"{tag} {(n + 7) % 400 if n in wrong else n}", tag) for n in numbers]


def test_a_wrong_prompt_is_found_in_languages_that_lie_elsewhere_and_none_in_one_that_is_not_known():
    told, wrong = Told(), set(range(0, 300, 10))
    cells = [cell for tag in ("sw", "ar", "xx") for cell in numbered(range(300), tag, wrong)]
    found = told(cells)
    for tag in ("sw", "ar"):
        flagged = {int(c.id) for c, f in zip(cells, found, strict=True) if f and c.language == tag}
        assert flagged <= wrong
        assert len(flagged) >= 0.9 * len(wrong)
    assert all(f.reason == "meaning" and 0.2 <= f.penalty <= 1 and "told" in f.detail for f in found if f)
    assert not any(f for f in found[600:])
    assert list(told.untold) == ["xx"]
    assert "does not know" in told.untold["xx"]


def test_cells_of_earlier_batches_stand_beside_where_a_language_has_few():
    told = Told()
    assert told(numbered(range(LEAST - 1), "sw")) == [None] * (LEAST - 1)
    assert f"{LEAST} cells are needed, {LEAST - 1} are there" in told.untold["sw"]
    told(numbered(range(150), "sw", range(0, 150, 10)))
    found = told(numbered(range(200, 205), "sw", {202}))
    assert [f is not None for f in found] == [False, False, True, False, False]
    assert told.untold == {}


def test_sources_are_looked_at_once_for_all_languages(monkeypatch):
    told, asked = Told(), []
    whole = told.vectors
    monkeypatch.setattr(told, "vectors", lambda texts: asked.extend(texts) or whole(texts))
    told([*numbered(range(60), "sw"), *numbered(range(60), "ar")])
    assert len(asked) == 180 == len(set(asked))


class Reads(Compared):
    """A checker whose fits are given; some are not known."""

    def __init__(self, own):
        super().__init__("reads")
        self.own = own

    def fits(self, cells):
        return [Fits(self.own, np.random.default_rng(0).normal(size=500))]


def test_a_cell_that_could_not_be_compared_is_left_alone():
    own = np.full(60, 8.0) + np.linspace(-1, 1, 60)
    own[[3, 4]] = np.nan, 0.0
    found = Reads(own)(numbered(range(60), "sw"))
    assert [place for place, finding in enumerate(found) if finding] == [4]


class Back:
    """A translator that knows its way back from Swahili; it fails on some texts, and counts what it is asked."""

    spec, backend, model, settings, batch_size, concurrency = "fake:back", "fake", "back", {}, 16, 2

    def __init__(self, groups):
        self.back = {group.prompts["sw"]: group.prompts["en"] for group in groups}
        self.asked, self.loops, self.closed = [], set(), False

    def why_not(self, source, target):
        return "" if (source, target) == ("sw", "en") else f"fake:back knows no {source}"

    async def translate(self, texts, source, target):
        self.asked += texts
        self.loops.add(asyncio.get_running_loop())
        return [Translation(self.back.get(text, text[: len(text) // 4]), "") for text in texts]

    async def close(self):
        self.closed = True


class Held(dict):
    """A cache in memory."""

    def get(self, translator, text, source, target):
        return super().get((text, source, target))

    def add(self, translator, made):
        from isoglot.translators.cache import Kept

        self.update({tuple(asked): Kept(one, "2026-11-27") for *asked, one in made if one.text is not None})


def test_a_round_trip_finds_another_prompt_and_one_of_which_half_is_lost(world):
    from isoglot.quickstart.world.data import alignment_groups

    groups = list(alignment_groups(world, 40))
    changed = {**groups[5].prompts, "sw": groups[70].prompts["sw"]}, {**groups[9].prompts, "sw": "sikujua neno"}
    for place, prompts in zip((5, 9), changed, strict=True):
        groups[place] = replace(groups[place], prompts=prompts)
    translator, cache = Back(alignment_groups(world, 40)), Held()
    checker = RoundTrip(translator, cache)
    cells = cells_of(groups, ("sw",)) + cells_of(groups, ("ar",))
    found = checker(cells)
    assert [place for place, finding in enumerate(found) if finding] == [5, 9]
    assert found[9].reason == "round_trip"
    assert "is usual here (fake:back)" in found[9].detail
    assert checker.untold == {"ar": "fake:back knows no ar"}
    assert sorted(translator.asked) == sorted({group.prompts["sw"] for group in groups})
    asked = len(translator.asked)
    assert [place for place, finding in enumerate(checker(cells)) if finding] == [5, 9]
    checker.close()
    assert len(translator.asked) == asked
    assert len(translator.loops) == 1
    assert translator.closed


def test_a_round_trip_whose_backend_is_gone_ends_and_the_check_does_not(world, tmp_path):
    from isoglot.quickstart.world.data import alignment_groups

    given = alignment_groups(world, 40)
    translator = Back(given)
    back, calls = translator.translate, 0

    async def until_it_breaks(texts, source, target):
        nonlocal calls
        calls += 1
        gone = Translation(None, "no answer in 5 seconds")
        return await back(texts, source, target) if calls <= 2 else [gone] * len(texts)

    translator.translate, translator.batch_size, translator.concurrency = until_it_breaks, 2, 1
    with opened(tmp_path / "cache") as cache, closing(RoundTrip(translator, cache)) as checker:
        found = check(write(tmp_path / "g.jsonl", *map(PromptGroup.to_record, given)), tmp_path, checkers=[checker])
        asked = calls
    assert asked == 2 + 10  # which is when it counts as gone
    assert (
        "fake:back: expected a translation of each text, got none after 10 failures in a row: no answer in 5"
        in checker.gave_up
    )
    assert found["gave_up"] == {"fake:back": checker.gave_up}
    assert "fake:back gave up before the end" in (tmp_path / "check.html").read_text()
    assert len((tmp_path / "groups.jsonl").read_text().splitlines()) == len(given)
    translator.translate = back
    before = len(translator.asked)
    with opened(tmp_path / "cache") as cache, closing(RoundTrip(translator, cache)) as checker:
        assert check(tmp_path / "g.jsonl", tmp_path, checkers=[checker])["gave_up"] == {}
    assert len(translator.asked) == len({group.prompts["sw"] for group in given})
    assert before == 4


def test_a_round_trip_says_and_counts_only_what_came_back(world, monkeypatch):
    from isoglot.quickstart.world.data import alignment_groups

    given = alignment_groups(world, 100)
    translator, notes = Back(given), []
    checker = RoundTrip(translator, Held(), show=SimpleNamespace(note=notes.append))
    cells = cells_of(given, ("sw",))
    for first, last in ((0, 40), (40, 60)):  # of which the first 40 come again, as with any batch of few
        checker(cells[first:last])
        assert (checker.untold, notes[-1]) == ({}, f"{last} translated back")
    monkeypatch.setattr("isoglot.check.meaning.compared._CARRIED", 0)

    async def fails(texts, source, target):
        return [Translation(None, "too long", lasting=True)] * len(texts)

    translator.translate = fails
    checker(cells[60:])
    checker.close()
    assert notes[-1] == "60 translated back"
    assert checker.untold == {"sw": "not all of its cells were translated back: too long"}


def test_a_round_trip_that_is_stopped_soon_returns(world):
    from isoglot.quickstart.world.data import alignment_groups

    given = alignment_groups(world, 40)
    translator = Back(given)
    checker, tried_again, stopping_it = RoundTrip(translator, Held()), [], []
    back = translator.translate

    async def stopping(texts, source, target):
        stopping_it.append(threading.Thread(target=checker.stop))
        stopping_it[-1].start()  # as at Ctrl-C
        await pause(5)  # before another attempt
        tried_again.append(not stopped())
        return await back(texts, source, target)

    def measured():
        checker(cells_of(given, ("sw",)))
        for thread in stopping_it:  # which warn, too, and not after this
            thread.join()

    translator.translate = stopping
    with pytest.warns(UserWarning, match="Waiting for translations under way"):
        measured()
    assert not any(tried_again)
    assert 0 < len(translator.asked) <= 2 * translator.batch_size
    checker.close()


def test_a_second_ctrl_c_drops_a_round_trip(world):
    from isoglot.quickstart.world.data import alignment_groups

    given, began, ended = alignment_groups(world, 40), threading.Event(), []
    translator = Back(given)
    checker = RoundTrip(translator, Held())

    async def hangs(texts, source, target):
        began.set()
        await asyncio.sleep(30)

    def check_some():
        try:
            checker(cells_of(given, ("sw",)))
        except asyncio.CancelledError:
            ended.append("dropped")

    translator.translate = hangs
    thread = threading.Thread(target=check_some)
    thread.start()
    began.wait(5)
    with pytest.warns(UserWarning, match="Ctrl-C again drops them"):
        checker.stop()
    checker.close()
    thread.join(5)
    assert (ended, translator.closed) == (["dropped"], True)


@pytest.mark.training
def test_the_model_itself_finds_other_prompts_translations(world, base):
    from isoglot.quickstart.world.data import alignment_groups

    groups, rng, wrong = alignment_groups(world, 50), random.Random(0), set()
    cells = cells_of(groups)
    for place in rng.sample(range(len(cells)), 30):
        other = rng.choice([cell for cell in cells if cell.language == cells[place].language])
        if other.text != cells[place].text:
            cells[place] = cells[place]._replace(text=other.text)
            wrong.add(place)
    checker = Served(str(base), dtype="float32")
    found = {place: finding for place, finding in enumerate(checker(cells)) if finding}
    assert len(found.keys() & wrong) >= 0.7 * len(wrong)
    assert len(found.keys() - wrong) <= 0.01 * len(cells)
    assert not any(checker(cells_of(groups)))
    assert not checker.untold
