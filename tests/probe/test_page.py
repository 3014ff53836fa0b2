"""The page of a probe, from a record made up: numbers by hand, hostile names, nothing that runs or loads."""

from __future__ import annotations

import math
import re

import pytest

from isoglot.probe.known import by_chance, known, read_back
from isoglot.probe.page import render

HOSTILE = "<script>alert('x')</script>&\"'\u0000"


def layer(number, told):
    return {
        "layer": number,
        "leading_share": 0.4,
        "effective_rank": 2.0,
        "leading_share_raw": 0.9,
        "translations": 0.25,
        "others": None,
        "meaning": 0.1,
        "language": -0.1,
        "retrieval": {"de": 0.5, "ur": 0.25},
        "transfer": {"en": 0.9, "de": 0.8, "ur": 0.6},
        "separability": {"en": 0.99, "de": told, "ur": told - 0.2},
        "gap": {"en": 1.0, "de": 0.5, "ur": 0.25},
        "shift": {"en": 0.0, "de": 0.1, "ur": -0.2},
    }


@pytest.fixture
def record():
    told = {"value": 0.81, "low": 0.7, "high": 0.9, "n": 60, "method": "bootstrap over prompts"}
    return {
        "model": HOSTILE,
        "pivot": "en",
        "languages": ["de", "ur"],
        "groups": {"harmful": 30, "harmless": 30, "unknown": 2},
        "space": "standardized",
        "layers": [layer(1, 0.7), layer(2, 0.8)],
        "recommended_layer": 2,
        "reason": "prompts lie so",
        "near": 0.995,
        "layer": 2,
        "estimates": {"en": {"separability": told}, "de": {"separability": told, "retrieval": told}, "ur": {}},
        "notes": [HOSTILE],
    }


def test_what_it_says(record):
    page = render(record)
    text = re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", page)).replace("\u00a0", " ")
    assert "Recommended: layer 2 of 2. Prompts lie so. In 99.5 % of draws" in text
    assert "0.81 (0.70 to 0.90)" in text
    assert "81 % (70–90 %) 2 %" in text  # and what is found by chance, of 60 prompts
    assert "elsewhere, mean 0.60 0.70" in text  # of de and ur, by layer
    assert "worst language 0.50 0.60" in text
    assert "of other prompts – –" in text
    assert "in en 1.00 1.00" in text  # the gap to compare with
    assert "30 harmful, 30 harmless, 2 of unknown kind prompts" in text
    assert "Urdu" in text


def test_a_number_that_is_not_known_is_a_dash_without_an_interval(record):
    unknown = {"value": None, "low": None, "high": None, "n": 0, "method": "none"}
    record["estimates"]["ur"] = dict.fromkeys(("separability", "transfer", "gap", "shift", "retrieval"), unknown)
    page = render(record)
    assert "(– to –)" not in page
    assert "– ()" not in page.replace("\u00a0", " ")


def test_the_table_and_the_page_know_the_same_of_a_language():
    """None of a number is a dash in both, and nothing is found by chance where nothing is known of what is found."""
    hits = {"value": 0.5, "low": 0.2, "high": 0.8, "n": 8, "method": "Wilson"}
    unknown = hits | {"value": None, "low": None, "high": None}
    for record, chance, there in ((hits, 1 / 8, ["retrieval"]), (unknown, math.nan, []), (None, math.nan, [])):
        estimates = read_back({} if record is None else {"retrieval": record})
        assert by_chance(estimates) == pytest.approx(chance, nan_ok=True)
        assert list(known(estimates)) == there


def test_nothing_of_a_stranger_runs_or_loads(record):
    page = render(record)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "\u0000" not in page
    assert not re.search(r"(?:src|href)=[\"'](?!#)", page)


def test_without_harmless_prompts(record):
    for one in record["layers"]:
        one |= {name: {} for name in ("transfer", "separability", "gap", "shift")}
    record |= {"near": None, "estimates": {"en": {}, "de": {}, "ur": {}}}
    page = render(record)
    assert "no values" in page
    assert "of draws" not in page
