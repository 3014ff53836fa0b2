"""Charts: places computed by hand, everything escaped."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ElementTree
from itertools import pairwise

import pytest

from isoglot.metrics import Estimate
from isoglot.pages.charts import DotRow, Line, StackRow, dots, grouped_bars, lines, marker, stacks
from isoglot.pages.charts.svg import ticks

NAN = math.nan
EVIL = "<script>\"&'</script>"


def parse(markup: str) -> ElementTree.Element:
    return ElementTree.fromstring(str(markup))  # noqa: S314 - our own


def with_class(root: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [element for element in root.iter() if name in (element.get("class") or "").split()]


def test_a_dot_lies_where_its_share_is():
    # The plot spans 66 % of the width from 30 % on: a half is at 30 + 33, 0.25 at 46.5, 0.75 at 79.5.
    root = parse(dots("label", [DotRow("sw", "Swahili", [Estimate(0.5, 0.25, 0.75, n=10, k=5)])], ["run"]))
    (line,) = with_class(root, "interval")
    assert (line.get("x1"), line.get("x2")) == ("46.5%", "79.5%")
    # 20 pixels of axis, half a gap of 10, half a lane of 13.
    (mark,) = [element for element in root.iter("svg") if element.find("g") is not None and element.get("x") == "63%"]
    assert float(mark.get("y")) == 20 + 5 + 6.5
    assert root.get("height") == str(20 + 13 + 10 + 6)


def test_each_run_has_a_lane_of_its_own_and_an_absent_one_stays_empty():
    rates = [Estimate(1.0, 0.7, 1.0, n=9, k=9), None, Estimate(0.0, 0.0, 0.3, n=9, k=0)]
    root = parse(dots("label", [DotRow("sw", "Swahili", rates)], ["a", "b", "c"]))
    marks = [element for element in root.iter("svg") if element.get("overflow") == "visible"]
    assert [(m.get("x"), float(m.get("y"))) for m in marks] == [("96%", 31.5), ("30%", 57.5)]
    assert [m[0].get("class") for m in marks] == ["mark s0", "mark s2"]


def test_nothing_to_share_is_said_not_drawn_at_zero():
    root = parse(dots("label", [DotRow("sw", "Swahili", [Estimate(NAN, NAN, NAN, n=0, k=0)])], ["run"]))
    assert "– n = 0" in "".join(root.itertext())
    assert not with_class(root, "mark")


def test_a_share_without_interval_is_a_dot_alone():
    root = parse(dots("label", [DotRow("sw", "Swahili", [Estimate(0.5, NAN, NAN, n=10, k=5)])], ["run"]))
    assert with_class(root, "mark")
    assert not with_class(root, "interval")


def test_stacked_parts_follow_each_other():
    row = StackRow("sw", "Swahili", {"safe": 6, "unsafe": 3, "invalid": 1})
    root = parse(stacks("label", [row], {"safe": "safe", "unsafe": "unsafe", "invalid": "invalid"}))
    bars = [(b.get("class"), b.get("x"), b.get("width")) for b in with_class(root, "part")]
    assert bars == [
        ("part safe", "30%", "39.6%"),
        ("part unsafe", "69.6%", "19.8%"),
        ("part invalid", "89.4%", "6.6%"),
    ]
    assert [text.text for text in with_class(root, "on")] == ["60", "30"]  # 10 % is too narrow for its number


def test_an_empty_bar_says_so():
    assert "n = 0" in stacks("label", [StackRow("sw", "Swahili", {})], {"safe": "safe"})


def test_a_curve_goes_from_corner_to_corner_and_breaks_at_nan():
    curve = Line("run", 0, [(0, 1.0), (1, 3.0), (2, NAN), (3, 2.0), (4, 1.0)])
    root = parse(lines("label", [curve], x_name="step"))
    (path,) = with_class(root, "line")
    assert path.get("d") == "M0 100 L25 0 M75 50 L100 100"


def test_the_ends_of_y_can_be_given_and_values_beyond_them_still_show():
    (path,) = with_class(parse(lines("l", [Line("r", 0, [(0, 0.5), (1, 2.0)])], x_name="x", low=0, high=1)), "line")
    assert path.get("d") == "M0 75 L100 0"


@pytest.mark.parametrize("points", [[], [(1, NAN)]])
def test_a_chart_without_values_says_so(points: list):
    assert "no values" in lines("label", [Line("run", 0, points)], x_name="step")
    assert "no values" in grouped_bars("label", [], [], series=0, x_name="x")


@pytest.mark.parametrize("points", [[(5, 0.3)], [(1, 0.0), (2, 0.0)], [(1, -2.0), (2, -2.0)]])
def test_one_point_and_a_flat_curve_are_drawn_in_the_middle(points: list):
    root = parse(lines("label", [Line("run", 0, points)], x_name="step"))
    (path,) = with_class(root, "line")
    assert {step.split()[1] for step in path.get("d").replace("L", "M").split("M") if step} == {"50"}


def test_bars_stand_side_by_side():
    root = parse(grouped_bars("label", [0.5], [1.0, NAN], series=1, x_name="singular value"))
    before, after = with_class(root, "bar")
    # Two places in 85 % from 13 % on: 42.5 each, of which 0.8 is filled by a pair: 17 each, from 13 + 4.25 on.
    assert (before.get("x"), before.get("width")) == ("17.25%", "17%")
    assert (after.get("x"), after.get("height")) == ("34.25%", "134")
    assert before.get("height") == "67"


def test_ticks_are_round_and_inside():
    assert ticks(0, 1) == [0, 0.25, 0.5, 0.75, 1]
    assert ticks(0.31, 0.69) == [0.4, 0.5, 0.6]
    assert ticks(-3, 100) == [0, 25, 50, 75, 100]
    assert ticks(2, 2) == [2]


def test_names_are_escaped_everywhere():
    rate = Estimate(0.5, 0.2, 0.8, n=10, k=5)
    drawn = [
        dots(EVIL, [DotRow(EVIL, EVIL, [rate], EVIL)], [EVIL]),
        stacks(EVIL, [StackRow(EVIL, EVIL, {"safe": 1}, EVIL)], {"safe": EVIL}),
        lines(EVIL, [Line(EVIL, 0, [(0, 1.0)])], x_name=EVIL),
        grouped_bars(EVIL, [0.5], [0.5], series=0, x_name=EVIL),
        marker(0, "0", 0, EVIL),
    ]
    for markup in drawn:
        assert "<script" not in markup
        assert not [element for element in parse(markup).iter() if element.tag == "script"]


def test_a_chart_says_what_it_shows():
    root = parse(stacks("All runs", [], {}))
    assert (root.get("role"), root.get("aria-label")) == ("img", "All runs")


def test_a_narrow_axis_has_labels_as_fine_as_its_grid():
    chart = parse(lines("loss", [Line("a", 0, [(2, 1.508), (4, 1.61), (8, 1.595)])], x_name="step"))
    labels = [text.text for text in chart.iter() if text.get("class") == "tick end"]
    heights = [float(label) for label in labels]
    gaps = [round(after - before, 6) for before, after in pairwise(heights)]
    assert len(heights) > 2
    assert len(set(gaps)) == 1
