"""Shares and their intervals in a terminal: by the rule of the pages, and one form for all commands."""

from __future__ import annotations

from isoglot.cli.output.shares import ends, percent, with_interval


def test_shares_are_said_by_the_rule_of_the_pages():
    assert [percent(value) for value in (None, 0.0, 1e-5, 0.5, 0.99999, 1.0)] == [
        "–",
        "0 %",
        "<0.1 %",
        "50 %",
        ">99.9 %",
        "100 %",
    ]


def test_an_interval_stands_behind_its_share_and_an_unknown_one_is_a_dash():
    known, unknown = ({"value": a, "low": b, "high": c} for a, b, c in ((0.91, 0.86, 0.948), (None, None, None)))
    assert with_interval(known) == "91 % (86 % – 95 %)"
    assert with_interval(unknown) == "–"
    assert (ends(known), ends(unknown)) == ("86 % – 95 %", "")
