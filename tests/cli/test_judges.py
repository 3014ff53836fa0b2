"""``isoglot judge --with``: several judges, what they cost, how they agree, and whose numbers a page shows."""

from __future__ import annotations

import json
import time
from importlib import resources
from pathlib import Path

import pytest

from isoglot import RuleJudge, Verdict
from isoglot.evaluate.judging import several_judges
from isoglot.judges import Exchange, as_batch_judge
from isoglot.judges.batch import verdict_of
from isoglot.quickstart.world.data import held_out_groups
from isoglot.quickstart.world.text import World
from isoglot.runs import Response

from ..servers import CannedServer

BASE = Path(str(resources.files("isoglot.quickstart").joinpath("world", "base")))
GUARD = "guard:strict@vllm/org/Guard"


class Guard:
    """Calls all unsafe, for a price."""

    name, version = "guard-strict@vllm_org_Guard", "1"

    def __call__(self, prompt, response, *, language, kind):
        return Verdict("unsafe", "none", language, "", "", 1000, 5)


@pytest.fixture(autouse=True)
def guards(monkeypatch):
    """The one guard that there is."""
    known = several_judges.named
    monkeypatch.setattr(
        several_judges, "named", lambda spec, **_: as_batch_judge(Guard()) if spec == GUARD else known(spec)
    )


@pytest.fixture
def folder(tmp_path):
    lines = [
        Response(f"g{n}", tag, "harmful", "en", f"How {n}?", "I'm sorry, but I can't help with that.", "stop").line()
        for n in range(3)
        for tag in ("en", "sw")
    ]
    (tmp_path / "responses.jsonl").write_text("".join(lines))
    return tmp_path


@pytest.mark.parametrize("verdicts", [0, 1])
def test_a_judge_without_any_verdict_ends_the_command_with_1(call, folder, monkeypatch, verdicts):
    """In a build such a judge must not pass: its rates are all unknown, and meet every bar that is not there."""
    given = iter([Verdict("safe", "full", "en")] * verdicts)
    failed = Verdict(None, None, "en", error="an answer without its form")
    monkeypatch.setattr(Guard, "__call__", lambda *_, **__: next(given, failed))
    status, out, err = call("judge", folder, "--with", "rules", "--with", GUARD)
    assert status == 1 - verdicts, err
    said = "judge guard-strict@vllm_org_Guard: expected verdicts, got none on any response. Mend"
    assert (said in err) == (not verdicts)
    assert "(– – –)" not in out
    assert " of 0, Cohen" not in out


def test_what_is_no_run_is_told_as_report_tells_it(call, folder, tmp_path):
    (tmp_path / "groups.jsonl").write_text("{}\n")
    (tmp_path / "runs" / "a").mkdir(parents=True)
    for name, got in (
        ("tinny", "nothing there. Check the path."),
        ("groups.jsonl", "a file. A run directory is what isoglot train or isoglot evaluate wrote."),
        ("runs", "a folder without any file of a run. A run directory is what"),
    ):
        for command in (("judge", tmp_path / name), ("report", tmp_path / name), ("judge", tmp_path / name, "--probe"),
                        ("label", tmp_path / name), ("calibrate", "x.csv", "--run", tmp_path / name)):  # fmt: skip
            status, _, err = call(*command)
            assert status == 1
            assert f"{tmp_path / name}: expected a run directory, got {got}" in err


def test_several_judges_and_a_panel(call, folder, tmp_path):
    status, out, err = call("judge", folder, "--with", "rules", "--with", GUARD, "--panel", "worst", "--price", "0.5/2")
    assert status == 0
    assert "Judging by rules\nJudging by guard-strict@vllm_org_Guard\nJudging by panel-worst(" in err
    assert "Judge guard-strict@vllm_org_Guard: 6,000 input and 30 output tokens, cost 0.00306" in out
    assert "Agreement of 2 judges, harmful prompts" in out
    assert "guard-strict@vllm_org_Guard and rules agree on 0 % of 6, Cohen's κ 0.00" in out
    status, out, _ = call("judge", folder, "--with", GUARD, "--with", "rules", "--json")
    assert list(json.loads(out)) == ["guard-strict@vllm_org_Guard", "rules"]
    assert json.loads(out)["rules"] == json.loads((folder / "metrics.json").read_text())
    page = tmp_path / "page.html"
    status, _, err = call("report", folder, "--judge", "guard", "--output", page)
    assert (status, "The page is" in err) == (0, True)
    assert "shows what <bdi>guard-strict@vllm_org_Guard</bdi> says" in page.read_text(encoding="utf-8")
    status, _, err = call("report", folder, "--judge", "gard", "--output", page)
    assert (status, "Did you mean 'rules'" in err or "got guard-strict" in err) == (1, True)


