"""Labels to a judge's errors: against known ones, and everything that can be wrong with a sheet."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from isoglot.calibrate import calibrate, write_sheet
from isoglot.calibrate.labels import Label, read_sheets
from isoglot.calibrate.measuring import Labelled, judge_errors
from isoglot.calibrate.people import agreements, truths
from isoglot.calibrate.strata import draw
from isoglot.errors import ConfigError, DataError
from isoglot.files import sampled_hash
from isoglot.judges import Verdict
from isoglot.metrics import corrected_rate, wilson
from isoglot.runs.calibration import Calibration, read_calibration

from .conftest import PREVALENCE, fill, pairs_of, rows_of, write


@pytest.mark.filterwarnings("error")
def test_corrected_intervals_hold_the_truth_where_raw_ones_do_not():
    """Labels of a known confusion matrix; the rate is that of other responses, which the same judge has judged."""
    rng, held, raw = np.random.default_rng(0), [], []
    for seed in range(4):
        pairs, truth = pairs_of(150, 0.6, 0.95, seed=seed)
        sample = draw(pairs, 160, seed)
        known = [Labelled(*pair, Verdict(*truth[pair[0].group, pair[0].language], "en")) for pair in sample.pairs]
        found = judge_errors(pairs, known)[0]["harmful"]
        for tag, share in PREVALENCE.items():
            seen = rng.binomial(200, 0.6 * share + 0.05 * (1 - share), 40)
            errors = found[tag]["unsafe"]
            rates = [corrected_rate(int(k), 200, errors.sensitivity, errors.specificity) for k in seen]
            held += [rate.low <= share <= rate.high for rate in rates]
            raw += [wilson(int(k), 200).low <= share <= wilson(int(k), 200).high for k in seen]
    assert np.mean(held) > 0.9
    assert np.mean(raw) < 0.55


def test_strata_are_undone():
    """Against every response labelled: a sample in which unsafe ones are far more than their share says the same."""
    pairs, truth = pairs_of(400, 0.6, 0.95, seed=3)

    def errors(chosen):
        known = [Labelled(*pair, Verdict(*truth[pair[0].group, pair[0].language], "en")) for pair in chosen]
        return judge_errors(pairs, known)[1]["harmful"]["unsafe"], known

    whole, _ = errors(pairs)
    drawn, known = errors(draw(pairs, 400).pairs)
    unweighted = np.mean([one.verdict.outcome == "unsafe" for one in known if one.truth.outcome == "unsafe"])
    assert abs(whole.sensitivity.value - 0.6) < 0.05
    assert abs(drawn.sensitivity.value - whole.sensitivity.value) < 0.08
    assert unweighted > whole.sensitivity.value + 0.1  # what it would be, were the strata not undone
    assert whole.specificity.low <= 0.95 <= whole.specificity.high
    assert drawn.sensitivity.low <= whole.sensitivity.value <= drawn.sensitivity.high
    assert drawn.kappa.low <= whole.kappa.value <= drawn.kappa.high


def test_a_language_with_few_labels_is_drawn_towards_the_others(made):
    pairs, truth = pairs_of(150, 0.6, 0.95, seed=1)
    known = [Labelled(*pair, Verdict(*truth[pair[0].group, pair[0].language], "en")) for pair in draw(pairs, 300).pairs]
    few = [one for one in known if one.response.language != "sw"]
    few += [one for one in known if one.response.language == "sw" and one.verdict.outcome == one.truth.outcome][:4]
    found = judge_errors(pairs, few)[0]["harmful"]
    sw, zh = found["sw"]["unsafe"], found["zh"]["unsafe"]
    assert (sw.n, zh.n) == (4, 75)
    assert sw.sensitivity.value < 0.9  # four labels, all of them right, say little
    assert sw.sensitivity.high - sw.sensitivity.low > zh.sensitivity.high - zh.sensitivity.low


def test_where_a_judge_says_one_and_the_same_in_all_languages_nothing_is_known():
    pairs, truth = pairs_of(20, 0.6, 0.95, seed=1)
    pairs = [(one, Verdict("unsafe", "none", one.language)) for one, _ in pairs]
    known = [Labelled(*pair, Verdict(*truth[pair[0].group, pair[0].language], "en")) for pair in pairs]
    by_language, pooled = judge_errors(pairs, known)
    for found in (*by_language["harmful"].values(), pooled["harmful"]):  # not 100 % (100 to 100 %)
        errors = found["unsafe"]
        assert errors.n >= 20
        assert np.isnan([errors.sensitivity.value, errors.specificity.value, errors.kappa.value]).all()
        assert np.isnan(corrected_rate(20, 20, errors.sensitivity, errors.specificity).value)


def test_where_a_judge_says_one_and_the_same_of_everything_little_is_known():
    """In English it has refused all: its labels cannot show whether it would see an answer there."""
    pairs, truth = pairs_of(60, 0.6, 0.95, seed=1)
    english = Verdict("safe", "full", "en")
    pairs = [(one, english if one.language == "en" else verdict) for one, verdict in pairs]
    truth |= {key: ("safe", "full") for key in truth if key[1] == "en"}
    known = [Labelled(*pair, Verdict(*truth[pair[0].group, pair[0].language], "en")) for pair in draw(pairs, 120).pairs]
    found = judge_errors(pairs, known)[0]["harmful"]["en"]["refused"]
    assert found.sensitivity.low > 0.9
    assert found.specificity.high - found.specificity.low > 0.3  # not 0 for sure


def test_a_judge_that_does_not_say_whether_a_response_refuses_has_no_numbers_of_that():
    pairs, truth = pairs_of(40, 0.6, 0.95, seed=1)
    silent = [(one, Verdict(verdict.outcome, None, verdict.language)) for one, verdict in pairs]
    known = [Labelled(*pair, Verdict(*truth[pair[0].group, pair[0].language], "en")) for pair in draw(silent, 60).pairs]
    by_language, pooled = judge_errors(silent, known)
    assert list(pooled["harmful"]) == list(by_language["harmful"]["sw"]) == ["safe", "unsafe", "invalid"]


def test_a_filled_sheet_gives_a_file_that_can_be_read_again(made, sheet, tmp_path, call, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fill(sheet, made.truth, skip={0, 7})
    status, out, err = call("calibrate", sheet)
    assert status == 0, err
    assert "sensitivity" in out
    assert "2 rows of the sheets have no label" in err
    found = read_calibration(Path("calibrations/calibration.rules.json"))
    assert isinstance(found, Calibration)
    assert (found.judge, found.version, found.n) == ("rules", "4", 118)
    unsafe = found.of("harmful", "sw")["unsafe"]
    assert unsafe.sensitivity.low < 0.6 < unsafe.sensitivity.high
    assert found.labels["annotators"] == ["labels"]
    assert found.of("harmful", "de") == {}


def test_what_labels_cannot_correct_is_said(made, sheet, tmp_path, call, monkeypatch):
    """A judge that says the same of every response: nobody knows what it would do with others."""
    monkeypatch.chdir(tmp_path)
    fill(sheet, made.truth)
    assert "Not corrected" not in (err := call("calibrate", sheet)[2])
    assert "rates of rules are corrected by them" in err
    pairs, truth = pairs_of(20, 0.6, 0.95, seed=1)
    same = [(one, Verdict("unsafe", "none", one.language)) for one, _ in pairs]
    folder = write(tmp_path / "same", same)
    fill(write_sheet(folder, tmp_path / "other", n=40).folder / "labels.csv", truth)
    status, _, err = call("calibrate", "other/labels.csv", "-o", "same.json")
    assert status == 0, err
    assert "are corrected by them" not in err
    assert "No rate of rules can be corrected by them, since it says the same of all responses of a kind" in err
    some = [(one, verdict if one.group != "=g1" else Verdict("invalid", "none", one.language)) for one, verdict in same]
    folder = write(tmp_path / "some", some)
    fill(write_sheet(folder, tmp_path / "third", n=40).folder / "labels.csv", truth)
    err = call("calibrate", "third/labels.csv", "-o", "third.json")[2]
    assert "rates of rules are corrected by them" in err
    assert "Not corrected, since it says the same of all of these responses: harmful: safe, refused." in err


@pytest.fixture
def calibrated(made, sheet, tmp_path, call, monkeypatch):
    """Where the calibration of a sheet is of which ten rows are filled in."""
    monkeypatch.chdir(tmp_path)
    fill(sheet, made.truth, skip=range(10, 120))
    assert call("calibrate", sheet)[0] == 0
    return Path("calibrations/calibration.rules.json")


def test_more_labels_in_the_same_sheets_take_the_place_of_fewer(made, sheet, call, calibrated):
    assert call("calibrate", sheet)[0] == 0  # the same again
    fill(sheet, made.truth, skip=range(20, 120))
    status, _, err = call("calibrate", sheet)
    assert (status, read_calibration(calibrated).n) == (0, 20), err
    second = fill(sheet, made.truth, sheet.with_name("labels.juma.csv"), annotator="juma")
    assert call("calibrate", sheet, second)[0] == 0  # with another person's, nothing is lost
    assert read_calibration(calibrated).n == 120
    assert call("calibrate", sheet)[0] == 1
    older = json.loads(calibrated.read_text())
    del older["labels"]["model_hash"]
    calibrated.write_text(json.dumps(older))
    assert call("calibrate", sheet, second)[0] == 0


@pytest.mark.parametrize("edited", [False, True], ids=["as it was", "filled further"])
@pytest.mark.parametrize("where", ["renamed", "moved", "another's"])
def test_a_sheet_is_known_by_its_content_and_its_place(made, sheet, tmp_path, call, calibrated, where, edited):
    """By the name alone another person's sheet took the place of the first, and a renamed one was another."""
    before = read_calibration(calibrated).labels["sheets"]
    assert before == [{"file": "labels.csv", "path": "../labels/labels.csv", "hash": sampled_hash(sheet)}]
    if where == "renamed":
        path = sheet.rename(sheet.with_name("labels.final.csv"))
    else:
        path = tmp_path / "anna" / "labels.csv"
        path.parent.mkdir()
        path.write_bytes(sheet.read_bytes())
    if where == "another's":
        fill(path, dict.fromkeys(made.truth, ("invalid", "none")), skip=range(10, 120))
    elif edited:
        fill(path, made.truth, skip=range(20, 120))
    status, _, err = call("calibrate", path, "--run", made.folder)
    same = where != "another's" and not edited
    assert status == (0 if same else 1), err
    assert same or "expected nothing there, got the calibration on '../labels/labels.csv', not among these" in err
    assert read_calibration(calibrated).labels["sheets"][0]["file"] == (path.name if same else "labels.csv")


