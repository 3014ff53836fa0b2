"""Near-duplicates: against every pair compared, and in time that grows with the number of texts."""

from __future__ import annotations

import random
from itertools import combinations

from isoglot.groups import near


def sentences(count, seed=0):
    draw = random.Random(seed)
    words = ["".join(draw.choices("abcdefghij", k=draw.randint(3, 8))) for _ in range(500)]
    return [" ".join(draw.choices(words, k=draw.randint(6, 14))) for _ in range(count)]


def naive(texts, least):
    """Clusters by all pairs."""
    linked = {place: {place} for place in range(len(texts))}
    for one, other in combinations(range(len(texts)), 2):
        if near.alike(texts[one], texts[other]) >= least and linked[one] is not linked[other]:
            linked[one] |= linked[other]
            for place in linked[other]:
                linked[place] = linked[one]
    return sorted({tuple(sorted(places)) for places in linked.values() if len(places) > 1})


def test_clusters_are_those_of_all_pairs():
    texts = sentences(120)
    draw = random.Random(1)
    for text in texts[:40]:
        words = text.split()
        words[draw.randrange(len(words))] = "other"
        texts.append(" ".join(words))
    texts += [texts[3].upper(), f" {texts[4]}  ", "", "", "a", "ab", "你好吗", "你好吗?", "你好吗"]
    for least in (0.6, 0.8):
        found = near.clusters(texts, least=least)
        assert sorted(map(tuple, found)) == naive(texts, least)
    assert any(len(places) > 1 for places in near.clusters(texts))


def test_one_shingle_is_worked_out_by_hand():
    # 4 + 5 grams, of which "abcde", "bcdef", "cdefg", "defgh" are common.
    assert near.alike("abcdefgh", "abcdefghi") == 4 / 5
    assert near.alike("ＡＢＣ  def", "abc DEF") == 1


def test_what_is_near_another_set_is_found_whatever_is_near_inside():
    others = sentences(50, seed=5)
    texts = [*sentences(50, seed=6), others[7] + " now", others[7] + " now", others[9]]
    assert near.near_any(texts, others) == {50, 51, 52}
    assert near.near_any(texts, texts[:1]) == {0}
    assert near.near_any([], others) == near.near_any(texts, []) == set()
    assert near.clusters([]) == []


def test_many_texts_of_one_template_stay_linear(monkeypatch):
    compared = []
    share = near._share
    monkeypatch.setattr(near, "_share", lambda one, other: compared.append(1) or share(one, other))
    near.clusters([f"Write a long and detailed story about number {number} for me, please" for number in range(3000)])
    assert len(compared) < 20 * 3000