def test_an_evaluation_without_judges_for_a_panel_costs_the_others_nothing(call, folder, tmp_path):
    run = tmp_path / "run" / "evaluations"
    for name in ("a", "b"):
        (run / name).mkdir(parents=True)
        (run / name / "responses.jsonl").write_text((folder / "responses.jsonl").read_text())
    assert call("judge", run / "a", "--with", "rules", "--with", GUARD)[0] == 0
    status, out, err = call("judge", tmp_path / "run", "--panel", "worst")
    assert status == 1
    assert "Agreement of 2 judges, harmful prompts" in out
    assert f"{run / 'b'}: expected a panel of two judges or more, got none. Name them: --with" in err


def test_labels_are_drawn_by_a_judge_whose_name_begins_so(call, folder, tmp_path):
    call("judge", folder, "--with", GUARD, "--with", "rules")
    status, out, err = call("label", folder, "-n", 4, "--judge", "guard", "-o", tmp_path / "sheet", "--json")
    assert (status, json.loads(out)["judge"]) == (0, "guard-strict@vllm_org_Guard"), err
    status, _, err = call("label", folder, "-n", 4, "--judge", "gard", "-o", tmp_path / "other")
    assert status == 1
    said = "expected verdicts of one judge 'gard', got guard-strict@vllm_org_Guard, rules. Judge with it: isoglot judge"
    assert said in err


def test_what_is_misspelt_ends_with_2_before_anything_is_judged(call, folder):
    for options, said in (
        (["--with", "rulez"], "unknown kind 'rulez'. Did you mean 'rules'?"),
        (["--with", "rules", "--panel", "mayority"], "unknown rule 'mayority'. Did you mean 'majority'?"),
        (["--with", "rules", "--price", "cheap"], "--price: expected IN/OUT, as in 0.15/0.60, got 'cheap'"),
        (
            ["--probe", "--strict", "--panel", "worst"],
            "--panel, --strict: expected a command without --probe, got --probe.",
        ),
    ):
        status, _, err = call("judge", folder, *options)
        assert status == 2, err
        assert said in err
    status, _, err = call("judge", folder, "--calibration", folder / "nope.json")
    assert (status, "expected a file of isoglot calibrate, got nothing" in err) == (1, True)
    assert sorted(path.name for path in folder.iterdir()) == ["responses.jsonl"]


@pytest.mark.training
def test_a_model_is_evaluated_by_the_judges_named(call, tmp_path):
    prompts, output = tmp_path / "test.jsonl", tmp_path / "out"
    held_out_groups(World.load(), 1).write(prompts)
    options = ["--prompts", prompts, "--output", output, "--max-new-tokens", 4, "--languages", "en,sw"]
    status, _, err = call("evaluate", BASE, *options, "--with", "rulez")
    assert (status, output.exists()) == (2, False), err
    status, out, err = call("evaluate", BASE, *options, "--with", GUARD, "--json")
    assert status == 0, err
    assert json.loads(out)["protocol"]["judge"] == Guard.name
    assert json.loads((output / "metrics.rules.json").read_text())["protocol"]["judge_version"] == RuleJudge.version


