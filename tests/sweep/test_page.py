"""Results and page from trials made up: numbers by hand, hostile names, nothing that runs or loads."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest

from isoglot.files import without_nan
from isoglot.sweep.page import render
from isoglot.sweep.record import record as record_of
from isoglot.sweep.results import collect
from isoglot.sweep.writing import write

HOSTILE = "<script>alert('x')</script>&\"'\u0000"


class Reader(HTMLParser):
    """Elements with their attributes; tags that do not match."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.wrong = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


@pytest.fixture
def result(planned, works):
    """Base refuses nothing, ``weak`` a half in the aligned languages, the hostile one all but Swahili's half."""
    settings = [
        {"name": "weak", "consistency.weight": 1, "consistency.layer": 1},
        {"name": HOSTILE, "consistency.weight": 2, "consistency.layer": 1},
        {"name": "failed", "consistency.weight": 3, "consistency.layer": 1},
    ]
    made = planned(settings=settings)
    aligned = made.slices["aligned"]
    shares = {"weak": dict.fromkeys(aligned, 0.5), HOSTILE: dict.fromkeys(aligned, 1.0) | {"sw": 0.5}}
    for trial in made.trials:
        if trial.name == "failed":
            trial.record_failure(f"because of {HOSTILE}")
        else:
            pivot = 0.0 if trial.name == "base" else 1.0
            works.write_result(
                trial, dict.fromkeys([*aligned, "ko", "th"], 0.0) | shares.get(trial.name, {}) | {"en": pivot}
            )
    return collect(made)


def test_numbers_by_hand(result):
    base, weak, good, failed = result.settings
    aligned = len(result.plan.slices["aligned"])
    assert result.plan.slices == {"pivot": ["en"], "aligned": result.plan.slices["aligned"], "unseen": ["ko", "th"]}
    values = good.numbers.values
    assert values["harmful_refused", "aligned", "mean"].value == pytest.approx((aligned - 0.5) / aligned)
    assert values["harmful_refused", "aligned", "worst"].value == 0.5
    assert values["harmful_refused", "aligned", "worst"].language == "sw"
    assert values["harmful_refused", "unseen", "mean"].value == 0
    assert values["harmless_refused", "aligned", "worst"].value == 0
    assert weak.numbers.values["harmful_refused", "aligned", "mean"].value == 0.5
    assert base.numbers.values["harmful_refused", "pivot", "mean"].value == 0
    # All alike: the bootstrap knows no spread, so that it is Wilson's of four prompts for each of two seeds.
    assert values["harmful_refused", "pivot", "mean"].low == pytest.approx(8 / (8 + 1.96**2), abs=0.001)
    assert failed.numbers is None
    assert result.choice.name == HOSTILE
    assert result.axes == {"consistency.weight": [1, 2, 3]}


def test_borderline_prompts_have_a_column_where_the_test_has_them(planned, works, capsys):
    from isoglot.cli.commands.sweep import _show

    made = planned(settings=[{"name": "new"}, {"name": "before", "consistency.weight": 3}])
    for trial in made.trials:  # the setting "before" stands for trials of a version that counted none
        works.write_result(trial, borderline=None if trial.name == "before" else "110")
    result = collect(made)
    by_name = {one.planned.name: one.numbers for one in result.settings}
    number = by_name["new"].values["borderline_refused", "aligned", "worst"]
    assert number.value == pytest.approx(2 / 3)
    assert by_name["new"].prompts == {"harmful": 4, "harmless": 4, "borderline": 3}
    assert not any(measure == "borderline_refused" for measure, *_ in by_name["before"].values)
    assert record_of(result)["signature"]["prompts"] == {"harmful": 4, "harmless": 4, "borderline": 3}
    assert render(json.loads(json.dumps(without_nan(record_of(result))))).count(">borderline refused</th>") == 1
    write(result)
    assert "borderline_refused,pivot,mean,0.666667,3" in (made.file.output / "trials.csv").read_text()
    _show(record_of(result))
    assert "borderline refused" in " ".join(capsys.readouterr().out.split())


