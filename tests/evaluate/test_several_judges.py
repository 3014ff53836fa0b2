"""Several judges of one evaluation: a file for each, a panel of them, and how well they agree."""

from __future__ import annotations

import asyncio
import json
import math
import re
import warnings
from pathlib import Path

import pytest

from isoglot import RuleJudge, Verdict
from isoglot.errors import ConfigError, DataError
from isoglot.evaluate import judge_again, judge_with
from isoglot.evaluate.judging.agreement import agreement
from isoglot.metrics import wilson
from isoglot.providers.usage import Price
from isoglot.runs import Response
from isoglot.runs.evaluation_files import files_of_evaluation
from isoglot.runs.judged import judges_of, metrics_path, stem

ANSWERS = ["Samahani, siwezi kukusaidia na ombi hilo.", "Hapa kuna maelezo ya jinsi ya kufanya jambo hilo nyumbani."]


class Opinion:
    """Calls all safe, or none; fails on some."""

    version = "1"

    def __init__(self, name, outcome, fails_on=()):
        self.name, self.outcome, self.fails_on = name, outcome, fails_on

    def __call__(self, prompt, response, *, language, kind):
        if prompt in self.fails_on:
            raise TimeoutError("no answer")
        return Verdict(self.outcome, "full", language, "", "", 1000, 10)


@pytest.fixture
def folder(tmp_path):
    lines = [
        Response(f"g{n}", tag, "harmful", "en", f"How {n}?", ANSWERS[n % 2], "stop", sample=sample).line()
        for n in range(4)
        for tag in ("en", "sw")
        for sample in range(2)
    ]
    (tmp_path / "responses.jsonl").write_text("".join(lines), encoding="utf-8")
    return tmp_path


def test_each_judge_has_its_files_and_the_last_one_counts(folder):
    # The files' system may not tell these two apart by what is left of their names.
    judges = ["rules", Opinion("org/judge", "safe"), Opinion("org judge", "unsafe", ["How 3?"])]
    with pytest.warns(UserWarning, match="none on 4 of 16"):
        found = judge_with(folder, judges, panel="worst", prices=[Price(1, 10), Price(2, 20), Price(3, 30)])
    names = ["rules", "org/judge", "org judge", "panel-worst(org judge+org/judge+rules)"]
    assert list(found) == names
    assert {path for path in folder.iterdir() if path.name != ".lock"} == {*files_of_evaluation(folder)}
    assert sorted(judges_of(folder)) == sorted(names)
    assert len({stem(name) for name in names}) == len(list(folder.glob("verdicts.*.jsonl"))) == 4
    for name in names:
        assert json.loads(metrics_path(folder, name).read_text())["protocol"]["judge"] == name
    assert (folder / "metrics.json").read_text() == metrics_path(folder, names[-1]).read_text()
    assert json.loads((folder / "protocol.json").read_text())["judge"] == names[-1]
    outcomes = [verdict.outcome for verdict in found[names[-1]].verdicts]
    assert outcomes == ["unsafe"] * 16  # by the rules where the third judge failed
    protocol = found["org/judge"].metrics["protocol"]
    assert protocol["judge_tokens"] == {
        "input": 4 * 1000 * 2,
        "output": 4 * 10 * 2,
    }  # of two equal samples one is asked
    assert protocol["judge_cost"] == pytest.approx(8000 * 2e-6 + 80 * 20e-6)
    judge_with(folder, [judges[1]], prices=[Price(2, 20)])
    assert "The judge took 8,000 input and 80 output tokens, cost 0.0176" in (folder / "protocol.md").read_text()
    assert "judge_cost" not in found["rules"].metrics["protocol"]  # nothing of the judge before


def test_the_rules_expect_the_languages_that_they_expected_before(folder):
    answers = ["Es tut mir leid, dabei kann ich leider nicht helfen, das wäre gefährlich.", *ANSWERS]
    lines = [Response(f"g{n}", "en", "harmless", "en", "How?", text, "stop").line() for n, text in enumerate(answers)]
    (folder / "responses.jsonl").write_text("".join(lines), encoding="utf-8")
    first = judge_again(folder, judge=RuleJudge(candidates=["en", "sw"]))  # as a sweep of these two languages does
    languages = [verdict.language for verdict in first.verdicts]
    assert languages == ["undetermined", "sw", "sw"]
    assert first.metrics["protocol"]["judge_settings"] == {"candidates": ["en", "sw"]}
    for judges in ((), ["rules"], [RuleJudge()]):
        again = judge_with(folder, judges)["rules"]
        assert again.metrics == first.metrics
        assert [verdict.language for verdict in again.verdicts] == languages
    judge_with(folder, [Opinion("other", "safe")])  # which is the last now
    assert judge_with(folder)["rules"].metrics == first.metrics
    other = judge_with(folder, [RuleJudge(candidates=["en", "de"])])["rules"]
    assert [verdict.language for verdict in other.verdicts] == ["de", "undetermined", "undetermined"]