@pytest.mark.training
def test_evaluate_ends_with_1_whichever_of_its_judges_has_given_no_verdict(call, tmp_path, monkeypatch):
    silent = "rubric:safety@openai/none"
    known = several_judges.named

    def named(spec, **options):
        if spec != silent:
            return known(spec, **options)
        judge = as_batch_judge(Guard())
        judge.name = "silent"
        judge.judge = lambda exchanges: failing(len(exchanges))
        return judge

    async def failing(count):
        return [Verdict(None, None, "en", error="no form")] * count

    monkeypatch.setattr(several_judges, "named", named)
    prompts = tmp_path / "test.jsonl"
    held_out_groups(World.load(), 2).write(prompts)
    options = ["--prompts", prompts, "--output", tmp_path / "out", "--max-new-tokens", 4, "--languages", "en,sw"]
    status, out, err = call("evaluate", BASE, *options, "--with", silent, "--with", GUARD, "--json")
    assert json.loads(out)["protocol"]["judge"] == Guard.name
    assert (status, "judge silent: expected verdicts, got none on any response" in err) == (1, True), err
    status, out, err = call("evaluate", BASE, *options, "--with", GUARD, "--with", silent, "--json")
    assert json.loads(out) == json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert (status, json.loads(out)["protocol"]["judge"]) == (1, Guard.name), err


@pytest.mark.training
def test_evaluate_bounds_the_calls_of_judges_as_judge_does(call, tmp_path, monkeypatch):
    monkeypatch.undo()  # the real guards
    asked = []

    def answer(request):
        asked.append(request["max_tokens"])
        time.sleep(0.1)
        return 500, {}, {"error": {"message": "overloaded", "type": "x", "code": 500}}

    prompts, server = tmp_path / "test.jsonl", CannedServer(answer)
    monkeypatch.setenv("LOCAL_API_KEY", "none")
    monkeypatch.setenv("LOCAL_BASE_URL", server.url)
    held_out_groups(World.load(), 2).write(prompts)
    options = ["--prompts", prompts, "--output", tmp_path / "out", "--max-new-tokens", 4, "--languages", "en,sw"]
    bounds = ["--judge-max-connections", 3, "--judge-max-retries", 0, "--judge-max-tokens", 7]
    status, _, err = call("evaluate", BASE, *options, "--with", "guard:llama-guard-3@openai-api/local/guard", *bounds)
    server.close()
    assert (status, "got none on any response" in err) == (1, True)
    assert (server.busiest, asked) == (3, [7] * 8)  # four prompts in two languages, none tried again
    command = json.loads((tmp_path / "out" / "protocol.json").read_text())["command"]
    assert (command["judge_max_connections"], command["judge_max_tokens"]) == (3, 7)


class Narrow:
    """As guards are: made for English, and it does not tell refusals."""

    name, version, batch_size, concurrency, kept = Guard.name, "1", 8, 1, True
    languages, refusals = frozenset({"en"}), False

    async def judge(self, exchanges):
        return [Verdict("unsafe", "none", one.language) for one in exchanges]


def test_languages_that_a_guard_was_not_made_for_are_marked_and_refusals_it_does_not_tell_are_a_dash(
    call, folder, monkeypatch
):
    from isoglot.evaluate.judging import several_judges

    known = several_judges.named
    monkeypatch.setattr(several_judges, "named", lambda spec, **_: Narrow() if spec == GUARD else known(spec))
    _, out, _ = call("judge", folder)
    assert ("sw *" in out, "was not made for" in out) == (False, False)
    _, out, _ = call("judge", folder, "--with", GUARD)
    assert "* The judge guard-strict@vllm_org_Guard was not made for sw:" in out
    cells = [part.strip() for part in next(line for line in out.splitlines() if "sw *" in line).split("│")[1:-1]]
    assert cells[2:] == ["0 % (0 % – 56 %)", "0 %", "–", "0 %", "0 %", "–"]
    _, out, _ = call("judge", folder, "--panel", "worst")  # of both, one of whom was not made for it
    assert "* The judge panel-worst(guard-strict@vllm_org_Guard+rules) was not made for sw:" in out


def test_what_probes_do_not_look_at_is_refused_beside_them(call, folder):
    status, _, err = call("judge", folder, "--probe", "--panel", "worst", "--strict")
    assert (status, "--panel, --strict: expected a command without --probe" in err) == (2, True)
    assert not list(Path(folder).glob("probes.*"))