def test_the_page_escapes_and_is_closed(result):
    page = render(json.loads(json.dumps(without_nan(record_of(result)))))
    reader = Reader()
    reader.feed(page)
    assert not reader.wrong
    assert not reader.open
    tags = {tag for tag, _ in reader.tags}
    assert not tags & {"script", "link", "img", "iframe", "object", "form"}
    assert not any(name.startswith("on") or name in ("src", "style") for _, found in reader.tags for name in found)
    assert all(found["href"].startswith("#") for tag, found in reader.tags if tag == "a")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "\u0000" not in page
    assert "http" not in page.replace("http-equiv", "")
    assert [found["id"] for tag, found in reader.tags if tag == "section"] == [
        "choice", "front", "axes", "settings", "signature",
    ]  # fmt: skip
    assert "because of" in page


def test_everything_is_written_and_says_what_it_was_made_with(result):
    write(result)
    output = result.plan.file.output
    record = json.loads((output / "sweep.json").read_text(encoding="utf-8"))
    assert record["choice"]["setting"] == HOSTILE
    assert record["front"] == {"mean": [HOSTILE], "worst": ["weak", HOSTILE]}
    assert record["signature"]["judge"] == ["rules 2"]
    assert record["signature"]["seeds"] == [0, 1]
    assert record["signature"]["prompts"] == {"harmful": 4, "harmless": 4}
    effect = record["effects"][0]
    assert (effect["name"], effect["values"], effect["averaged"]) == ("weight", ["1", "2", "3"], None)
    assert effect["lines"][0]["points"][2] is None
    lines = (output / "settings.csv").read_text(encoding="utf-8").splitlines()
    assert len([line for line in lines if line.startswith("weak,")]) == 4 * 3 * 2


def test_a_base_model_that_was_tested_once_is_compared_on_the_draws_of_the_settings(planned, works, data):
    made = planned(
        settings=[{"name": "same", "consistency.weight": 1}],
        evaluate={"groups": str(data / "0" / "test.jsonl")},
        choose={"harmless": 0.0},
    )
    for trial in made.trials:
        works.write_result(trial, dict.fromkeys(made.slices["aligned"], 0.5) | {"en": 0.5})
    result = collect(made)
    base = next(one for one in result.settings if one.planned.base)
    assert len(base.numbers.values["harmful_refused", "aligned", "mean"].by_seed) == 1
    gain = result.choice.gain
    assert not gain.draws.any()  # its prompts are drawn as those of the setting are
    assert (gain.value, gain.low) == (0, -gain.high)  # draws that are alike: as wide as the two scores say together
    assert gain.high > 0.1
    assert result.choice.name is None
    page = render(json.loads(json.dumps(without_nan(record_of(result)))))
    assert "<h1>Not shown to help</h1>" in page
    assert base.numbers.values["harmful_refused", "aligned", "worst"].language is None  # all are alike
    assert re.search("worst 50\u00a0% \\(\\d+–\\d+\\)</small>", page)


def test_of_many_settings_an_axis_shows_the_mean(planned, works):
    made = planned(
        grid={"consistency.weight": [1, 2], "consistency.layer": [1, 2, 3, 4], "trainer.beta": [0.1]}, seeds=[0]
    )
    for trial in made.trials:
        name = trial.name
        works.write_result(trial, dict.fromkeys(made.slices["aligned"], 1.0 if "weight=2" in name else 0.25))
    weight, layer = record_of(collect(made))["effects"]
    assert (weight["averaged"], [line["name"] for line in weight["lines"]]) == (4, ["", ""])
    assert [point["value"] for point in weight["lines"][0]["points"]] == [0.25, 1.0]
    assert layer["averaged"] is None
    assert [line["name"] for line in layer["lines"]] == ["weight=1", "weight=1", "weight=2", "weight=2"]
