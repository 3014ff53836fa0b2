"""A judge that costs: whatever its server does, and however it is stopped, nothing is lost, invented or paid twice."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import warnings
from collections import Counter
from pathlib import Path

import pytest

from isoglot.collect.collect import collect
from isoglot.evaluate import judge_with
from isoglot.runs import Response
from isoglot.runs.judged import judges_of, partial_path, verdicts_path

NAME = "over/http"


def write_responses(folder: Path, count: int) -> list[Response]:
    found = [
        Response(f"g{n // 2}", ("en", "sw")[n % 2], "harmful", "en", f"How {n // 2}?", f"Answer {n}.", "stop")
        for n in range(count)
    ]
    folder.mkdir(exist_ok=True)
    (folder / "responses.jsonl").write_text("".join(one.line() for one in found), encoding="utf-8")
    return found


def verdicts_in(folder: Path) -> list[dict]:
    return [json.loads(line) for line in verdicts_path(folder, NAME).read_text().splitlines()]


def outcomes_in(folder: Path) -> list[str | None]:
    return [one["verdict"]["outcome"] for one in verdicts_in(folder)]


def judge(judge, folder: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of those that failed, which are looked at here
        judge_with(folder, [judge])


def test_a_server_that_fails_babbles_and_hangs_costs_no_verdict_and_invents_none(http, tmp_path):
    server = http.Server()
    responses = write_responses(tmp_path, 150)
    with server.running() as address:
        judge(http.HttpJudge(address), tmp_path)
        first = verdicts_in(tmp_path)
        # Everything has a line, in order; those on which the server gave a verdict have that one, and no other does.
        assert [(one["group"], one["language"]) for one in first] == [(r.group, r.language) for r in responses]
        known = {r.response for r, one in zip(responses, first, strict=True) if one["verdict"]["outcome"]}
        assert known == set(server.given)
        assert 140 < len(known) < 150
        assert min(server.calls[what] for what in ("failed", "broken", "hung")) > 0
        protocol = json.loads((tmp_path / "protocol.json").read_text())
        assert protocol["judge_tokens"] == {"input": 100 * len(known), "output": 3 * len(known)}
        for _ in range(4):  # those that failed are asked again, and nothing else
            judge(http.HttpJudge(address, asks_twice=True), tmp_path)
        assert server.given == Counter({response.response: 1 for response in responses})
        before = server.calls.total()
        judge(http.HttpJudge(address), tmp_path)
        assert server.calls.total() == before
    assert [one["verdict"]["outcome"] for one in verdicts_in(tmp_path)] == [
        http.outcome_of(r.response) for r in responses
    ]
    assert not partial_path(tmp_path, NAME).exists()


@pytest.mark.training  # starts processes
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_judging_that_is_stopped_goes_on_and_pays_nothing_twice(http, tmp_path, how):
    if how == signal.SIGINT and sys.version_info < (3, 11):
        pytest.skip("asyncio hears Ctrl-C from Python 3.11 on")
    server = http.Server(fails=0, babbles=0, hangs=0, delay=0.02)
    responses = write_responses(tmp_path, 200)
    with server.running() as address:
        process = started(tmp_path, address)
        wait_for(lambda: server.given.total() >= 60, process)
        process.send_signal(how)
        process.communicate(timeout=20)
        assert process.returncode != 0
        assert not judges_of(tmp_path)  # what is there is no whole judging
        assert partial_path(tmp_path, NAME).exists()
        assert all(cell.verdict is None for run in collect([tmp_path]) for cell in run.cells.values())
        stopped = server.given.total()
        process = started(tmp_path, address)
        process.communicate(timeout=30)
        assert process.returncode == 0
    assert [one["verdict"]["outcome"] for one in verdicts_in(tmp_path)] == [
        http.outcome_of(r.response) for r in responses
    ]
    assert stopped < 200
    # What was under way at a kill nobody can have kept: at most one a call. Ctrl-C waits for it.
    assert server.given.total() - 200 <= (http.HttpJudge.concurrency if how == signal.SIGKILL else 0)


def started(folder: Path, address: str) -> subprocess.Popen:
    def heed() -> None:  # where the tests run in the background of a shell, they and their children ignore it
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    script = Path(__file__).with_name("http_judge.py")
    return subprocess.Popen([sys.executable, script, folder, address], stderr=subprocess.PIPE, preexec_fn=heed)


def wait_for(there, process: subprocess.Popen) -> None:
    for _ in range(3000):
        if there():
            return
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.01)
    raise AssertionError("it did not come")


def test_what_changed_is_judged_anew_and_equal_questions_are_asked_once(http, tmp_path):
    server = http.Server(fails=0, babbles=0, hangs=0)
    first, *rest = write_responses(tmp_path, 10)
    with server.running() as address:
        same = Response("other", "en", "harmful", "en", first.prompt, first.response, "length")
        path = tmp_path / "responses.jsonl"
        path.write_text(path.read_text() + same.line() + rest[0].line())
        judge(http.HttpJudge(address), tmp_path)
        assert server.given.total() == 10  # the equal one, and the one that stands twice, are not asked about
        lines = verdicts_in(tmp_path)
        assert len(lines) == 11
        assert lines[-1]["verdict"]["outcome"] == lines[0]["verdict"]["outcome"]
        assert "input_tokens" not in lines[-1]["verdict"]  # and are paid once
        path.write_text(path.read_text().replace("Answer 5.", "Another answer.").replace("How 4?", "How, then?"))
        judge(http.HttpJudge(address), tmp_path)
        assert server.given.total() == 10 + 3  # one answer, and a prompt in two languages
        newer = http.HttpJudge(address)
        newer.version = "2"
        with pytest.warns(UserWarning, match="1 more"):
            judge_with(tmp_path, [newer])
        assert server.given.total() == 10 + 3 + 10
        # A line that a kill left half-written, and one that is no verdict, are asked about again.
        whole = verdicts_path(tmp_path, NAME)
        rows = whole.read_text().splitlines(keepends=True)
        partial_path(tmp_path, NAME).write_text(rows[1] + '{"asked": "zz"}\n' + rows[2][:40])
        whole.write_text("".join(rows[3:]))
        newer = http.HttpJudge(address)
        newer.version = "2"
        with pytest.warns(UserWarning, match="1 more"):
            judge_with(tmp_path, [newer])
        assert server.given.total() == 23 + 1  # the third; the first has its equal at the end
    assert len(verdicts_in(tmp_path)) == 11
