"""The command against a server that counts what it is asked: killed, stopped, and served badly."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from isoglot import PromptGroups
from isoglot.translators.cache import TranslationCache
from isoglot.translators.named import named

from ..servers import CannedServer
from .world import answer, groups, text

pytestmark = pytest.mark.training

KILLS, CELLS, AT_ONCE = 20, 160, 4


class Command:
    """The command, each time in a process of its own; those come from one that has run it once."""

    def __init__(self, folder: Path, warm: list[object]) -> None:
        self.said = folder / "said"
        environment = os.environ | {"OPENAI_API_KEY": "sk-CanaryThatNobodySays"}
        with open(self.said, "w") as said:
            self._forks = subprocess.Popen(
                [sys.executable, Path(__file__).with_name("forked.py"), *map(str, warm)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, text=True, env=environment,
            )  # fmt: skip
        self.end()

    def start(self, *arguments: object) -> int:
        self._forks.stdin.write(json.dumps([str(one) for one in arguments]) + "\n")
        self._forks.stdin.flush()
        return int(self._forks.stdout.readline())

    def end(self) -> int:
        return int(self._forks.stdout.readline())

    def close(self) -> None:
        self._forks.stdin.close()
        self._forks.wait(60)
        self._forks.stdout.close()


@pytest.fixture(scope="module")
def command(tmp_path_factory):
    folder, server = tmp_path_factory.mktemp("command"), CannedServer(answer)
    groups(1).write(folder / "prompts.jsonl")
    warm = arguments(folder / "prompts.jsonl", folder / "groups.jsonl", server)
    with closing(server), closing(Command(folder, warm)) as command:
        yield command


@pytest.fixture
def slow(served_by):
    def late(body):
        time.sleep(0.005)
        return answer(body)

    return served_by(late)


@pytest.fixture
def served_by():
    servers = []

    def serve(answer):
        servers.append(CannedServer(answer))
        return servers[-1]

    yield serve
    for server in servers:
        server.close()


def sources(server: CannedServer) -> Counter[tuple[str, str]]:
    """How often the server was asked for each text and language."""
    asked = [body["messages"][0]["content"] for _, body, _ in server.requests]
    return Counter(
        (one.split("<text>\n")[-1].split("\n")[0], "es" if "into Spanish (" in one else "de") for one in asked
    )


def wait_for(server: CannedServer, requests: int) -> None:
    until = time.monotonic() + 60
    while len(server.requests) < requests and time.monotonic() < until:
        time.sleep(0.001)


def arguments(prompts: Path, output: Path, server: CannedServer, *more: object) -> list[object]:
    spec = f"openai:m@{server.url}"
    return ["translate", prompts, "--to", "es,de", "--backend", spec, "-o", output, "--concurrency", AT_ONCE, *more]


def test_a_run_killed_at_random_moments_pays_nothing_twice_and_ends_as_one_left_alone(command, slow, tmp_path):
    prompts, drawn = tmp_path / "prompts.jsonl", random.Random(0)
    groups(CELLS // 2).write(prompts)
    output, alone = tmp_path / "killed" / "groups.jsonl", tmp_path / "alone" / "groups.jsonl"
    cache, translator = output.with_name("groups.translations.sqlite"), named(f"openai:m@{slow.url}")
    wanted = [(text(n), language) for n in range(10, 10 + CELLS // 2) for language in ("es", "de")]
    stored: set[tuple[str, str]] = set()
    for kill in range(KILLS):
        before, seen = sources(slow), len(slow.requests)
        process = command.start(*arguments(prompts, output, slow))
        enough = seen + drawn.randrange(2 * CELLS // KILLS)
        wait_for(slow, enough)
        time.sleep(0.01 * drawn.random())
        os.kill(process, signal.SIGKILL)
        assert command.end() == -signal.SIGKILL, f"kill {kill}"
        assert not output.exists()
        assert not stored & (sources(slow) - before).keys()  # what was answered and stored is not asked again
        if cache.exists():
            with closing(TranslationCache(cache)) as kept:
                stored = {one for one in wanted if kept.get(translator, one[0], "en", one[1])}
    assert len(stored) < CELLS
    command.start(*arguments(prompts, output, slow))
    assert command.end() == 0
    assert CELLS <= len(slow.requests) <= CELLS + KILLS * AT_ONCE
    slow.requests.clear()
    command.start(*arguments(prompts, alone, slow))
    assert command.end() == 0
    assert len(slow.requests) == CELLS
    assert output.read_bytes() == alone.read_bytes()
    assert {path.name for path in output.parent.iterdir()} == {path.name for path in alone.parent.iterdir()}
    first = alone.read_bytes()
    for _ in range(3):  # while it writes: what was there, or the same again
        process = command.start(*arguments(prompts, output, slow, "--force"))
        time.sleep(0.15 * drawn.random())
        os.kill(process, signal.SIGKILL)
        command.end()
        assert output.read_bytes() == first
    assert len(slow.requests) == CELLS
    assert "CanaryThatNobodySays" not in command.said.read_text()
    for path in output.parent.iterdir():
        assert b"CanaryThatNobodySays" not in path.read_bytes()


def test_ctrl_c_keeps_what_is_under_way_and_says_that_the_same_command_goes_on(command, slow, tmp_path):
    prompts, output = tmp_path / "prompts.jsonl", tmp_path / "groups.jsonl"
    groups(60).write(prompts)
    process = command.start(*arguments(prompts, output, slow))
    wait_for(slow, 30)
    os.kill(process, signal.SIGINT)
    assert command.end() == 130
    said = command.said.read_text()
    assert "Waiting for translations under way" in said
    assert "the same command goes on" in said
    assert not output.exists()
    assert 30 <= len(slow.requests) < 120
    command.start(*arguments(prompts, output, slow))
    assert command.end() == 0
    assert set(sources(slow).values()) == {1}
    assert len(slow.requests) == 120


def test_a_server_that_fails_hangs_and_gives_garbage_costs_no_cell(command, served_by, tmp_path):
    drawn, lock = random.Random(1), threading.Lock()
    count = Counter()

    def badly(body):
        with lock:
            one = drawn.random()
            kind = "fail" if one < 0.1 else "hang" if one < 0.12 else "garbage" if one < 0.15 else "well"
            count[kind] += 1
            bad = drawn.choice([b"{", "I cannot.", "<translation>%%%</translation>", "<translation></translation>"])
        return {"fail": 503, "hang": 2.0, "garbage": bad, "well": answer(body)}[kind]

    server = served_by(badly)
    prompts, output = tmp_path / "prompts.jsonl", tmp_path / "groups.jsonl"
    groups(70).write(prompts)
    more = ("--timeout", 0.5, "--temperature", 0, "--temperature", 0.7, "--concurrency", 16, "--json")
    command.start(*arguments(prompts, output, server, *more))
    assert command.end() == 0
    assert count["fail"] > 5
    assert count["hang"] > 1
    assert count["garbage"] > 2
    made = PromptGroups.read(output)
    assert [(one.prompts["es"], one.prompts["de"]) for one in made] == [
        (text(n, "es"), text(n, "de")) for n in range(10, 80)
    ]
    assert not output.with_name("groups.failed.jsonl").exists()
