"""Prompts that are in other groups, or among texts; what is said of it is tested in evaluate and sweep."""

from __future__ import annotations

from isoglot.groups import PromptGroup
from isoglot.groups.shared import Places, shared, shared_in


def test_texts_are_looked_at_in_their_order_whatever_the_hash_seed_of_the_process(monkeypatch):
    """Of many texts that are alike the first are compared: in another order others might be found."""
    seen = []
    monkeypatch.setattr("isoglot.groups.shared.near_any", lambda texts, others, **_: seen.extend(others) or set())
    asked = [f"prompt {number}" for number in range(50)]
    shared_in([PromptGroup("1", {"en": "another"})], [*asked, *asked])
    assert seen == asked


def test_where_all_are_there_word_for_word_nothing_is_compared_any_more(monkeypatch):
    def compared(_text):
        raise AssertionError("compared")

    monkeypatch.setattr("isoglot.groups.near.letters", compared)
    groups = [PromptGroup("1", {"en": "How do I bake bread?"})]
    assert shared_in(groups, ["how do I  bake bread?"]) == shared(groups, groups) == Places({0}, set())
    assert shared_in(groups, []) == Places(set(), set())
