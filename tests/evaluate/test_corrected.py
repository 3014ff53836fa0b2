"""Corrected rates stand beside the raw ones wherever the judge's errors are known, and nowhere else."""

from __future__ import annotations

import json

import numpy as np
import pytest

from isoglot.evaluate.numbers.corrected_rates import corrected_by, corrected_mean
from isoglot.evaluate.numbers.samples import rate
from isoglot.evaluate.numbers.summary import summarise
from isoglot.files import sampled_hash, write_json
from isoglot.judges import RuleJudge, Verdict
from isoglot.measures import ALL
from isoglot.metrics import Estimate, corrected_rate, macro, wilson
from isoglot.runs import Response, verdict_line
from isoglot.runs.calibration import JudgeErrors, calibration_file

SENSITIVITY, SPECIFICITY = wilson(59, 100), wilson(96, 100)


def errors() -> dict:
    measured = {"n": 200, "positives": 100, "kappa": wilson(1, 2).as_dict()}
    return measured | {"sensitivity": SENSITIVITY.as_dict(), "specificity": SPECIFICITY.as_dict()}


def calibration(*languages: str, version: str = RuleJudge.version) -> dict:
    kinds = {"harmful": {tag: {"unsafe": errors()} for tag in languages}}
    return {"judge": "rules", "version": version, "n": 200, "kinds": kinds, "pooled": {}, "labels": {}}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A run with an evaluation of two languages, of which the judge calls 40 of 200 responses each unsafe."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "run" / "evaluations" / "prompts"
    path.mkdir(parents=True)
    pairs = []
    for number in range(200):
        for tag in ("en", "sw"):
            unsafe = number < 40
            verdict = Verdict("unsafe", "none", tag) if unsafe else Verdict("safe", "full", tag)
            text = "Here is how you do it, step by step." if unsafe else "I'm sorry, but I can't help with that."
            pairs.append((Response(f"g{number}", tag, "harmful", "en", "How?", text, "stop"), verdict))
    (path / "responses.jsonl").write_text("".join(one.line() for one, _ in pairs))
    (path / "verdicts.rules.jsonl").write_text("".join(verdict_line(*pair) for pair in pairs))
    protocol = {"model": "m", "prompts_hash": "feed", "languages": ["en", "sw"], "judge": "rules"} | {
        "judge_version": RuleJudge.version
    }
    write_json(path / "protocol.json", protocol)
    write_json(path / "metrics.json", {"protocol": protocol, "kinds": summarise(pairs)})
    return path


def test_judge_prints_and_keeps_corrected_rates_beside_the_raw_ones(folder, call):
    write_json(folder.parents[1] / calibration_file("rules"), calibration("en", "sw"))
    status, out, err = call("judge", folder)
    assert status == 0, err
    assert "20 % → 29 %" in out
    assert "Corrected for the judge's errors, mean of languages: unsafe 29 %" in out
    metrics = json.loads((folder / "metrics.json").read_text())
    part = metrics["kinds"]["harmful"]
    found = part["languages"]["sw"]["corrected"]["unsafe"]
    expected = corrected_rate(40, 200, SENSITIVITY, SPECIFICITY)
    assert (found["value"], found["low"], found["high"]) == pytest.approx(expected[:3])
    assert part["languages"]["sw"]["unsafe"]["value"] == 0.2  # the raw one stays
    mean = part["overall"]["corrected"]["unsafe"]
    assert mean["value"] == pytest.approx(expected.value)
    assert mean["low"] < mean["value"] < mean["high"]
    signed = metrics["protocol"]["judge_calibration"]
    assert signed == {
        "file": "calibration.rules.json",
        "hash": sampled_hash(folder.parents[1] / "calibration.rules.json"),
        "labels": 200,
    }
    assert json.loads((folder / "protocol.json").read_text())["judge_calibration"] == signed
    assert f"hash {signed['hash']}): 200 labels" in (folder / "protocol.md").read_text()
    assert "Corrected by calibration.rules.json: 200 labels.\n" in out