def test_calibrations_that_are_moved_with_their_sheets_go_on(made, sheet, tmp_path, call, calibrated, monkeypatch):
    fill(sheet, made.truth, skip=range(20, 120))
    (tmp_path / "moved").mkdir()
    for name in ("calibrations", "labels"):
        (tmp_path / name).rename(tmp_path / "moved" / name)
    monkeypatch.chdir(tmp_path / "moved")
    status, _, err = call("calibrate", "labels/labels.csv", "--run", made.folder)
    assert (status, read_calibration(calibrated).n) == (0, 20), err


def test_the_calibration_of_an_earlier_version_knows_sheets_by_their_names(made, sheet, call, calibrated):
    older = json.loads(calibrated.read_text())
    del older["labels"]["sheets"][0]["path"]
    calibrated.write_text(json.dumps(older))
    fill(sheet, made.truth, skip=range(20, 120))
    assert call("calibrate", sheet)[0] == 0
    assert read_calibration(calibrated).labels["sheets"][0]["path"] == "../labels/labels.csv"


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"judge": "http"}, "the calibration of another judge or version"),
        ({"version": "3"}, "the calibration of another judge or version"),
        ({"labels": {"evaluation": "other"}}, "the calibration on another evaluation"),
        ({"labels": {"prompts_hash": "beef"}}, "the calibration on another evaluation"),
        ({"labels": {"model_hash": "2"}}, "the calibration on another model"),
        ({"labels": {"model_hash": None, "model": "runs/other"}}, "the calibration on another model"),
        ({"labels": {"sheets": [{"file": "a.csv"}]}}, "the calibration on 'a.csv', not among these sheets"),
        ({"labels": {"sheets": 3}}, "the calibration on no known sheets"),
        ({"labels": 3}, "another file"),
    ],
    ids=str,
)
def test_another_calibration_is_not_written_over_unasked(made, sheet, tmp_path, call, calibrated, other, said):
    folder = write(tmp_path / made.folder.name, pairs_of(150, 0.6, 0.95, seed=1)[0], model="runs/dpo", model_hash="1")
    assert call("calibrate", sheet, "--run", folder, "--force")[0] == 0
    there = json.loads(calibrated.read_text())
    labels = other.get("labels", {})
    there |= other | {"labels": there["labels"] | labels if isinstance(labels, dict) else labels}
    calibrated.write_text(json.dumps(there))
    before = calibrated.read_bytes()
    status, _, err = call("calibrate", sheet, "--run", folder)
    assert (status, calibrated.read_bytes()) == (1, before)
    assert f"{calibrated}: expected nothing there, got {said}. Choose another" in err
    assert call("calibrate", sheet, "--run", folder, "--force")[0] == 0
    assert read_calibration(calibrated).n == 10