def test_bounds_of_calls_are_those_of_the_command(call, folder, monkeypatch):
    monkeypatch.undo()  # the real guards
    monkeypatch.setenv("LOCAL_API_KEY", "none")
    body = {"error": {"message": "overloaded", "type": "x", "code": 500}}
    for options, busiest, requests in (
        (["--max-connections", 3, "--max-retries", 0], 3, 6),
        (["--max-connections", 1, "--max-retries", 0, "--max-tokens", 7], 1, 6),
    ):
        asked = []

        def answer(request, asked=asked):
            asked.append(request["max_tokens"])
            time.sleep(0.1)
            return 500, {}, body

        server = CannedServer(answer)
        monkeypatch.setenv("LOCAL_BASE_URL", server.url)
        status, _, err = call("judge", folder, "--with", "guard:llama-guard-3@openai-api/local/guard", *options)
        server.close()
        assert (status, "got none on any response" in err) == (1, True)
        assert (server.busiest, len(server.requests)) == (busiest, requests)  # nothing is tried again
        assert set(asked) == {7 if "--max-tokens" in options else 32}
    status, _, err = call("judge", folder, "--with", "rules", "--timeout", 5)
    assert (
        status,
        "--timeout: expected a judge that asks a model, as in --with guard:NAME@PROVIDER, got rules" in err,
    ) == (2, True)
    status, _, err = call("judge", folder, "--probe", "--max-tokens", 5)
    assert (status, "--max-tokens: expected a judge that asks a model" in err) == (2, True)


def test_half_of_a_surrogate_pair_costs_no_verdict():
    found = verdict_of(RuleJudge(), Exchange("How?", "I'm sorry, but I can't help with that.\ud800", "en"))
    assert (found.outcome, found.refusal, found.error) == ("safe", "full", "")


@pytest.fixture
def bare(monkeypatch):
    """An environment without the variables of two servers; the real guards."""
    monkeypatch.undo()
    for name in ("MINE", "RATER"):
        for part in ("API_KEY", "BASE_URL"):
            monkeypatch.delenv(f"{name}_{part}", raising=False)
    monkeypatch.delenv("A_KEY", raising=False)


RATER = "rubric:safety@openai-api/rater/x"
SET_RATER = (
    "got an environment without RATER_API_KEY and RATER_BASE_URL. Set RATER_API_KEY (any value for a server without "
    "keys), and RATER_BASE_URL to the server's address, which ends in /v1."
)


@pytest.mark.usefixtures("bare")
def test_all_that_the_environment_lacks_is_said_at_once(call, folder, tmp_path):
    """For the model that answers, for judges, and for what translates."""
    prompts = tmp_path / "test.jsonl"
    prompts.write_text('{"id": "1", "kind": "harmful", "prompts": {"en": "How?"}}\n')
    other = "guard:wildguard@openai-api/mine/Guard"
    status, _, err = call(
        "evaluate", "openai-api/mine/m", "--prompts", prompts, "--with", RATER, "-o", tmp_path / "out"
    )
    assert status == 2
    assert SET_RATER in err
    assert "openai-api/mine/m: expected a model of the provider openai-api, " in err
    assert SET_RATER.replace("RATER", "MINE") in err
    status, _, err = call("judge", folder, "--with", RATER, "--with", other)
    assert (status, SET_RATER in err, SET_RATER.replace("RATER", "MINE") in err) == (2, True, True)
    translator = "openai:m@http://127.0.0.1:9/v1#A_KEY"
    status, _, err = call("judge", folder, "--with", RATER, "--probe", "--translator", translator)
    assert (status, SET_RATER in err, "Run: export A_KEY=..." in err) == (2, True, True)


@pytest.mark.usefixtures("bare")
def test_what_a_dry_run_does_not_ask_it_does_not_need(call, tmp_path):
    prompts = tmp_path / "test.jsonl"
    prompts.write_text('{"id": "1", "kind": "harmful", "prompts": {"en": "How?"}}\n')
    status, _, err = call("evaluate", "openai-api/mine/m", "--prompts", prompts, "-o", tmp_path / "out", "--dry-run")
    assert status == 0, err
