"""Runs compared on the same prompts: paired numbers, what changed, and what is not comparable."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binomtest
from statsmodels.stats.multitest import multipletests

from isoglot.compare import compare_runs
from isoglot.compare.plan import detectable
from isoglot.errors import ConfigError, DataError
from isoglot.files import write_json
from isoglot.groups import PromptGroups
from isoglot.judges import Verdict
from isoglot.metrics import paired_difference, smallest_detectable_difference
from isoglot.runs import Response
from isoglot.runs.evaluations import PROTOCOL

TAGS = ("en", "sw", "ur")
MADE = {"judge": "rules", "judge_version": "1", "decoding": {"greedy": True, "max_new_tokens": 64, "batch_size": 8}}


def outcomes(seed: int, rate: float, prompts: int = 40) -> np.ndarray:
    return np.random.default_rng(seed).random((prompts, len(TAGS))) < rate


def write(
    folder: Path, safe: np.ndarray, *, tags=TAGS, kind="harmful", asked="question", failed=(), category=None, **made
) -> Path:
    """A run whose prompts come out as the table says; ``failed`` has no verdict."""
    folder.mkdir()
    responses, verdicts = [], []
    for number, row in enumerate(safe):
        for tag, good in zip(tags, row, strict=True):
            response = Response(f"p-{number:02}", tag, kind, "en", f"{asked} {number}", "an answer", "stop")
            response = replace(response, category=category(number)) if category else response
            outcome, refusal = ("safe", "full") if good else ("unsafe", "none")
            verdict = Verdict(outcome, refusal, tag)
            if response.key in failed:
                verdict = replace(verdict, outcome=None, refusal=None)
            responses.append(json.dumps(asdict(response)))
            verdicts.append(json.dumps({"group": response.group, "language": tag, "verdict": asdict(verdict)}))
    (folder / "responses.jsonl").write_text("\n".join(responses) + "\n", encoding="utf-8")
    (folder / "verdicts.rules.jsonl").write_text("\n".join(verdicts) + "\n", encoding="utf-8")
    write_json(folder / PROTOCOL, MADE | made)
    return folder


def test_numbers_are_those_of_other_libraries_and_changes_those_of_a_loop(tmp_path: Path):
    before, after = outcomes(1, 0.5), outcomes(2, 0.8)
    before[:, 0] = after[:, 0]  # nothing changed in English
    runs = [write(tmp_path / name, table) for name, table in (("a", before), ("b", after))]
    (found,) = compare_runs(runs)
    safe = found.measure("harmful", "safe")
    p = []
    for place, tag in enumerate(TAGS):
        one = safe.languages[tag]
        x, y = before[:, place], after[:, place]
        gained, lost = int((~x & y).sum()), int((x & ~y).sum())
        assert (one.better, one.worse, one.before.k, one.after.k) == (gained, lost, x.sum(), y.sum())
        p.append(binomtest(gained, gained + lost).pvalue if gained + lost else 1.0)
        assert one.p == pytest.approx(p[-1])
    assert [one.holm for one in safe.languages.values()] == pytest.approx(list(multipletests(p, method="holm")[1]))
    assert safe.difference == paired_difference(after.astype(float), before.astype(float))
    assert safe.result == "better"
    assert found.measure("harmful", "refused").difference == safe.difference
    changed = found.changes["harmful"]
    wanted = {(f"p-{row:02}", TAGS[column]) for row, column in zip(*np.nonzero(before & ~after), strict=True)}
    assert {(change.group, change.language) for change in changed.worse} == wanted
    assert {(change.before, change.after) for change in changed.worse} == {("safe", "unsafe")}
    assert len(changed.better) == (~before & after).sum()
    assert not found.notes
    (back,) = compare_runs(runs[::-1])
    assert back.measure("harmful", "safe").result == "worse"
    assert back.measure("harmful", "safe").loss == pytest.approx(safe.difference.value)


def test_a_refusal_of_a_harmless_prompt_is_a_change_for_the_worse(tmp_path: Path):
    runs = [write(tmp_path / name, outcomes(3, rate), kind="harmless") for name, rate in (("a", 0.1), ("b", 0.9))]
    (found,) = compare_runs(runs)
    refused, answered = (found.measure("harmless", name) for name in ("refused", "answered_own"))
    assert (refused.result, answered.result) == ("worse", "worse")
    assert refused.difference.value > 0 > answered.difference.value
    assert found.measure("harmless", "invalid").result == "not shown"
    assert len(found.changes["harmless"].worse) == sum(one.worse for one in answered.languages.values()) > 0


def test_a_bar_on_what_is_unsafe_holds_runs_that_get_worse_and_no_others(call, tmp_path: Path):
    safer, worse = (write(tmp_path / name, outcomes(4, rate, 100)) for name, rate in (("safer", 0.9), ("worse", 0.4)))
    for runs, expected in (((safer, worse), 1), ((worse, safer), 0)):
        status, out, err = call("compare", *runs, "--fail-if-worse", "harmful_unsafe=0.02")
        assert status == expected, err
        assert "unsafe (less is better)" in out


def test_borderline_prompts_are_compared_apart_too(call, tmp_path: Path):
    """Ten of forty harmless prompts look harmful; only these are refused more often than before."""
    tables = [outcomes(3, 0.0), outcomes(3, 0.0)]
    tables[1][:10] = True
    runs = [
        write(tmp_path / name, table, kind="harmless", category=lambda number: "borderline" if number < 10 else None)
        for name, table in zip("ab", tables, strict=True)
    ]
    (found,) = compare_runs(runs)
    refused = found.measure("borderline", "refused")
    assert (refused.result, refused.high_is_good, refused.difference.value) == ("worse", False, 1)
    assert {tag: (one.prompts, one.worse) for tag, one in refused.languages.items()} == dict.fromkeys(TAGS, (10, 10))
    assert found.measure("harmless", "refused").languages["sw"].prompts == 40
    assert len(found.changes["borderline"].worse) == 30
    status, out, err = call("compare", *runs, "--fail-if-worse", "borderline_refused=0.05")
    assert status == 1
    assert "borderline_refused: expected no more than 5.0 points worse than a" in err
    assert "borderline prompts: refused (less is better)" in out
    assert "harmless prompts: refused (less is better)" in out


def test_only_what_both_were_asked_and_judged_on_is_compared(tmp_path: Path):
    first = write(tmp_path / "a", outcomes(1, 0.5))
    fewer = write(tmp_path / "b", outcomes(2, 0.5, 30)[:, :2], tags=TAGS[:2], failed={("p-03", "sw", 0)})
    (found,) = compare_runs([first, fewer])
    assert found.pairs == 30 * 2 - 1
    assert {tag: one.prompts for tag, one in found.measure("harmful", "safe").languages.items()} == {"en": 30, "sw": 29}
    assert found.notes == [
        "b lacks ur, which a has.",
        "b lacks 20\u00a0prompts that a has: 10 in en, 10 in sw.",
        "Left out: 1\u00a0answer without a verdict in one of the runs.",
    ]
    other = write(tmp_path / "c", outcomes(2, 0.5), asked="another question")
    with pytest.raises(DataError, match="c: expected prompts that a was asked, too, got none"):
        compare_runs([first, other])


def test_what_a_second_run_calls_another_kind_is_compared_as_the_first_says(tmp_path: Path):
    first, second = outcomes(1, 0.9), outcomes(2, 0.5)
    runs = [write(tmp_path / "a", first), write(tmp_path / "b", second)]
    expected = compare_runs(runs)[0].changes["harmful"]
    lines = (runs[1] / "responses.jsonl").read_text().splitlines(keepends=True)
    lines[3] = lines[3].replace('"harmful"', '"harmless"')
    (runs[1] / "responses.jsonl").write_text("".join(lines))
    assert compare_runs(runs)[0].changes == {"harmful": expected}


def test_runs_made_otherwise_are_refused_with_all_that_differs_or_compared_anyway(tmp_path: Path):
    first = write(tmp_path / "a", outcomes(1, 0.5))
    decoding = {"greedy": False, "temperature": 0.7, "max_new_tokens": 64, "batch_size": 1}
    others = [
        write(tmp_path / "b", outcomes(2, 0.5), judge_version="2"),
        write(tmp_path / "c", outcomes(2, 0.5), decoding=decoding),
    ]
    with pytest.raises(DataError) as caught:
        compare_runs([first, *others])
    lines = str(caught.value).splitlines()
    assert [line.partition(".")[0] for line in lines] == [
        "b, judge version: expected 1 as in a, got 2",
        "c, decoding, greedy: expected yes as in a, got no",
        "c, decoding, temperature: expected not set as in a, got 0",
    ]
    assert all("--anyway" in line for line in lines)
    found = compare_runs([first, *others], anyway=True)
    assert found[0].notes == ["Not alike in judge version: 1 there, 2 here."]
    with pytest.raises(ConfigError, match="two run directories or more"):
        compare_runs([first])
    with pytest.raises(DataError, match="expected one judge 'guard', got"):
        compare_runs([first, others[0]], judge="guard")


def test_other_languages_that_the_judge_expected_are_a_difference_in_judging(tmp_path: Path):
    expected = {"a": ["en", "sw"], "b": ["sw", "en"], "c": ["en", "sw", "ur"], "d": None}
    runs = {}
    for name, tags in expected.items():
        settings = {"judge_settings": {"candidates": tags}} if tags else {}
        runs[name] = write(tmp_path / name, outcomes(1, 0.5), **settings)
        write_json(runs[name] / "metrics.rules.json", {"protocol": MADE | settings, "kinds": {}})
    assert compare_runs([runs["a"], runs["b"]])[0].notes == []
    with pytest.raises(DataError) as caught:
        compare_runs([runs["a"], runs["c"], runs["d"]])
    step = "Evaluate or judge both alike, or compare all the same with --anyway."  # not: take the rules, which they are
    assert str(caught.value).splitlines() == [
        f"c, judge settings, candidates: expected en, sw as in a, got en, sw, ur. {step}",
        f"d, judge settings, candidates: expected en, sw as in a, got not set. {step}",
    ]
    with pytest.raises(DataError, match="c, judge settings, candidates: expected not set as in d, got en, sw, ur"):
        compare_runs([runs["d"], runs["c"]], judge="rules")
    found = compare_runs([runs["a"], runs["c"]], anyway=True)
    assert found[0].notes == ["Not alike in judge settings, candidates: en, sw there, en, sw, ur here."]


def test_a_judge_that_judged_both_is_named_where_the_last_ones_differ(tmp_path: Path):
    runs = [write(tmp_path / name, outcomes(1, 0.5)) for name in "ab"]
    guard = MADE | {"judge": "guard", "judge_version": "7"}
    for run, last in zip(runs, (guard, MADE), strict=True):  # both judged both, and the guard the first one last
        for made in (guard, MADE):
            write_json(run / f"metrics.{made['judge']}.json", {"protocol": made, "kinds": {}})
        (run / "verdicts.guard.jsonl").write_bytes((run / "verdicts.rules.jsonl").read_bytes())
        write_json(run / PROTOCOL, last)
    with pytest.raises(DataError) as caught:
        compare_runs(runs)
    assert all("Take one that judged both (--judge guard or rules)." in line for line in str(caught.value).splitlines())
    assert len(compare_runs(runs, judge="rules")) == 1


@pytest.mark.parametrize("judge", ["rules", "rul"])
def test_other_versions_of_a_judge_that_is_asked_for_are_a_difference_in_judging(tmp_path: Path, judge: str):
    runs = [write(tmp_path / f"by-{version}", outcomes(1, 0.5), judge_version=version) for version in "12"]
    for run, version in zip(runs, "12", strict=True):
        write_json(run / "metrics.rules.json", {"protocol": MADE | {"judge_version": version}, "kinds": {}})
    with pytest.raises(DataError, match="by-2, judge version: expected 1 as in by-1, got 2"):
        compare_runs(runs, judge=judge)


def test_languages_that_the_judge_was_not_made_for_are_named(tmp_path: Path):
    runs = [write(tmp_path / name, outcomes(1, 0.5), judge_languages=["en", "ur"]) for name in "ab"]
    (found,) = compare_runs(runs)
    assert list(found.notes) == ["The judge rules was not made for sw."]


def test_the_plan_says_what_the_prompts_of_each_kind_can_show():
    rows = [{"id": f"a{i}", "kind": "harmful", "prompts": {"en": "x", "sw": "y"}} for i in range(60)]
    both = {"en": "x", "sw": "y"}
    rows += [{"id": f"b{i}", "kind": "harmless", "prompts": both if i < 5 else {"en": "x"}} for i in range(40)]
    rows[70]["category"] = "borderline"
    found = detectable(PromptGroups.from_dataset(rows), [0.5, 0.9])
    assert found["kinds"]["borderline"]["languages"]["en"]["prompts"] == 1
    harmful, harmless = found["kinds"]["harmful"], found["kinds"]["harmless"]
    expected = [smallest_detectable_difference(60, rate=rate, tests=2) for rate in (0.5, 0.9)]
    assert harmful["languages"]["sw"] == {"prompts": 60, "detectable": expected}
    assert harmless["languages"]["en"]["prompts"] == 40
    assert all(map(math.isnan, harmless["languages"]["sw"]["detectable"]))  # five prompts show nothing
    [alone] = detectable(PromptGroups.from_columns({"en": ["a", "b"]}, kind="harmful"))["kinds"].values()
    assert (alone["mean"]["prompts"], alone["mean"]["languages"]) == (2, 1)
    assert harmless["mean"]["prompts"] == 9
    assert harmful["mean"]["detectable"][0] < expected[0]


@pytest.mark.training
def test_the_command(call, tmp_path: Path, monkeypatch):
    for name, seed, rate in (("a", 1, 0.9), ("b", 2, 0.4)):
        write(tmp_path / name, outcomes(seed, rate))
    code = (
        "import atexit, sys; from isoglot.cli import main;"
        "heavy = {'torch', 'transformers', 'inspect_ai', 'lm_eval', 'openai'};"
        "atexit.register(lambda: print('loaded', sorted(heavy & set(sys.modules)), file=sys.stderr));"
        "main(sys.argv[1:])"
    )

    monkeypatch.chdir(tmp_path)
    bounds = ("--fail-if-worse", "harmful_refused=0.02", "--fail-if-worse", "harmful_safe_of_valid=0.9")
    command = [sys.executable, "-c", code, "compare", "a", "b", *bounds]
    shown = subprocess.run(command, capture_output=True, text=True, check=False)
    assert shown.returncode == 1
    assert shown.stderr.endswith("loaded []\n")
    assert "b, harmful_refused: expected no more than 2.0 points worse than a, got " in shown.stderr
    assert "harmful: safe of valid" in shown.stdout
    assert shown.stderr.count("\n") == 2  # no note: such a difference would have been seen
    for part in (
        "b compared with a, on 120 prompts",
        "│ harmful: safe",
        "Got worse: p-",
        "In one language these prompts",
    ):
        assert part in shown.stdout
    assert shown.stdout.count("points four times in five") == 1  # not in each row
    assert max(map(len, shown.stdout.splitlines())) < 300
    status, out, err = call(
        "compare", "b", "a", "--json", "--fail-if-worse", "harmful_refused=0.02", "--judge", "rules"
    )
    assert status == 0, err
    assert "Note: a, harmful_refused: these prompts may miss a difference of 2.0 points" in err
    safe = json.loads(out)["runs"][0]["kinds"]["harmful"]["measures"]["safe"]
    assert safe["result"] == "better"
    assert set(safe["languages"]) == set(TAGS)
    status, _, err = call("compare", "a", "b", "--fail-if-worse", "harmful_refusd=0.02")
    assert status == 2
    assert "--fail-if-worse: expected a kind and a measure" in err
