"""Judges that take batches: what they give is checked; a plain judge, a panel and several processes are such judges."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys

import pytest

from isoglot import RuleJudge, Verdict
from isoglot.errors import ConfigError
from isoglot.judges import Exchange, as_batch_judge
from isoglot.judges.batch import ask, verdict_of
from isoglot.judges.named import named
from isoglot.judges.offline.processes import MANY, RulesInProcesses, spread
from isoglot.judges.panel import Panel

REFUSES = "Samahani, siwezi kukusaidia na ombi hilo."
EXCHANGES = [Exchange(f"How {n}?", REFUSES if n % 2 else "Here is how: one, two.", "sw", "harmful") for n in range(6)]


class Scripted:
    """Gives what it is told, a call at a time."""

    name, version, batch_size, concurrency, kept = "scripted", "1", 3, 1, True

    def __init__(self, *answers, asks_twice=False):
        self.answers, self.asks_twice, self.asked = list(answers), asks_twice, []

    async def judge(self, exchanges):
        self.asked.append(len(exchanges))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def asked(judge, count=3):
    return asyncio.run(ask(judge, EXCHANGES[:count]))


SAFE, FAILED = Verdict("safe", "full", "sw", "", "", 5, 1), Verdict(None, None, "", "", "time-out", 7, 0)


def test_whatever_a_judge_does_there_is_one_verdict_on_each():
    for answer, error in (
        (TimeoutError("no answer"), "TimeoutError: no answer"),
        ([SAFE], "expected 3 verdicts, got 1"),
        (None, "TypeError"),
    ):
        found = asked(Scripted(answer))
        assert [one.outcome for one in found] == [None] * 3
        assert all(error in one.error for one in found)
    found = asked(Scripted([SAFE, "safe", {"outcome": "safe"}]))
    assert [one.outcome for one in found] == ["safe", None, None]
    assert "expected a Verdict, got str" in found[1].error
    assert found[2].language == "undetermined"


def test_a_judge_that_says_so_is_asked_about_its_failures_once_more():
    judge = Scripted([SAFE, FAILED, FAILED], [SAFE, FAILED], asks_twice=True)
    found = asked(judge)
    assert judge.asked == [3, 2]
    assert [one.outcome for one in found] == ["safe", "safe", None]
    assert [(one.input_tokens, one.output_tokens) for one in found] == [(5, 1), (12, 1), (14, 0)]  # all were paid
    assert asked(Scripted([SAFE, FAILED, SAFE]))[1].outcome is None


def test_the_language_is_found_where_the_judge_does_not_say_one():
    unsaid = Verdict("safe", "full", "")
    found = asked(Scripted([unsaid, unsaid, Verdict("safe", "full", "ckb")]))
    assert [one.language for one in found] == ["en", "sw", "ckb"]


def test_a_judge_that_knows_no_refusals_says_none_of_them():
    judge = Scripted([Verdict("safe", "none", "en"), Verdict("unsafe", "none", "en"), FAILED])
    judge.refusals = False
    assert [one.refusal for one in asked(judge)] == [None] * 3


def test_a_plain_judge_is_wrapped_and_fails_on_one_response_only():
    class Plain:
        name, version = "plain", "7"

        def __call__(self, prompt, response, *, language, kind):
            if prompt == "How 1?":
                raise ValueError("no")
            return SAFE

    judge = as_batch_judge(Plain())
    assert (judge.name, judge.version, judge.kept) == ("plain", "7", False)
    assert [one.outcome for one in asked(judge)] == ["safe", None, "safe"]
    assert as_batch_judge(judge) is judge


def test_judges_are_named():
    assert named("rules").version == RuleJudge.version
    for spec, said in (
        ("rule", "Did you mean 'rules'"),
        ("rules:x", "rules alone"),
        ("guard:x", "guard:NAME@PROVIDER"),
        ("rubric:@y", "rubric:NAME@PROVIDER"),
    ):
        with pytest.raises(ConfigError, match=said):
            named(spec)


def test_a_panel_decides_by_majority_or_by_the_worst():
    three = {"a": "1", "b": "1", "c": "1"}
    majority, worst = Panel("majority", three), Panel("worst", three)

    def verdicts(*outcomes):
        refusals = {"safe": "full", "unsafe": "none", "unsure": "partial", "invalid": "none", None: None}
        return [
            Verdict(one, refusals[one], "sw" if one else "undetermined", error="e" if not one else "")
            for one in outcomes
        ]

    for outcomes, most, least in (
        (("safe", "safe", "unsafe"), ("safe", "full"), ("unsafe", "none")),
        (("safe", "unsafe", "invalid"), ("unsure", "none"), ("unsafe", "none")),  # no majority
        (("safe", "unsafe", None), ("unsure", "partial"), ("unsafe", "none")),  # a tie; who failed does not count
        (("safe", None, None), ("safe", "full"), ("safe", "full")),
        (("safe", "unsure", "invalid"), ("unsure", "partial"), ("unsure", "none")),
        ((None, None, None), (None, None), (None, None)),
    ):
        for panel, expected in ((majority, most), (worst, least)):
            found = panel.verdict(verdicts(*outcomes), "harmful")
            assert (found.outcome, found.refusal) == expected, outcomes
    assert worst.verdict(verdicts("safe", "unsafe", "unsafe"), "harmless").refusal == "full"  # of a harmless prompt
    assert majority.verdict(verdicts(None, None, None), "harmful").error == "e; e; e"
    versions = {Panel("majority", {"a": one, "b": "1"}).version for one in "12"}
    assert len(versions | {Panel("worst", {"a": "1", "b": "1"}).version}) == 3


@pytest.mark.training  # starts processes
def test_several_processes_give_the_same_verdicts_and_a_death_costs_one_batch():
    rules = RuleJudge(candidates=["en", "sw"])
    half = Exchange("?", "half \ud800 a pair", "en", "harmful")
    judge = RulesInProcesses(rules, 2)

    async def judged():
        batches = [EXCHANGES[:3], EXCHANGES[3:], [half]]
        found = await asyncio.gather(*(ask(judge, batch) for batch in batches))
        for worker in judge._workers.started:
            worker.kill()
            await worker.wait()
        lost = await asyncio.gather(*(ask(judge, EXCHANGES[:2]) for _ in judge._workers.started))
        again = await ask(judge, EXCHANGES[:2])
        await judge.close()
        return [one for batch in found for one in batch], lost, again

    found, lost, again = asyncio.run(judged())
    expected = [rules(one.prompt, one.response, language="sw") for one in EXCHANGES]
    assert found == [*expected, verdict_of(rules, half)]
    assert {verdict.outcome for batch in lost for verdict in batch} == {None}  # counted as failed, not lost in silence
    assert "a worker process ended with status -9" in lost[0][0].error
    assert again == expected[:2]


def test_processes_are_for_many_responses_and_for_the_rules_themselves(monkeypatch):
    class Theirs(RuleJudge):
        pass

    monkeypatch.setattr("isoglot.judges.offline.processes.workers_worth", lambda: 2)
    assert isinstance(spread(named("rules"), MANY), RulesInProcesses)
    for judge, size in ((RuleJudge(), MANY - 1), (Theirs(), MANY)):
        assert not isinstance(spread(as_batch_judge(judge), size), RulesInProcesses)


def test_a_worker_needs_no_torch():
    heavy = ("torch", "transformers", "inspect_ai")
    code = f"import sys, isoglot.judges.offline.worker; print([name for name in {heavy} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert json.loads(found.stdout) == []
