"""A judge that a task of inspect_ai asks: how many calls at a time, how long, how often is for the user to say."""

from __future__ import annotations

import json
import time
from contextlib import closing

import pytest
from inspect_ai import eval as inspect_eval
from inspect_ai.model import ModelOutput, ModelUsage, get_model

from isoglot.providers.provider import Provider
from isoglot.tasks import scorers
from isoglot.tasks.judge_calls import judge_asked
from isoglot.tasks.mistakes import UserError
from isoglot.tasks.tasks import groups, multijail

from ..servers import CannedServer, whole

pytestmark = pytest.mark.training
QUIET = dict(display="none", log_level="critical", ctl_server=False, log_realtime=False)
JUDGE = "rubric:safety@openai-api/rater/x"
VERDICT = json.dumps({"reason": "why", "outcome": "safe", "refusal": "none"})


@pytest.fixture
def rater(monkeypatch):
    """A judge on loopback; ``rater.says`` is what it does with a request."""
    server = CannedServer(lambda body: server.says(body))
    server.says = lambda body: whole(VERDICT, body)
    monkeypatch.setenv("RATER_API_KEY", "none")
    monkeypatch.setenv("RATER_BASE_URL", server.url)
    yield server
    server.close()


@pytest.fixture
def path(tmp_path):
    """Eight harmful and eight harmless prompts."""
    file = tmp_path / "groups.jsonl"
    rows = [
        {"id": f"{kind}-{n}", "kind": kind, "prompts": {"en": f"A {kind} prompt, {n}?"}}
        for kind in ("harmful", "harmless")
        for n in range(8)
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(file)


def run(task, tmp_path):
    output = ModelOutput.from_content("mock", "Here is how.")
    output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
    model = get_model("mockllm/model", custom_outputs=lambda *_: output, memoize=False)
    [log] = inspect_eval(task, model=model, log_dir=str(tmp_path / "logs"), **QUIET)
    assert log.status == "success", log.error
    return log, {one.name: (one.scored_samples, one.unscored_samples) for one in log.results.scores}


def slow(body):
    time.sleep(0.05)
    return whole(VERDICT, body)


@pytest.mark.parametrize("most", [1, 3])
def test_so_many_calls_are_under_way_as_asked_for(rater, path, tmp_path, most):
    rater.says = slow
    log, counts = run(groups(path, judge=JUDGE, judge_max_connections=most), tmp_path)
    assert (rater.busiest, len(rater.requests), counts["safe"]) == (most, 16, (8, 0))
    assert log.eval.task_args["judge_max_connections"] == most
    # With which it is scored again.
    assert {one.options["judge_max_connections"] for one in log.eval.scorers} == {most}


def test_a_failed_call_is_tried_again_as_often_as_asked_for(rater, path, tmp_path):
    rater.says = lambda body: 500
    _, counts = run(groups(path, judge=JUDGE, judge_max_retries=0), tmp_path)
    assert counts["safe"] == (0, 8)
    assert len(rater.requests) == 32  # each question of a sample whose judge failed asks anew


def test_a_call_ends_in_the_time_asked_for(rater, path, tmp_path):
    rater.says = lambda body: 60.0  # seconds
    began = time.monotonic()
    _, counts = run(groups(path, judge=JUDGE, judge_max_retries=0, judge_timeout=0.1), tmp_path)
    assert counts["safe"] == (0, 8)
    assert time.monotonic() - began < 60


def test_answers_are_as_long_as_asked_for(rater, path, tmp_path):
    run(groups(path, judge=JUDGE, judge_max_tokens=7), tmp_path)
    assert {body["max_tokens"] for _, body, _ in rater.requests} == {7}


def test_what_cannot_be_is_said_before_anything_is_asked(path):
    with pytest.raises(UserError) as caught:
        groups(path, judge=JUDGE, judge_max_connections=0, judge_timeout="long", judge_max_retries=-1)
    assert [line.split(":")[0] for line in str(caught.value).splitlines()] == [
        "judge_max_connections", "judge_timeout", "judge_max_retries",
    ]  # fmt: skip
    with pytest.raises(UserError, match="Did you mean 'judge_timeout'"):
        groups(path, judge=JUDGE, judge_timeuot=3)
    with pytest.raises(UserError, match=r"judge_timeout: expected a judge that asks a model, .* got 'rules'"):
        multijail(path, judge_timeout=3)
    with pytest.raises(UserError, match="judge_max_retries"):
        scorers.refused(JUDGE, judge_max_retries=-1)


def test_a_judge_s_connections_are_closed_as_each_run_ends_and_opened_again(rater, path, tmp_path, monkeypatch):
    closed, close = [], Provider.close

    async def noted(self):
        closed.append(self)
        await close(self)

    monkeypatch.setattr(Provider, "close", noted)
    for task in [groups(path, judge=JUDGE, judge_max_tokens=11) for _ in range(2)]:
        _, counts = run(task, tmp_path)
        assert counts["safe"] == (8, 0)
    assert len(closed) == 2
    assert closed[0] is closed[1]  # one judge for both, asked in the event loops of both runs


def test_servers_with_one_model_name_have_a_judge_each(rater, path, tmp_path, monkeypatch):
    """The variable names another server from then on; a task of the first is still one of the first, in every run."""
    with closing(CannedServer(lambda body: whole(VERDICT, body))) as other:
        first = groups(path, judge=JUDGE, judge_max_tokens=13)
        monkeypatch.setenv("RATER_BASE_URL", other.url)
        second = groups(path, judge=JUDGE, judge_max_tokens=13)
        for task, counts in ((first, (16, 0)), (second, (16, 16)), (first, (32, 16))):
            run(task, tmp_path)
            assert (len(rater.requests), len(other.requests)) == counts


def test_a_judge_is_one_for_all_who_name_it_and_its_server_in_the_same_way(rater, monkeypatch):
    one = judge_asked(JUDGE, {})
    assert judge_asked(JUDGE, {}) is one
    monkeypatch.setenv("RATER_BASE_URL", "http://127.0.0.1:9/v1")
    assert judge_asked(JUDGE, {}) is not one
    monkeypatch.setenv("RATER_BASE_URL", rater.url)
    assert judge_asked(JUDGE, {}) is one
