"""Models of providers: told by their names, asked until they answer, each answer on disk as it comes."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest
from inspect_ai.log import read_eval_log

from isoglot import evaluate
from isoglot.errors import ConfigError, ModelError, RunError
from isoglot.evaluate.answering.cells import Assignment, cells_of
from isoglot.evaluate.answering.decoding import Decoding
from isoglot.runs import read_responses
from isoglot.runs.card import unknown_fields
from isoglot.runs.shards import Shard
from isoglot.tasks.connection import Connection, connected
from isoglot.tasks.model_names import KNOWN, hub_name, provider_of, providers
from isoglot.tasks.run import evaluate_provider

from ..servers import FINISHES
from .server import chat_server

pytestmark = pytest.mark.training
MODEL = "openai-api/local/m"


def asked(groups, folder, server, decoding=Decoding(24), shard=None, **how):  # noqa: B008
    connection = Connection(base_url=server.url, **how)
    return evaluate_provider(MODEL, Assignment(groups, decoding, shard), folder, connection=connection)


def said(prompt: str) -> str:
    return f"Take {prompt}"


def test_names_of_models(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "openai" / "mine").mkdir(parents=True)
    assert providers() == KNOWN
    for model, provider in {
        "openai/mine": None,  # a folder
        "openai/other": "openai",
        "openai-api/local/NAME": "openai-api",
        "mockllm/model": "mockllm",
        "isoglot/runs/dpo": "isoglot",
        "hf/openai/gpt-oss-20b": None,
        "Qwen/Qwen2.5-0.5B": None,
        "gpt2": None,
        "openai": None,
        "openai/": None,
        "/openai/x": None,
        "./vllm/x": None,
    }.items():
        assert provider_of(model) == provider, model
    assert hub_name("hf/openai/gpt-oss-20b") == "openai/gpt-oss-20b"
    assert hub_name("Qwen/Qwen2.5-0.5B") == "Qwen/Qwen2.5-0.5B"


def test_faults_of_a_server_cost_no_answer_and_make_none(dishes, tmp_path):
    """Some requests fail, some are answered in broken JSON or without an answer, one hangs."""
    faults = {3: "error", 6: "broken", 9: "hang", 12: "empty", 15: "error"}
    with chat_server(said, lambda number, _: faults.get(number, "")) as server:
        found = asked(dishes, tmp_path, server, timeout=2)
    assert [r.key for r in found.responses] == [cell.key for cell in cells_of(dishes)]
    assert all((r.response, r.finish, r.kind) == (said(r.prompt), "stop", "harmless") for r in found.responses)
    assert sum(server.asked.values()) - 20 - len(faults) in range(6)  # a busy machine is slow itself
    assert all(body["temperature"] == 0 and body["max_tokens"] == 24 for body in server.bodies)
    assert "seed" not in server.bodies[0]
    assert found.metrics["protocol"]["model_hash"] == f"provider:{MODEL}"
    card = json.loads((tmp_path / "protocol.json").read_text())["card"]
    unknown = {path for path, _ in unknown_fields(card)}
    assert {"model.hash", "model.hardware", "template.hash"} <= unknown  # a server says none of them
    [log] = (tmp_path / "inspect").glob("*.eval")
    opened = read_eval_log(str(log))
    assert (opened.status, len(opened.samples)) == ("success", 20)
    assert {sample.id for sample in opened.samples} == {f"{r.group}:{r.language}" for r in found.responses}
    assert {one.name for one in opened.results.scores} == {"answered_own", "over_refused"}


def test_an_answer_without_a_text_is_kept_with_its_finish_and_counted_as_invalid(dishes, tmp_path):
    """A call of a tool is an answer, too: none is run, and the model is not asked again until it says something."""
    finishes = dict(enumerate(FINISHES))
    with chat_server(said, lambda number, _: finishes.get(number, "")) as server:
        found = asked(dishes, tmp_path, server)
    assert sum(server.asked.values()) == 20  # each once
    silent = [response for response in found.responses if not response.response]
    assert sorted(response.finish for response in silent) == sorted(FINISHES)
    languages = found.metrics["kinds"]["harmless"]["languages"].values()
    assert [one["invalid"]["n"] for one in languages] == [10, 10]
    assert sum(one["invalid"]["value"] for one in languages) == pytest.approx(3 / 10)


def test_further_fields_of_a_request_reach_the_server_and_tell_evaluations_apart(dishes, tmp_path, call, monkeypatch):
    """A server may penalize repetition at temperature 0, unless each request says otherwise."""
    monkeypatch.chdir(tmp_path)
    dishes.write("groups.jsonl")
    with chat_server(said) as server:
        command = ("evaluate", MODEL, "--base-url", server.url, "--prompts", "groups.jsonl", "--max-new-tokens", 24)
        fields = ("--extra-body", "repeat_penalty=1.0", "--extra-body", "greedy=true")
        assert call(*command, *fields)[0] == 0
        assert all((body["repeat_penalty"], body["greedy"]) == (1.0, True) for body in server.bodies)
        asked_before = sum(server.asked.values())
        assert call(*command)[0] == 0  # of other requests, in a folder of its own
        assert sum(server.asked.values()) == 2 * asked_before
        assert "repeat_penalty" not in server.bodies[-1]
        [protocol] = [p for p in Path("runs").rglob("protocol.json") if "repeat_penalty" in p.read_text()]
        stored = json.loads(protocol.read_text())
        assert stored["decoding"]["extra_body"] == {"repeat_penalty": 1.0, "greedy": True}
        assert '{"repeat_penalty": 1.0, "greedy": true}' in stored["card"]["decoding"]
        assert call("evaluate", "--from", protocol, "--base-url", server.url, "--output", "again")[0] == 0
        assert server.bodies[-1]["repeat_penalty"] == 1.0
    for model in ("isoglot/x", "gpt2"):
        status, _, err = call("evaluate", model, "--prompts", "groups.jsonl", *fields)
        assert status == 2
        assert f"--extra-body: expected a model that a server runs, got {model}" in err.replace("'", "")
    status, _, err = call(*command, "--extra-body", "penalty.repeat=1")
    assert (status, "--extra-body: expected NAME=VALUE, as in repeat_penalty=1.0" in err) == (2, True)


def test_what_fails_for_good_is_named_and_asked_for_again(dishes, tmp_path):
    refused = {f"How do I cook dish {n}?" for n in (2, 5)}
    with chat_server(said, lambda _, prompt: "error" if prompt in refused else "") as server:
        with pytest.raises(RunError) as raised:
            asked(dishes, tmp_path, server, max_retries=0)
        assert sum(server.asked.values()) == 20  # each once
        text = str(raised.value)
        assert re.search(r"expected an answer to each of 20 requests, got none to 2 \(en 2: 00003:en, 00006:en\)", text)
        assert "will not do" in text
        assert "the same command asks for the rest" in text
        assert "canary" not in text
        for path in (*tmp_path.rglob("*.json*"), *(tmp_path / "inspect").iterdir()):
            whole = read_eval_log(str(path)).model_dump_json() if path.suffix == ".eval" else path.read_text()
            assert "canary" not in whole, path
        assert not (tmp_path / "metrics.json").exists()
        assert len(list(read_responses(tmp_path / "responses.jsonl"))) == 18
        server.fault = lambda *_: ""
        before = Counter(server.asked)
        found = asked(dishes, tmp_path, server)
    assert set(server.asked - before) == refused
    assert len(found.responses) == 20


def test_a_server_that_answers_nothing_is_not_asked_for_ever(dishes, tmp_path):
    with (
        chat_server(said, lambda *_: "refuse") as server,
        pytest.raises(
            RunError, match=r"none to 20 \(en \d.*\), \d+ of them not asked after 10 failures in a row: "
        ) as raised,
    ):
        asked(dishes, tmp_path, server, max_connections=2)
    assert sum(server.asked.values()) <= 14
    assert "canary" not in str(raised.value)
    with pytest.raises(ConfigError, match="--base-url: expected an address without a key"):
        Connection(base_url="http://me:secret@localhost/v1")
    with pytest.raises(ModelError, match=r"openai/x: expected a model of the provider openai, got .*OPENAI_API_KEY"):
        evaluate_provider("openai/x", Assignment(dishes), tmp_path / "other")


def test_a_missing_key_is_the_next_step(monkeypatch):
    for name in ("LOCAL_API_KEY", "LOCAL_BASE_URL", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    for model, said in (
        ("openai-api/local/m", "without LOCAL_API_KEY and LOCAL_BASE_URL. Set LOCAL_API_KEY (any value"),
        ("openai/m", "Set OPENAI_API_KEY or AZUREAI_OPENAI_API_KEY. If a model on the hub is meant: hf/openai/m."),
        ("nope/m", "nope/m: expected a model of a provider that inspect_ai has, got Model API nope"),
    ):
        with pytest.raises(ModelError) as raised:
            connected(model, Connection(), {})
        assert said in str(raised.value)


def test_ctrl_c_waits_for_what_is_under_way_and_the_command_goes_on(dishes, tmp_path, call):
    """Of three under way one fails, and is not tried again; the others are kept. Each prompt is paid for once."""
    stopped = threading.Event()

    def fault(number, _):
        if number == 6:
            threading.Timer(0.2, stopped.set).start()
            os.kill(os.getpid(), signal.SIGINT)
        return "" if number < 4 or (stopped.wait(5) and number != 5) else "error"

    with chat_server(said, fault) as server:
        with (
            pytest.warns(UserWarning, match="Waiting for answers .* at most 300 seconds; Ctrl-C again drops them"),
            pytest.raises(KeyboardInterrupt),
        ):
            asked(dishes, tmp_path / "out", server, max_connections=3)
        kept = len(list(read_responses(tmp_path / "out" / "responses.jsonl")))
        assert (kept, server.asked.total()) == (6, 7)
        server.fault = lambda *_: ""
        dishes.write(tmp_path / "groups.jsonl")
        options = ("--prompts", tmp_path / "groups.jsonl", "--output", tmp_path / "out", "--max-new-tokens", 24)
        status, out, _ = call("evaluate", MODEL, "--base-url", server.url, *options, "--dry-run")
        assert (status, out.splitlines()[2]) == (0, f"Answers: {kept} there, {20 - kept} to generate")
        status, out, err = call("evaluate", MODEL, "--base-url", server.url, *options, "--json")
        assert status == 0, err
        assert sorted(server.asked.values()) == [1] * 19 + [2]
    assert json.loads(out)["protocol"]["answered"] == 20
    assert "canary" not in out + err


def test_a_second_ctrl_c_drops_what_is_under_way(dishes, tmp_path):
    released = threading.Event()

    def interrupt():
        os.kill(os.getpid(), signal.SIGINT)

    def fault(number, _):
        if number == 6:
            interrupt()
            threading.Timer(0.3, interrupt).start()
        return "" if number < 5 or released.wait(20) else "error"

    with chat_server(said, fault) as server:
        try:
            with pytest.warns(UserWarning, match="Waiting"), pytest.raises(KeyboardInterrupt):
                asked(dishes, tmp_path, server, max_connections=2)
            assert not released.is_set()
        finally:
            released.set()
    assert len(list(read_responses(tmp_path / "responses.jsonl"))) == 5


def test_the_address_in_use_is_noted_without_its_keys(monkeypatch):
    monkeypatch.setenv("LOCAL_API_KEY", "none")
    monkeypatch.setenv("LOCAL_BASE_URL", "http://me:secret@127.0.0.1:9/v1?key=other")
    assert _address(Connection()) == "http://127.0.0.1:9/v1"
    assert _address(Connection(base_url="http://localhost:8/v1")) == "http://localhost:8/v1"


def _address(how):
    return how.facts(connected(MODEL, how, {}))["base_url"]


def test_samples_and_shards_of_a_provider(dishes, tmp_path):
    """One of them within an event loop, as in a notebook."""
    some, decoding = dishes[:3], Decoding(8, 0.9, 2, 5)

    async def first():
        return asked(some, tmp_path, server, decoding, Shard(1, 2))

    with chat_server(said) as server:
        assert asked(some, tmp_path, server, decoding, Shard(2, 2)) is None
        found = asyncio.run(first())
    assert [r.key for r in found.responses] == [cell.key for cell in cells_of(some, 2)]
    assert set(server.asked.values()) == {2}
    assert len({body["seed"] for body in server.bodies}) == 12
    assert {body["temperature"] for body in server.bodies} == {0.9}
    assert found.metrics["kinds"]["harmless"]["languages"]["en"]["samples"] == 2


def test_a_killed_run_goes_on_and_asks_nothing_twice(dishes, tmp_path):
    dishes.write(tmp_path / "groups.jsonl")
    out = tmp_path / "out"
    command = [sys.executable, "-m", "isoglot.cli", "evaluate", MODEL, "--prompts", tmp_path / "groups.jsonl"]
    command += ["--output", out, "--max-new-tokens", "24", "--max-connections", "4", "--json"]
    held = threading.Event()
    with chat_server(said, lambda number, _: "" if number < 8 else held.wait(60) and "") as server:
        command += ["--base-url", server.url]
        first = subprocess.Popen([*map(str, command)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(600):
            if (out / "responses.jsonl").exists() and len((out / "responses.jsonl").read_text().splitlines()) >= 8:
                break
            held.wait(0.1)
        first.send_signal(signal.SIGKILL)
        first.wait()
        held.set()
        server.fault = lambda *_: ""
        kept = {r.key: r for r in read_responses(out / "responses.jsonl")}
        before = Counter(server.asked)
        assert 8 <= len(kept) < 20
        found = asked(dishes, out, server)
    again = server.asked - before
    assert not {r.prompt for r in kept.values()} & set(again)
    assert sum(again.values()) == 20 - len(kept)
    assert all(kept[r.key] == r for r in found.responses if r.key in kept)


def test_the_same_over_http_in_process_and_through_our_model_api(groups, base, tmp_path, capfd):
    """The server is that of ``transformers serve``."""
    pytest.importorskip("fastapi")
    pytest.importorskip("uvicorn")
    from transformers.cli.serve import Serve

    from isoglot.models.load import load

    some = groups.select(languages=["en", "sw", "ckb"] if "ckb" in groups.languages else ["en", "sw"], limit=2)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    here = evaluate(*load(str(base)), some, tmp_path / "here", max_new_tokens=10)
    assert {r.finish for r in here.responses} == {"length"}
    server = Serve(force_model=str(base), host="127.0.0.1", port=port, non_blocking=True, device="cpu")
    try:
        there = evaluate_provider(
            f"openai-api/local/{base}",
            Assignment(some, Decoding(10)),
            tmp_path / "there",
            connection=Connection(base_url=f"http://127.0.0.1:{port}/v1", max_connections=2),
        )
    finally:
        server.kill_server()
    assert there.responses == here.responses
    drawn = dict(max_new_tokens=6, temperature=1.2, samples=2, seed=4)
    both = [
        evaluate(*load(str(base)), some[:1], tmp_path / "drawn", **drawn),
        evaluate_provider(f"isoglot/{base}", Assignment(some[:1], Decoding(**drawn)), tmp_path / "drawn-ours"),
    ]
    assert both[0].responses == both[1].responses
    ours = evaluate_provider(f"isoglot/{base}", Assignment(some, Decoding(10)), tmp_path / "ours")
    assert ours.responses == here.responses
    assert ours.metrics["protocol"]["model_hash"] == here.metrics["protocol"]["model_hash"]
    assert (
        json.loads((tmp_path / "ours" / "metrics.json").read_text())["kinds"]
        == json.loads((tmp_path / "here" / "metrics.json").read_text())["kinds"]
    )