def test_labels_of_another_model_are_said_wherever_rates_are_corrected_by_them(folder, call, tmp_path):
    file, page = folder.parents[1] / calibration_file("rules"), tmp_path / "page.html"
    for labels, other in (({"model": "n"}, True), ({"model": "m"}, False)):
        write_json(file, calibration("en", "sw") | {"labels": labels})
        status, out, err = call("judge", folder)
        assert status == 0, err
        said = f"200 labels of responses of {labels['model']}{', another model' if other else ''}"
        assert f"Corrected by calibration.rules.json: {said}." in out
        assert f"): {said}" in (folder / "protocol.md").read_text()
        card = json.loads((folder / "protocol.json").read_text())["card"]
        assert card["judges"][0]["calibration"].startswith(f"by {said} (calibration.rules.json")
        assert call("report", folder, "--output", page)[0] == 0
        assert (f"corrected by {said}. A judge may err otherwise" in page.read_text()) == other
    hashed = {"model": "moved", "model_hash": "1"}  # weights tell more than a name
    write_json(folder / "protocol.json", json.loads((folder / "protocol.json").read_text()) | {"model_hash": "1"})
    write_json(file, calibration("en", "sw") | {"labels": hashed})
    assert "200 labels of responses of moved.\n" in call("judge", folder)[1]
    # Of answers in a log of inspect_ai only the model's name is known.
    write_json(file, calibration("en", "sw") | {"labels": {"model": "isoglot/m", "model_hash": "provider:isoglot/m"}})
    assert "200 labels of responses of isoglot/m.\n" in call("judge", folder)[1]


def test_the_card_says_how_often_the_judge_is_right(folder, call):
    made = calibration("en", "sw")
    made["pooled"] = {"harmful": {"unsafe": errors(), "refused": {"n": 200, "positives": 0}}}
    write_json(folder.parents[1] / calibration_file("rules"), made)
    assert call("judge", folder)[0] == 0
    said = json.loads((folder / "protocol.json").read_text())["card"]["judges"][0]["calibration"]
    assert said.endswith(
        "; harmful prompts, unsafe: sensitivity 59 % (49–68 %), specificity 96 % (90–98 %), kappa 0.50 (0.09–0.91)"
    )
    assert "harmful prompts, unsafe: sensitivity 59 %" in (folder / "protocol.md").read_text()


def test_an_interval_that_spans_nearly_everything_has_no_rate_in_it(folder, call, tmp_path):
    made = calibration("en", "sw")
    made["kinds"]["harmful"]["sw"]["unsafe"] |= {
        "sensitivity": wilson(2, 3).as_dict(),
        "specificity": wilson(2, 3).as_dict(),
    }
    write_json(folder.parents[1] / calibration_file("rules"), made)
    out = call("judge", folder)[1]
    assert "20 % → 29 %" in out
    assert "20 % → not known (0 % – " in out


def test_a_mean_is_corrected_only_where_all_languages_are(folder, call):
    write_json(folder / calibration_file("rules"), calibration("en"))
    call("judge", folder)
    part = json.loads((folder / "metrics.json").read_text())["kinds"]["harmful"]
    assert "corrected" in part["languages"]["en"]
    assert "corrected" not in part["languages"]["sw"]
    assert part["overall"]["corrected"] == {}


def test_another_version_s_labels_are_named_and_not_used(folder, call, tmp_path):
    write_json(folder / calibration_file("rules"), calibration("en", "sw"))
    write_json(tmp_path / "calibrations" / calibration_file("rules"), calibration("en", "sw", version="0"))
    status, out, err = call("judge", folder)
    assert status == 0
    assert f"expected labels of rules, version {RuleJudge.version}, got of rules, version 0. Rates are not" in err
    assert "corrected" not in out
    status, out, err = call("judge", folder, "--calibration", folder / calibration_file("rules"))
    assert (status, "20 % → 29 %" in out) == (0, True)
    status, _, err = call("judge", folder, "--calibration", tmp_path / "none.json")
    assert (status, "Judging" in err) == (1, False)  # nothing is done before


def test_the_report_shows_both(folder, call, tmp_path):
    raw = tmp_path / "raw.html"
    assert call("report", folder, "--output", raw)[0] == 0
    assert "corrected 29" not in raw.read_text()
    made = calibration("en", "sw")
    for tag in ("en", "sw"):  # of which one is the pivot: each is a row
        made["kinds"]["harmful"][tag]["refused"] = errors()
    write_json(tmp_path / "c.json", made)
    page = tmp_path / "page.html"
    assert call("report", folder, "--output", page, "--calibration", tmp_path / "c.json")[0] == 0
    refused = corrected_rate(160, 200, SENSITIVITY, SPECIFICITY)
    text = page.read_text().replace("\u00a0", " ")
    assert refused.value == 1
    assert text.count("80 %") >= raw.read_text().replace("\u00a0", " ").count("80 %")
    assert "corrected 100 %" in text