def test_without_such_a_record_the_rules_expect_their_own_languages(folder):
    found = judge_again(folder)
    assert "judge_settings" not in found.metrics["protocol"]
    protocol = found.metrics | {"protocol": found.metrics["protocol"] | {"judge_settings": {"candidates": [1, None]}}}
    metrics_path(folder, "rules").write_text(json.dumps(protocol), encoding="utf-8")  # damaged
    assert judge_again(folder).metrics == found.metrics


def chosen(folder):
    """Whose the folder's numbers are, and its card."""
    return [json.loads((folder / name).read_text()) for name in ("metrics.json", "protocol.json")]


@pytest.mark.filterwarnings("ignore:judge ")
def test_a_judge_without_any_verdict_takes_the_place_of_none_that_has_some(folder):
    """Its own files say what became of it; the folder's numbers and card stay those of the judge before."""
    every = [f"How {n}?" for n in range(4)]
    silent, other = Opinion("silent", "safe", every), Opinion("other", "safe", every)
    judge_with(folder, [silent])
    assert [chosen(folder)[0]["protocol"]["judge"], chosen(folder)[1]["judge"]] == ["silent", "silent"]  # there is none
    judge_with(folder, ["rules"])
    numbers, protocol = chosen(folder)
    assert (numbers["protocol"]["judge"], protocol["judge"]) == ("rules", "rules")
    found = judge_with(folder, [silent, other], panel="worst")
    assert chosen(folder) == [numbers, protocol]
    assert all(metrics_path(folder, name).is_file() for name in found)
    assert found["silent"].metrics["protocol"]["judge"] == "silent"
    judge_with(folder, [Opinion("silent", "unsafe", every[1:])])  # mended, in part
    assert chosen(folder)[0]["protocol"]["judge"] == "silent"
    judge_with(folder, [other])
    assert chosen(folder)[0]["protocol"]["judge"] == "silent"


def test_a_panel_may_be_made_of_the_verdicts_that_are_there(folder):
    with pytest.raises(DataError, match="panel of two judges or more, got none"):
        judge_with(folder, panel="majority")
    judge_again(folder)
    judge_again(folder, judge=Opinion("other", "unsafe"))
    found = judge_with(folder, panel="majority")
    assert list(found) == ["panel-majority(other+rules)"]
    assert {verdict.outcome for verdict in found["panel-majority(other+rules)"].verdicts} == {"unsafe", "unsure"}
    assert json.loads((folder / "agreement.json").read_text())["judges"].keys() == {"other", "rules"}  # no panel
    # A judge that has not seen all of what is there is no member; its verdicts are not laid beside the wrong answers.
    with open(folder / "responses.jsonl", "a") as file:
        file.write(Response("new", "en", "harmful", "en", "How, then?", ANSWERS[0], "stop").line())
    judge_again(folder)
    assert not (folder / "agreement.json").exists()
    with pytest.raises(DataError, match="got rules"):
        judge_with(folder, panel="majority")
    metrics = json.loads(metrics_path(folder, "other").read_text())
    metrics["protocol"]["answered"] = 17
    metrics_path(folder, "other").write_text(json.dumps(metrics))
    with pytest.raises(DataError, match="expected a verdict on each response"):
        judge_with(folder, panel="majority")


def test_a_panel_is_the_same_in_whichever_order_its_members_are_named(folder):
    judges = ["rules", Opinion("other", "unsafe")]
    one, two = (list(judge_with(folder, order, panel="majority").values())[-1] for order in (judges, judges[::-1]))
    said = [(each.metrics["protocol"]["judge"], each.metrics["protocol"]["judge_version"]) for each in (one, two)]
    assert said[0] == said[1]
    assert one.verdicts == two.verdicts


def test_what_cannot_be_judged_with_is_said_at_once(folder):
    with pytest.raises(ConfigError) as told:
        judge_with(folder, ["rule", "guard:x", "rules", RuleJudge()], panel="mayority")
    assert len(str(told.value).splitlines()) == 4
    for text in ("1", "1/2/3", "a/b", "-1/2", "inf/1"):
        with pytest.raises(ConfigError, match="--price: expected IN/OUT"):
            Price.parse(text)
    with pytest.raises(ConfigError, match="one for each of 1 judges, got 2 prices"):
        judge_with(folder, ["rules"], prices=[Price(1, 1)] * 2)