def test_everything_wrong_with_a_sheet_is_said_at_once(made, sheet):
    rows = rows_of(fill(sheet, made.truth))
    rows[0] |= {"outcome": "unsave"}
    rows[1] |= {"refusal": ""}
    rows[2] |= {"id": rows[3]["id"]}
    rows[4] |= {"outcome": "INVALID ", "refusal": ""}  # of which nobody asks whether it refuses
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (sheet.parent / "bad.jsonl").write_text(text + "[]\n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        calibrate([sheet.parent / "bad.jsonl"])
    lines = str(caught.value).splitlines()
    assert len(lines) == 4
    assert (
        "line 1, outcome: expected one of safe, unsafe, invalid, unsure, got 'unsave'. Did you mean 'unsafe'?"
        in lines[0]
    )
    assert "line 2, refusal: expected one of full, partial, none, got nothing" in lines[1]
    assert "line 121: expected an object" in lines[2]
    assert f"line 4: expected one label of {rows[3]['id']} by 'bad', got a second one" in lines[3]
    (sheet.parent / "foreign.csv").write_text("id;outcome;refusal\nr000;safe;full\n", encoding="utf-8-sig")
    with pytest.raises(DataError, match=r"line 2: expected the id of a response in .*, got r000.*--evaluation"):
        calibrate([sheet.parent / "foreign.csv"])
    with pytest.raises(DataError, match="expected labels, got none in 120 rows"):
        calibrate([fill(sheet, made.truth, sheet.parent / "empty.csv", skip=range(200), outcome="", refusal="")])


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.csv", "", "got an empty file. Name the columns in its first line, as in id,outcome,refusal."),
        ("a.csv", "id,outcome,refusal\n", "expected a row for each response, with id, outcome, refusal, got no row."),
        ("a.jsonl", "", "expected a row for each response, with id, outcome, refusal, got no row."),
        ("a.csv", "r1,,,safe,full\n", "Rename one, or name the columns in its first line, as in id,outcome,refusal."),
        ("a.csv", "r1,safe,full\nr2,safe,full\n", "line 2: expected columns id, outcome, refusal, got none called id"),
    ],
)  # fmt: skip
def test_an_empty_sheet_or_one_without_a_header_is_told_the_columns_of_labels(tmp_path, name, text, said):
    (tmp_path / name).write_text(text)
    with pytest.raises(DataError) as caught:
        calibrate([tmp_path / name])
    assert said in str(caught.value)


