"""Near-duplicates found by way of a file are those that are found in memory."""

from __future__ import annotations

import random
import tempfile

from isoglot.groups import near_stored
from isoglot.groups.near import clusters
from isoglot.groups.near_stored import StoredSignatures


def test_clusters_are_those_found_in_memory(monkeypatch):
    monkeypatch.setattr(near_stored, "_WAITING", 37)  # several blocks
    draw = random.Random(3)
    texts = ["".join(draw.choices("abcdefghijkl ", k=60)) for _ in range(150)]
    texts += [text[:-4] + "x" for text in texts[::5]] + texts[3:80:7] + [texts[0]] * 40
    draw.shuffle(texts)
    with tempfile.TemporaryFile() as file:
        stored = StoredSignatures(file)
        asked = set()
        for place, text in enumerate(texts):
            stored.add("en", place, text)
            stored.add("sw", 2 * place, text[::-1] + str(place) * 9)
        assert stored.columns == ["en", "sw"]

        def text_of(place):
            asked.add(place)
            return texts[place]

        expected = clusters(texts)
        assert len(expected) > 20
        assert stored.clusters("en", text_of) == expected
        assert asked < set(range(len(texts)))
        reversed_texts = {2 * place: text[::-1] + str(place) * 9 for place, text in enumerate(texts)}
        found = stored.clusters("sw", reversed_texts.__getitem__)
        inside = clusters(list(reversed_texts.values()))
        assert found == [[2 * place for place in places] for places in inside]


def test_where_bands_must_agree_fewer_texts_are_read_and_what_is_near_is_found():
    draw = random.Random(5)
    words = ["".join(draw.choices("abcdefgh", k=4)) for _ in range(40)]
    texts = [" ".join(draw.choices(words, k=14)) for _ in range(400)]
    texts += [f"{text[:-1]}#" for text in texts[:50]]
    found, asked = {}, {}
    for agree in (1, 2):
        with tempfile.TemporaryFile() as file:
            stored, read = StoredSignatures(file, 8, agree), set()
            for place, text in enumerate(texts):
                stored.add("en", place, text)
            found[agree] = stored.clusters("en", lambda place, read=read: read.add(place) or texts[place], least=0.85)
            asked[agree] = read
    assert found[2] == found[1] == [[place, place + 400] for place in range(50)]
    assert len(asked[2]) < len(asked[1]) / 2