def test_the_card_says_of_each_judge_how_far_it_agrees_with_each_other(folder):
    def facts():
        card = json.loads((folder / "protocol.json").read_text())["card"]
        return {one["name"]: one["agreement"] for one in card["judges"]}

    judge_again(folder)
    assert facts() == {"rules": "no other judge"}
    with pytest.warns(UserWarning, match="none on 4 of 16"):
        judge_with(folder, [Opinion("org/judge", "unsafe", ["How 3?"])])
    # By the rules half are safe; one failed. Of three prompts, one in four languages each, little is known.
    said = "on harmful prompts: the same on 33% of 12, Cohen's kappa 0.00 (−1.00 to 1.00)"
    assert facts() == {
        "rules": f"with org/judge {said}",
        "org/judge": f"with rules {said}",
    }  # and not for the last only
    judge_with(folder, panel="worst")
    assert facts()["panel-worst(org/judge+rules)"] == "made of the others"
    assert facts()["rules"] == f"with org/judge {said}"
    assert "with org/judge" in (folder / "protocol.md").read_text()


def test_agreement_by_hand():
    """Ten responses, two judges, of whom one failed once: Cohen's kappa from the table of counts."""
    rows = [("safe", "safe")] * 4 + [("unsafe", "unsafe")] * 2 + [("safe", "unsafe")] * 3 + [("safe", None)]
    found = agreement(rows, ["a", "b"])
    chance = (7 * 4 + 2 * 5) / 81
    assert found["n"] == 9
    assert found["agreement"] == pytest.approx(6 / 9)
    pair = found["pairs"][0]
    assert pair["cohen_kappa"] == pytest.approx((6 / 9 - chance) / (1 - chance))
    pooled = (11 / 18) ** 2 + (7 / 18) ** 2
    assert found["fleiss_kappa"] == pytest.approx((6 / 9 - pooled) / (1 - pooled))
    expected = 1 - (18 - 1) * (3 * 2) / (18**2 - 11**2 - 7**2)  # Krippendorff: observed over expected disagreement
    assert found["krippendorff_alpha"] == pytest.approx(expected)
    with warnings.catch_warnings():
        nothing = agreement([("safe", None)], ["a", "b"])
    assert nothing["n"] == 0
    assert all(math.isnan(nothing[key]) for key in ("agreement", "fleiss_kappa", "krippendorff_alpha"))


def test_answers_to_one_prompt_are_one_piece_of_evidence_of_how_judges_agree():
    one = [("safe", "safe"), ("unsafe", "unsafe"), ("safe", "unsafe"), ("safe", "safe")] * 10
    alone = agreement(one, ["a", "b"])
    assert alone["agreement_estimate"] == wilson(30, 40).as_dict()
    pair = alone["pairs"][0]
    assert pair["cohen_kappa_estimate"]["value"] == pair["cohen_kappa"]
    rows, prompts = one * 5, [str(number) for number in range(40)] * 5
    five, wrong = agreement(rows, ["a", "b"], prompts), agreement(rows, ["a", "b"])

    def width(found, name):
        return found[f"{name}_estimate"]["high"] - found[f"{name}_estimate"]["low"]

    for name in ("agreement", "fleiss_kappa", "krippendorff_alpha"):
        assert width(five, name) > 0.9 * width(alone, name)
        assert width(wrong, name) < 0.6 * width(alone, name)
    assert width(five["pairs"][0], "cohen_kappa") > 0.9 * width(pair, "cohen_kappa")


def test_no_two_judges_share_a_stem():
    names = ["rules", "a/b", "a b", "a_b", "a_b-0123abcd", "x" * 300, "x" * 301, "", "..", "ja/审判", "\ud800", "a\nb"]
    stems = [stem(name) for name in names]
    assert len(set(stems)) == len(names)
    assert all(len(one.encode()) < 120 and "/" not in one and one.isprintable() for one in stems)
    assert stem("guard-qwen3guard-strict@vllm_Qwen") == "guard-qwen3guard-strict@vllm_Qwen"


def test_a_notebook_has_an_event_loop_already(folder):
    async def cell():
        return judge_with(folder, ["rules"])

    assert len(asyncio.run(cell())["rules"].verdicts) == 16


def test_the_judge_of_the_docs_judges(folder):
    text = (Path(__file__).parents[2] / "docs" / "evaluate.md").read_text(encoding="utf-8")
    code = next(block for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "LengthJudge" in block)
    exec(code.replace("runs/dpo/evaluations/test-1f0c2a9b", str(folder)), {"__name__": "docs"})  # noqa: S102
    assert sorted(judges_of(folder)) == ["length", "panel-worst(length+rules)", "rules"]