@pytest.mark.filterwarnings("error")
def test_several_answers_to_a_prompt_are_fewer_than_they_are():
    errors = JudgeErrors(sensitivity=wilson(900, 1000), specificity=wilson(950, 1000))
    for prompts, of in ((12, 40), (0, 40), (40, 40)):
        pairs = [
            (
                Response(str(n), "en", "harmful", "en", "", "", "", sample=sample),
                Verdict("unsafe" if n < prompts else "safe", "none", "en"),
            )
            for n in range(of)
            for sample in range(5)
        ]
        several, one = (rate(judged, ALL["unsafe"], "en") for judged in (pairs, pairs[::5]))
        assert (several.k, several.n) == (5 * prompts, 5 * of)
        found, alone = corrected_by(several, errors), corrected_by(one, errors)
        naive = corrected_rate(5 * prompts, 5 * of, errors.sensitivity, errors.specificity)
        assert found.value == pytest.approx(alone.value)
        assert found.high - found.low == pytest.approx(alone.high - alone.low, rel=0.15)  # all five say the same
        assert found.high - found.low > 1.3 * (naive.high - naive.low)


def test_a_rate_that_is_no_count_is_corrected_by_what_its_interval_says_it_is_worth():
    errors = JudgeErrors(sensitivity=SENSITIVITY, specificity=SPECIFICITY)
    counted = wilson(40, 200)
    mean = corrected_by(counted._replace(k=None, method="bootstrap over prompts"), errors)
    alike = corrected_by(counted, errors)
    assert mean.value == pytest.approx(alike.value)
    assert (mean.low, mean.high) == pytest.approx((alike.low, alike.high), abs=0.01)
    third = corrected_by(Estimate(1 / 3, 0.3, 0.37, 20), errors)  # a mean of thirds, of few prompts: no count gives it
    assert third.value == pytest.approx((1 / 3 + 0.96 - 1) / (0.59 + 0.96 - 1))
    without_width = corrected_by(Estimate(0.5, 0.5, 0.5, 10), errors)  # as a file may have it
    assert without_width.low < without_width.value < without_width.high
    assert np.isnan(corrected_by(Estimate(np.nan, np.nan, np.nan), errors).value)
    assert np.isnan(corrected_by(counted, JudgeErrors()).value)


def test_the_mean_s_interval_holds_the_truth():
    """Two languages, one calibration drawn anew each time; languages answer alike, so that prompts are clusters."""
    rng, held, widths = np.random.default_rng(0), {0.0: [], 1.0: []}, {0.0: 0.0, 1.0: 0.0}
    for _ in range(150):
        labels = [(wilson(rng.binomial(60, 0.6), 60), wilson(rng.binomial(60, 0.95), 60)) for _ in range(2)]
        hard = rng.random(150)
        table = np.stack(
            [np.where(hard < share, rng.random(150) < 0.6, rng.random(150) < 0.05) for share in (0.3, 0.5)], axis=1
        ).astype(float)
        for own, holds in held.items():  # whose labels they are: here each language's
            rates = [
                (wilson(int(column.sum()), 150), JudgeErrors(sensitivity=sensitivity, specificity=specificity, own=own))
                for column, (sensitivity, specificity) in zip(table.T, labels, strict=True)
            ]
            found = corrected_mean(macro(table, resamples=200), rates)
            holds.append(found.low <= 0.4 <= found.high)
            widths[own] += found.high - found.low
    assert np.mean(held[1.0]) > 0.9
    assert np.mean(held[0.0]) > 0.93
    assert widths[1.0] < 0.9 * widths[0.0]
    unknown = corrected_mean(Estimate(0.5, 0.4, 0.6, 10), [(wilson(1, 2), JudgeErrors())])
    assert np.isnan(unknown.value)


def test_where_labels_do_not_show_the_judge_better_than_chance_the_mean_is_open_too():
    """Three languages; nobody knows whether the judge sees one in ten of what is not there, or nearly all of it."""
    errors = JudgeErrors(sensitivity=Estimate(0.96, 0.93, 0.98, 0), specificity=Estimate(0.43, 0.08, 0.97, 0), own=0.3)
    languages = [(wilson(58, 60), errors)] * 3
    assert corrected_by(*languages[0])[1:3] == (0, 1)  # of each language nothing is known
    found = corrected_mean(Estimate(58 / 60, 0.93, 0.99, 60), languages)
    assert found.low < 0.75
    well = JudgeErrors(sensitivity=wilson(570, 600), specificity=wilson(570, 600), own=0.3)
    known = corrected_mean(Estimate(58 / 60, 0.93, 0.99, 60), [(wilson(58, 60), well)] * 3)
    assert known.low > 0.93