def test_one_sheet_is_not_two_people(made, sheet, tmp_path):
    filled = fill(sheet, made.truth)
    with pytest.raises(DataError, match="expected another sheet, got the one of "):
        calibrate([filled, filled.parent / "." / ".." / filled.parent.name / filled.name])
    copy = sheet.parent / "copy.csv"
    copy.write_bytes(filled.read_bytes())
    with pytest.warns(UserWarning, match="byte by byte"):
        calibrate([filled, copy], tmp_path / "calibration.json")


def test_labels_of_another_version_of_the_judge_are_refused(made, sheet, tmp_path):
    fill(sheet, made.truth)
    other = write(tmp_path / "again", pairs_of(150, 0.6, 0.95, seed=1)[0], judge_version="5")
    with pytest.raises(
        DataError, match=r"expected labels drawn by verdicts of rules, version 5, got by those of rules, v"
    ):
        calibrate([sheet], evaluation=other)
    alone = tmp_path / "downloads" / "labels.anna.csv"
    alone.parent.mkdir()
    fill(sheet, made.truth, alone)
    with pytest.raises(
        ConfigError, match=r"expected labels\.json next to it, got none\. Name the evaluation with --run"
    ):
        calibrate([alone])
    assert calibrate([alone], tmp_path / "made.json", evaluation=other).record["version"] == "5"


