"""What a file shows of itself: lengths, ends, which words go together, and which texts are another prompt's."""

from __future__ import annotations

import json
import math
import random
from collections import Counter

import numpy as np
import pytest

from isoglot.check import Norms
from isoglot.check.learnt.associations import _learn, fold_of
from isoglot.check.learnt.belonging import _mixture, another_prompt
from isoglot.check.learnt.spreads import Spread, normal, student

WORDS = [f"{a}{b}{c}" for a in "bdfgklm" for b in "aeiou" for c in "nrst"]


def world(cells, wrong=0.0, seed=0):
    """Sentences of an invented language, word for word; of a part, another sentence's."""
    draw = random.Random(seed)
    meant = dict(zip(WORDS, draw.sample([word[::-1] + "oxi" for word in WORDS], len(WORDS)), strict=True))
    sources = [[draw.choice(WORDS) for _ in range(draw.randint(5, 14))] for _ in range(cells)]
    made = []
    for place, words in enumerate(sources):
        other = draw.random() < wrong
        said = sources[(place + 1 + draw.randrange(cells - 1)) % cells] if other else words
        made.append(
            (" ".join(words) + ".", " ".join(meant[word] for word in draw.sample(said, len(said))) + ".", other)
        )
    return made


def cells(made):
    return [(source, text, "en", "qu") for source, text, _ in made]


def test_another_prompts_text_is_found_though_many_are_wrong():
    made = world(600, wrong=0.3)
    norms = Norms.learn(cells(made))
    learned = norms.belonging["en", "qu"]
    assert abs(learned.share - 0.3) < 0.05
    found = [learned.another(source, text, norms.off(source, text, "en", "qu")) >= 0.5 for source, text, _ in made]
    right = [one for one, (*_, other) in zip(found, made, strict=True) if not other]
    wrong = [one for one, (*_, other) in zip(found, made, strict=True) if other]
    assert sum(wrong) > 0.95 * len(wrong)
    assert sum(right) < 0.01 * len(right)
    source, text, _ = next(one for one in made if one[2])
    named = another_prompt(source, text, norms.off(source, text, "en", "qu"), learned)
    assert named is not None
    assert (named.reason, named.penalty > 0.5) == ("meaning", True)


def test_what_is_learned_survives_json_and_does_not_depend_on_order():
    made = world(300)
    norms = Norms.learn(cells(made))
    again = Norms.from_record(json.loads(json.dumps(norms.to_record())))
    other = Norms.learn(random.Random(1).sample(cells(made), len(made)))
    for one in (again, other):
        assert one.usual == norms.usual
        for source, text, _ in made[:50]:
            expected = norms.belonging["en", "qu"].another(source, text, 0.0)
            assert one.belonging["en", "qu"].another(source, text, 0.0) == pytest.approx(expected, abs=1e-9)


def test_a_cell_has_taught_nothing_to_the_table_that_it_is_scored_by():
    made = world(300)
    source = made[0][0]
    learned = Norms.learn([*cells(made), (source, "unheardof words here.", "en", "qu")]).belonging["en", "qu"]
    fold = learned.folds[fold_of(source, len(learned.folds))]
    assert "unhea" not in fold.known
    assert sum("unhea" in other.known for other in learned.folds) == len(learned.folds) - 1


def test_few_cells_teach_little():
    assert Norms.learn(cells(world(40))).usual == {}
    few = Norms.learn(cells(world(60)))
    assert (list(few.usual), few.belonging) == ([("en", "qu")], {})
    draw = random.Random(0)
    texts = [" ".join(draw.sample(WORDS, 8)) for _ in range(400)]
    assert Norms.learn((one, other, "en", "qu") for one, other in zip(texts, texts[::-1], strict=True)).belonging == {}


def test_lengths_and_ends():
    made = [("a" * size + "." * (size % 2), "b" * (2 * size), "en", "qu") for size in range(30, 130)]
    usual = Norms.learn(made).of("en", "qu")
    assert usual.centre == pytest.approx(math.log(2), abs=0.03)
    assert usual.ends == pytest.approx(
        0.98 * 10 / 60
    )  # 50 end with a mark, of which none was kept; ten were believed in
    assert Norms().of("en", "zh").centre < -1 < Norms().of("en", "de").centre
    assert Norms().of("zh", "en").centre == -Norms().of("en", "zh").centre
    assert Norms().of("en", "xx-unknown").spread > 0.2
    assert Norms().off("a" * 100, "b" * 100, "en", "en") == 0


def test_the_table_is_that_of_ibms_first_model():
    pairs = [(frozenset(one.split()), frozenset(other.split())) for one, other, _ in world(40)]
    fold = _learn(pairs)
    likely: dict[tuple[str, str], float] = {}
    for _ in range(6):  # as in Brown et al. 1993, with "" for no word, in loops
        counts: dict[tuple[str, str], float] = {}
        for source, text in pairs:
            for other in text:
                shares = {one: likely.get((one, other), 1.0) for one in ("", *source)}
                for one, share in shares.items():
                    counts[one, other] = counts.get((one, other), 0.0) + share / sum(shares.values())
        of = Counter()
        for (one, _), count in counts.items():
            of[one] += count
        likely = {(one, other): count / of[one] for (one, other), count in counts.items()}
    tokens = [token for _, text in pairs for token in text]
    expected = {
        (one, other): count / (of[one] + 1) / (tokens.count(other) / len(tokens))
        for (one, other), count in counts.items()
        if one and count / (of[one] + 1) >= 0.0501
    }
    found = {(one, other): times for one, row in fold.table.items() for other, times in row.items()}
    assert len(expected) > 100
    assert all(found[key] == pytest.approx(value, abs=0.02, rel=0.001) for key, value in expected.items())


def test_a_mixture_is_taken_apart():
    draw = np.random.default_rng(0)
    scores = np.concatenate([draw.normal(4, 1.5, 700), draw.normal(-3, 1, 300)])
    right, share = _mixture(scores, Spread(-3.0, 1.0))
    assert (right.centre, right.deviation, share) == pytest.approx((4, 1.5, 0.3), abs=0.1)


def test_densities():
    stats = pytest.importorskip("scipy.stats")
    of = Spread(1.0, 0.5)
    constant = math.log(math.sqrt(2 * math.pi))
    for value in (-2.0, 0.9, 3.0):
        assert normal(value, of) == pytest.approx(stats.norm.logpdf(value, 1.0, 0.5) + constant)
        assert student(value, of) == pytest.approx(stats.t.logpdf(value, 6, 1.0, 0.5) + constant)
