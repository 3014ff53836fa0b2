"""Records: what is written is read back the same, and what is no record says why, all at once."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from isoglot import Verdict
from isoglot.errors import DataError
from isoglot.metrics import wilson
from isoglot.runs import Meta, Metrics, Response, Spectrum, parse_verdict, read_verdict, verdict_line
from isoglot.validation import Count, Number, Record, checked

RESPONSE = Response("g1", "sw", "harmful", "en", "swali?\u2028", "jibu", "length", prompt_cut=True)


def test_a_sample_a_category_and_a_history_are_kept_and_left_out_where_there_are_none():
    before = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    third = replace(RESPONSE, sample=2, category="violence", history=tuple(before))
    assert Response.read(third.line().encode()) == third
    assert third.key == ("g1", "sw", 2)
    assert read_verdict(verdict_line(third, Verdict("safe", "full", "sw")).encode())[0] == third.key
    assert not {"sample", "category", "history"} & json.loads(RESPONSE.line()).keys()


def test_a_response_and_its_verdict_survive_their_files():
    assert Response.parse(json.loads(RESPONSE.line())) == RESPONSE
    assert RESPONSE.line().count("\n") == 1
    for verdict in (Verdict("safe", "full", "sw", "refuses"), Verdict(None, None, "undetermined", "", "time-out")):
        assert parse_verdict(json.loads(verdict_line(RESPONSE, verdict))) == (("g1", "sw", 0), verdict)


def test_a_file_of_an_older_version_may_say_less():
    found = Response.parse({"group": "1", "language": "sw", "prompt": "?", "response": "!", "batch": 3})
    assert found == Response("1", "sw", None, "en", "?", "!", "")
    nulls = {"kind": None, "pivot": None, "finish": None}
    assert Response.parse({"group": "1", "language": "sw", "prompt": "?", "response": "!"} | nulls) == found
    failed = {"group": "1", "language": "sw", "verdict": {"error": "time-out", "language": None}}
    assert parse_verdict(failed) == (("1", "sw", 0), Verdict(None, None, "undetermined", "", "time-out"))


LINES = (
    RESPONSE.line(),
    '{"group": "1", "language": "sw", "prompt": "?", "response": "!", "batch": 3}',
    '{"group": "1", "language": "sw", "kind": null, "pivot": "en", "prompt": "", "response": "\\ud83d\\ude00", '
    '"finish": "", "x": NaN}',
    '{"group": "1", "language": "sw", "prompt": "?", "response": "\\ud800"}',
    '{"group": 3, "language": "sw"}',
    "[1]",
    "{",
)


@pytest.mark.parametrize("line", LINES)
def test_a_line_is_read_as_its_object_is_parsed(line):
    try:
        parsed = json.loads(line)
        expected = Response.parse(parsed) if isinstance(parsed, dict) else None
    except ValueError:
        expected = None
    if expected is None:
        with pytest.raises(ValueError, match=r"(?i)expect|no object"):
            Response.read(line.encode())
    else:
        assert Response.read(line.encode()) == expected
        assert read_verdict(verdict_line(expected, Verdict("safe", "full", "sw")).encode("utf-8", "surrogatepass"))[1]


def test_everything_wrong_with_a_record_is_told_at_once():
    with pytest.raises(DataError) as error:
        Response.parse({"group": 3, "language": "sw", "prompt": None})
    assert str(error.value).splitlines() == [
        "response.group: expected a valid string, got 3.",
        "response.prompt: expected a valid string, got nothing.",
        "response.response: expected a value, got nothing.",
    ]
    for wrong in (None, [], {"outcome": "fine"}, {"outcome": "sure", "refusal": "none", "language": "sw"}):
        with pytest.raises(DataError, match=r"^verdict"):
            parse_verdict({"group": "1", "language": "sw", "verdict": wrong})


class Numbers(Record):
    number: Number = math.nan
    count: Count = 0


@pytest.mark.parametrize(
    ("value", "number"),
    [(1, 1.0), (0.5, 0.5), (None, math.nan), (math.inf, math.nan), (math.nan, math.nan)],
)
def test_numbers_of_json(value, number):
    assert checked(Numbers, {"number": value}, "x").number == pytest.approx(number, nan_ok=True)


@pytest.mark.parametrize("value", [True, "1", [1], 10**400])
def test_what_is_no_number(value):
    with pytest.raises(DataError, match=r"^x\.number: expected a number"):
        checked(Numbers, {"number": value}, "x")


@pytest.mark.parametrize("value", [-1, 0.5, True, "3"])
def test_what_is_no_count(value):
    with pytest.raises(DataError, match=r"^x\.count: expected a "):
        checked(Numbers, {"count": value}, "x")
    assert checked(Numbers, {"count": 3.0}, "x").count == 3
    with pytest.raises(DataError, match="x: expected an object, got"):
        checked(Numbers, [value], "x")


def test_metrics_take_any_measure_and_what_is_null_is_not_a_number():
    language = {"n": 4, "safe": wilson(3, 4)._asdict(), "new_measure": wilson(1, 4)._asdict(), "outcomes": {"safe": 3}}
    language["refused"] = {"value": None, "low": None, "high": None, "k": 0, "n": 0}
    found = Metrics.model_validate({"kinds": {"harmful": {"languages": {"sw": language}, "overall": {"worst": None}}}})
    sw = found.kinds["harmful"].languages["sw"]
    assert sw.rate("safe") == wilson(3, 4)
    assert sw.rate("new_measure").k == 1
    assert math.isnan(sw.rate("refused").value)
    assert math.isnan(sw.rate("absent").value)
    assert (sw.n, sw.prompts_cut, dict(sw.outcomes)) == (4, 0, {"safe": 3})
    assert math.isnan(found.kinds["harmful"].overall.worst)
    with pytest.raises(DataError, match=r"kinds\.harmful\.languages\.sw\.rates\.safe: expected an object, got 3"):
        checked(Metrics, {"kinds": {"harmful": {"languages": {"sw": {"safe": 3}}}}}, "metrics.json")


def test_the_pivot_is_a_slice_of_its_own():
    found = Meta.model_validate({"pivot": "en", "aligned": ["en", "sw", "sw"], "unseen": None})
    assert (found.aligned, found.unseen) == (("sw",), ())
    with pytest.raises(DataError, match=r"meta\.json\.aligned: expected a valid tuple, got"):
        checked(Meta, {"aligned": "sw"}, "meta.json")


def test_a_spectrum_has_one_value_for_each_layer():
    good = {"layers": [1, 2], "kinds": {"all": {"groups": 3, "leading_share": [0.5, None]}}}
    found = Spectrum.model_validate({"before": good, "after": None})
    assert list(found.layers) == [1, 2]
    assert math.isnan(found.before.kinds["all"].leading_share[1])
    for wrong in ({"before": {**good, "layers": [1]}}, {}, {"before": {**good, "layers": ["a", 2]}}):
        with pytest.raises(DataError):
            checked(Spectrum, wrong, "spectrum.json")