def test_what_two_people_say_of_one_prompt_in_several_languages_is_one_observation(made, sheet, tmp_path):
    """Both differ on whole prompts: ten languages of a prompt are not ten chances to differ."""
    of = {f"r{prompt}-{tag}": f"p{prompt}" for prompt in range(12) for tag in range(10)}

    def said(who, differing):
        unsafe = {one for one, prompt in of.items() if int(prompt[1:]) < 6} ^ {
            one for one, prompt in of.items() if prompt in differing
        }
        return [Label(one, who, Verdict("unsafe" if one in unsafe else "safe", "none", "und"), True, "") for one in of]

    labels = [*said("anna", ()), *said("juma", ("p0", "p7"))]
    once = [label for label in labels if label.id.endswith("-0")]
    clustered, alone, apart = (
        agreements(some, prompts)[0].kappa
        for some, prompts in ((labels, of), (once, of), (labels, {one: one for one in of}))
    )
    assert clustered.value == pytest.approx(alone.value)
    assert (clustered.n, alone.n, apart.n) == (12, 12, 120)
    assert (clustered.low, clustered.high) == pytest.approx((alone.low, alone.high))
    assert clustered.high - clustered.low > 2 * (apart.high - apart.low)
    fill(sheet, made.truth, tmp_path / "anna.csv", annotator="anna")
    fill(sheet, dict.fromkeys(made.truth, ("safe", "full")), tmp_path / "juma.csv", annotator="juma")
    record = calibrate([tmp_path / "anna.csv", tmp_path / "juma.csv"], tmp_path / "c.json", evaluation=made.folder)
    rows = rows_of(tmp_path / "anna.csv")
    told = record.record["agreement"]["pairs"][0]
    assert (told["labels"], told["kappa"]["n"]) == (len(rows), len({row["group"] for row in rows}))
    assert told["kappa"]["n"] < told["labels"]


def test_people_are_compared_and_the_truth_is_said(made, sheet, tmp_path):
    first = fill(sheet, made.truth, tmp_path / "anna.csv", annotator="anna")
    flipped = dict.fromkeys(made.truth, ("safe", "full"))
    second = fill(sheet, flipped, tmp_path / "juma.jsonl", annotator="juma")
    third = fill(sheet, flipped, tmp_path / "li.csv", annotator="li")
    read = read_sheets([first, second, third])
    prompts = {label.id: label.id for label in read.labels}
    found = {(one.first, one.second, one.about): one for one in agreements(read.labels, prompts)}
    assert len(found) == 6
    assert found["anna", "juma", "outcome"].kappa.value == pytest.approx(0)
    assert np.isnan(found["juma", "li", "outcome"].kappa.value)  # one and the same of everything
    assert found["juma", "li", "outcome"].same == 1
    assert {said.outcome for said in truths(read.labels, "majority").values()} == {"safe"}
    assert {said.outcome for said in truths(read.labels, "first").values()} == {"safe", "unsafe"}
    made_by = calibrate([first, second, third], tmp_path / "c.json", evaluation=made.folder)
    assert made_by.record["labels"]["truth"] == "majority"
    assert any("Truth is what most people say" in note for note in made_by.notes)
    two = truths(read_sheets([first, second]).labels, "majority")  # a tie: the earlier sheet
    assert {said.outcome for said in two.values()} == {"safe", "unsafe"}
