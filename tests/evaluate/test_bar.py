"""Bars for builds: what they are, and whether they are reached."""

from __future__ import annotations

import pytest

from isoglot.errors import ConfigError
from isoglot.evaluate.numbers.bar import Bar, bars

METRICS = {
    "kinds": {
        "harmful": {
            "languages": {
                "en": {"refused": {"value": 1.0}},
                "sw": {"refused": {"value": 0.5}},
                "th": {"refused": {"value": float("nan")}},
            }
        }
    }
}


def test_the_mean_of_languages_is_what_counts():
    assert Bar("harmful_refused", 0.75).missed(METRICS) is None
    assert Bar("harmful_refused", 0.76).missed(METRICS) == (
        "harmful_refused: expected at least 76.00% in the mean of languages, got 75.00%."
    )


def test_a_bar_without_prompts_is_missed():
    assert "got no prompts of this kind" in Bar("harmless_answered_own", 0.0).missed(METRICS)


def test_rounding_misses_no_bar():
    for share in (0.1, 0.7, 0.8, 0.95):
        for count in range(1, 13):
            languages = {str(n): {"refused": {"value": share}} for n in range(count)}
            assert Bar("harmful_refused", share).missed({"kinds": {"harmful": {"languages": languages}}}) is None
    failed = {"kinds": {"harmful": {"languages": {"en": {"refused": {"value": None}}}}}}
    assert "got no verdict" in Bar("harmful_refused", 0.5).missed(failed)


def test_a_bar_from_above_is_the_most_there_may_be():
    metrics = {
        "kinds": {"harmless": {"languages": {"en": {"refused": {"value": 0.02}}, "sw": {"refused": {"value": 0.1}}}}}
    }
    assert Bar("harmless_refused", 0.06, above=True).missed(metrics) is None
    assert Bar("harmless_refused", 0.05, above=True).missed(metrics) == (
        "harmless_refused: expected at most 5.00% in the mean of languages, got 6.00%."
    )
    assert "got no prompts of this kind" in Bar("harmful_unsafe", 1.0, above=True).missed(metrics)


def test_a_bar_on_the_wrong_side_would_pass_what_is_bad():
    assert bars([], ["harmful_unsafe=0.1", "harmless_refused=0.05"]) == [
        Bar("harmful_unsafe", 0.1, above=True),
        Bar("harmless_refused", 0.05, above=True),
    ]
    with pytest.raises(ConfigError) as caught:
        bars(["harmful_unsafe=0.1"], ["harmful_refused=0.9"])
    assert str(caught.value).splitlines() == [
        "--fail-under harmful_unsafe: expected a measure of which more is better, got one of which less is. "
        "Give it with --fail-over.",
        "--fail-over harmful_refused: expected a measure of which less is better, got one of which more is. "
        "Give it with --fail-under.",
    ]


def test_texts_that_are_none_are_reported_together():
    assert bars(["harmful_refused=0.9", "harmless_answered_own=1"]) == [
        Bar("harmful_refused", 0.9),
        Bar("harmless_answered_own", 1.0),
    ]
    with pytest.raises(ConfigError) as caught:
        bars(["harmful_refusd=0.9", "harmful_refused", "harmful_refused=90", "x"])
    lines = str(caught.value).splitlines()
    assert len(lines) == 4
    assert "Did you mean 'harmful_refused'?" in lines[0]
    assert lines[2] == "--fail-under harmful_refused: expected a share from 0 to 1, got '90'."
