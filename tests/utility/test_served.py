"""Utility of a model that a server runs: answers over HTTP on loopback, each paid for once."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections import Counter
from types import SimpleNamespace

import pytest

from isoglot.errors import ConfigError, RunError
from isoglot.pages.words import NBSP
from isoglot.report.utility import utility
from isoglot.utility import ServedModel, run_utility
from isoglot.utility.answer import Answer
from isoglot.utility.kept import Kept
from isoglot.utility.samples import read_samples

from ..conftest import CANARY
from ..servers import wordless

pytest.importorskip("inspect_ai")
pytestmark = [
    pytest.mark.training,
    pytest.mark.filterwarnings("ignore::Warning:(lm_eval|datasets|multiprocess|dill|fsspec|sacrebleu)"),
]
SPEC = "openai-api/local/m"


def asked(server):
    """How often each question was put to the server."""
    bodies = [body for _, body, _ in server.requests]
    return Counter(body["messages"][-1]["content"] if "messages" in body else body["prompt"] for body in bodies)


def run(own_tasks, folder, *, template=None, tasks=("telling",), concurrency=2, attempts=3):
    how = {"concurrency": concurrency, "attempts": attempts, "timeout": 5, "longest_wait": 0.01}
    return run_utility(ServedModel(SPEC, template=template, **how), tasks, folder, include_path=own_tasks)


def test_answers_of_a_server_that_fails(served, own_tasks, tmp_path):
    """Each question is a conversation; reasoning is no answer, and what comes behind a stop is cut off."""
    said = {"Who?": "<think>yes</think>no", "Nani?": "no@@ and more"}

    def answer(body):
        text = body["messages"][-1]["content"]
        first = asked(server)[text] == 1
        if text == "What is it?" and first:
            return 500
        if text == "Ni nini?" and first:
            return b'{"choices": [{"mess'
        return said.get(text, "maybe")

    server = served(answer)
    found = run(own_tasks, tmp_path)
    assert found["asked"] | {"lm_eval": "", "own_tasks": ""} == {
        "model": SPEC, "model_hash": f"provider:{SPEC}", "chat_template": "the server's",
        "limit": None, "lm_eval": "", "own_tasks": "",
    }  # fmt: skip
    scores = {tag: one["score"]["value"] for tag, one in found["tasks"]["telling"]["languages"].items()}
    assert scores == {"en": pytest.approx(1 / 3), "sw": pytest.approx(1 / 3)}
    assert sorted(asked(server).values()) == [1, 1, 1, 1, 2, 2]
    for path, body, headers in server.requests:
        assert path == "/v1/chat/completions"
        assert [one["role"] for one in body["messages"]] == ["user"]
        assert (body["temperature"], body["max_tokens"], body["stop"]) == (0, 8, ["@@"])
        assert headers["authorization"] == f"Bearer {CANARY}"
    assert {path.name for path in tmp_path.iterdir()} == {
        "tasks", "cache", "utility.json", "utility.telling_en.jsonl", "utility.telling_sw.jsonl",
    }  # fmt: skip
    assert not any(CANARY in path.read_text() for path in tmp_path.glob("utility*"))


def test_further_fields_of_a_request_reach_the_server_and_are_part_of_what_was_asked(served, own_tasks, tmp_path, call):
    server = served(lambda body: "no")
    command = ("evaluate", SPEC, "--utility", "telling", "--include-path", own_tasks, "--languages", "en")
    fields = ("--extra-body", "repeat_penalty=1.0")
    assert call(*command, *fields, "--output", tmp_path / "out")[0] == 0
    assert [body["repeat_penalty"] for _, body, _ in server.requests] == [1.0] * 3
    found = json.loads((tmp_path / "out" / "utility.json").read_text())
    assert found["asked"]["extra_body"] == {"repeat_penalty": 1.0}
    status, _, err = call(*command, "--output", tmp_path / "out")
    assert (status, "extra_body" in err, len(server.requests)) == (1, True, 3)
    status, _, err = call("evaluate", "gpt2", "--utility", "telling", *fields)
    assert (status, "--extra-body: expected a model that a server runs" in err) == (2, True)


def test_what_fails_for_good_is_said_and_asked_for_again(served, own_tasks, tmp_path):
    broken = {"What is it?"}
    server = served(lambda body: 500 if body["messages"][-1]["content"] in broken else "no")
    with pytest.raises(RunError) as raised:
        run(own_tasks, tmp_path / "out", attempts=2)
    said = str(raised.value)
    assert "an answer to each of 3 questions, got none to 1: openai-api/local/m: expected an answer" in said
    assert said.endswith("Look at the server's log. What came is kept: the same command asks for the rest.")
    assert CANARY not in said + (tmp_path / "out" / "utility.telling_en.partial").read_text()
    with open(tmp_path / "out" / "utility.telling_en.partial", "a") as file:
        file.write('{"asked": "1", "respo')  # as a kill leaves it
    broken.clear()
    before = asked(server)
    found = run(own_tasks, tmp_path / "out")
    assert asked(server) - before == Counter(["What is it?", "Habari yako?", "Ni nini?", "Nani?"])
    assert found["tasks"]["telling"]["mean"]["value"] == 1
    assert not list((tmp_path / "out").glob("*.partial"))


def test_what_is_no_answer_is_counted_apart_with_why_it_ended(served, own_tasks, tmp_path, call):
    """As an evaluation does it: content that is null is kept as an empty text with its finish; a refusal is a text."""
    silent = {"Who?": "tool_calls", "What is it?": "content_filter", "Nani?": "tool_calls"}

    def answer(body):
        text = body["messages"][-1]["content"]
        if text == "Ni nini?":
            return wordless(body, "stop", refusal="I cannot help with that.")
        return wordless(body, silent[text]) if text in silent else "no"

    server = served(answer)
    command = ("evaluate", SPEC, "--utility", "telling", "--include-path", own_tasks, "--output", tmp_path / "out")
    status, out, err = call(*command)
    assert status == 0, err
    assert set(asked(server).values()) == {1}  # a call of a tool is not gone on with
    assert "en 2 (content_filter 1, tool_calls 1), sw 1 (tool_calls)" in " ".join(out.split())
    languages = json.loads((tmp_path / "out" / "utility.json").read_text())["tasks"]["telling"]["languages"]
    found = {
        tag: [one[name]["value"] for name in ("score", "empty", "score_of_answered")] for tag, one in languages.items()
    }
    assert found == {"en": pytest.approx([1 / 3, 2 / 3, 1]), "sw": pytest.approx([1 / 3, 1 / 3, 1 / 2])}
    assert languages["en"]["empty_finish"] == {"tool_calls": 1, "content_filter": 1}
    lines = [json.loads(line) for line in (tmp_path / "out" / "utility.telling_sw.jsonl").read_text().splitlines()]
    assert [(one["response"], one["finish"]) for one in lines] == [
        ("no", "stop"), ("I cannot help with that.", "stop"), ("", "tool_calls"),
    ]  # fmt: skip
    assert [one.is_empty for one in read_samples(tmp_path / "out" / "utility.telling_sw.jsonl")] == [False, False, True]
    rows = utility([SimpleNamespace(name="m", evaluation=tmp_path / "out", folder=tmp_path)])["rows"]
    assert [(row.language, row.cells[0].replace(NBSP, " ").partition("; ")[2]) for row in rows] == [
        ("", ""),
        ("en", "67 % without an answer"),
        ("sw", "0 % in own language; 33 % without an answer"),
    ]


def test_why_an_answer_ended_is_kept_with_it(tmp_path):
    path = tmp_path / "utility.t.partial"
    path.write_text('{"asked": "before", "response": "of a version that did not say"}\n')
    with Kept(path) as kept:
        kept.add("now", Answer("", "tool_calls"))
    again = Kept(path)
    assert [(again[name], again[name].finish) for name in ("before", "now")] == [
        ("of a version that did not say", ""),
        ("", "tool_calls"),
    ]


def test_a_server_that_answers_nothing_is_not_asked_for_ever(served, own_tasks, tmp_path):
    rows = [{"question": f"Question {place}?", "text": "no"} for place in range(40)]
    (own_tasks / "en.json").write_text("".join(json.dumps(row) + "\n" for row in rows))
    well = {f"Question {place}?" for place in range(5)}
    server = served(lambda body: "no" if body["messages"][-1]["content"] in well else 500)
    with pytest.raises(RunError) as raised:
        run(own_tasks, tmp_path / "out", attempts=1)
    assert 15 <= len(server.requests) <= 17  # two at a time: an answer may come after the first failure
    said = f"an answer to each of 40 questions, got none to 35, {40 - len(server.requests)} of them not asked"
    assert f"{said} after 10 failures in a row: " in str(raised.value)
    kept = (tmp_path / "out" / "utility.telling_en.partial").read_text().splitlines()
    assert len(kept) == 5


def test_ctrl_c_keeps_what_is_under_way(served, own_tasks, tmp_path):
    def answer(body):
        if len(server.requests) == 2:
            os.kill(os.getpid(), signal.SIGINT)
        stopped.wait(0.2)
        return "no"

    stopped = threading.Event()
    server = served(answer)
    with pytest.warns(UserWarning, match="Waiting for answers under way"), pytest.raises(KeyboardInterrupt):
        run(own_tasks, tmp_path / "out")
    assert len(server.requests) == 2
    stopped.set()
    run(own_tasks, tmp_path / "out")
    assert set(asked(server).values()) == {1}
    assert len(server.requests) == 6


def test_without_template_texts_are_sent_as_they_are(served, own_tasks, tmp_path):
    server = served(lambda body: "no")
    found = run(own_tasks, tmp_path / "out", template=False)
    assert found["asked"]["chat_template"] is False
    assert {path for path, *_ in server.requests} == {"/v1/completions"}
    assert {body["prompt"] for _, body, _ in server.requests} >= {"Who?", "Nani?"}


def test_choices_are_refused_before_anything_is_asked(served, own_tasks, tmp_path, call, groups, monkeypatch):
    server = served(lambda body: "no")
    with pytest.raises(ConfigError, match="colours_en, colours_sw, which compare how likely given choices are"):
        run(own_tasks, tmp_path / "out", tasks=("telling", "colours"))
    monkeypatch.chdir(tmp_path)
    options = ("--include-path", own_tasks, "--output", "done")
    status, _, err = call("evaluate", SPEC, "--utility", "colours", *options)
    assert (status, "no server says that of a conversation" in err) == (2, True), err
    assert not server.requests
    groups.select(languages=["en", "sw"], limit=1).write("test.jsonl")
    status, out, err = call("evaluate", SPEC, "--utility", "telling", *options, "--prompts", "test.jsonl")
    assert status == 0, err
    assert "utility: telling" in out
    assert "Asked with a chat template." in out
    assert "Utility: telling_sw: 3/3" in err
    card = json.loads((tmp_path / "done" / "protocol.json").read_text())["card"]
    assert card["utility"]["tasks"] == ["telling"]
    assert card["utility"]["template"].startswith("texts go through the model's chat template")
    assert "## Utility" in (tmp_path / "done" / "protocol.md").read_text()
    assert call("judge", "done")[0] == 0
    assert json.loads((tmp_path / "done" / "protocol.json").read_text())["card"]["utility"] == card["utility"]


SHOWN = """description: "Be brief."
num_fewshot: 1
fewshot_split: test
repeats: 2
"""


def test_examples_are_turns_and_drawn_answers_have_seeds(served, own_tasks, tmp_path):
    plain = (own_tasks / "telling_en.yaml").read_text()
    drawn = plain.replace("telling_en", "shown_en").replace("do_sample: false", "do_sample: true, temperature: 0.5")
    (own_tasks / "shown_en.yaml").write_text(drawn + SHOWN)
    (own_tasks / "begun_en.yaml").write_text(plain.replace("telling_en", "begun_en") + "gen_prefix: So\n")
    (own_tasks / "odd_en.yaml").write_text(drawn.replace("shown_en", "odd_en").replace("until:", "top_k: 5, until:"))
    server = served(lambda body: "no")
    run(own_tasks, tmp_path / "out", tasks=["shown"])
    assert len(server.requests) == 6
    for _, body, _ in server.requests:
        assert [one["role"] for one in body["messages"]] == ["system", "user", "assistant", "user"]
        assert (body["messages"][0]["content"], body["temperature"]) == ("Be brief.", 0.5)
    assert Counter(body["seed"] for _, body, _ in server.requests) == {0: 3, 1: 3}
    with pytest.raises(ConfigError, match=r"leaves the whole answer to the model, got one that begins it"):
        run(own_tasks, tmp_path / "begun", tasks=["begun"])
    with pytest.raises(ConfigError, match=r"generation_kwargs .* got top_k"):
        run(own_tasks, tmp_path / "odd", tasks=["odd"])
    assert len(server.requests) == 6
