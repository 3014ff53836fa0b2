"""The store of translations: what is found again, what is not kept, several processes, kills, files that are none."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from datetime import date
from types import SimpleNamespace

import pytest

from isoglot.errors import DataError
from isoglot.translators import Translation
from isoglot.translators.cache import Sent, TranslationCache

CANARY = "sk-local-CanaryThatNobodySays"
WRITER = """
import sys
from pathlib import Path
from types import SimpleNamespace
from isoglot.translators import Translation
from isoglot.translators.cache import TranslationCache

cache, who = TranslationCache(Path(sys.argv[1])), sys.argv[2]
engine = SimpleNamespace(backend="b", model="m", settings={})
for number in range(int(sys.argv[3])):
    cache.add(engine, [(f"{who} {number} {part}", "en", "sw", Translation("x" * 200)) for part in range(3)])
    print(number, flush=True)
"""


def engine(**other):
    return SimpleNamespace(**{"backend": "openai", "model": "m", "settings": {"b": 1, "a": [2]}} | other)


@pytest.fixture
def cache(tmp_path):
    found = TranslationCache(tmp_path / "new" / "cache.sqlite")
    yield found
    found.close()


def test_what_was_made_is_found_by_all_that_decides_it(cache, tmp_path):
    odd = "half \ud800, nul \0, עברית\n"
    made = Translation("made \0 of \ud800 it", input_tokens=5, output_tokens=6)
    cache.add(engine(), [(odd, "en", "sw", made)])
    kept = cache.get(engine(settings={"a": [2], "b": 1}), odd, "en", "sw")
    assert kept.translation == Translation("made \0 of \ufffd it", input_tokens=5, output_tokens=6)
    assert abs((date.today() - date.fromisoformat(kept.day)).days) <= 1
    for other, asked in (
        (engine(), (odd + " ", "en", "sw")),
        (engine(), (odd, "ca", "sw")),
        (engine(), (odd, "en", "ckb")),
        (engine(backend="hf"), (odd, "en", "sw")),
        (engine(model="m2"), (odd, "en", "sw")),
        (engine(settings={"b": 1, "a": [3]}), (odd, "en", "sw")),
    ):
        assert cache.get(other, *asked) is None
    again = TranslationCache(tmp_path / "new" / "cache.sqlite")  # another process's view, at the same time
    assert again.get(engine(), odd, "en", "sw") == kept
    again.close()


def test_failures_that_last_are_kept_and_others_not(cache):
    lasting, passing = Translation(None, "declined", lasting=True, input_tokens=7), Translation(None, "no network")
    cache.add(engine(), [("a", "en", "sw", lasting), ("b", "en", "sw", passing), ("c", "en", "sw", Translation("old"))])
    cache.add(engine(), [("c", "en", "sw", Translation("new"))])
    assert cache.get(engine(), "a", "en", "sw").translation == lasting
    assert cache.get(engine(), "b", "en", "sw") is None
    assert cache.get(engine(), "c", "en", "sw").translation.text == "new"


def test_requests_that_wait_for_an_answer_are_noted(cache):
    cache.send([b"1", b"2"], Sent("name", None))
    cache.send([b"2"], Sent("name", "batch_7"))
    assert cache.sent([b"1", b"2", b"3"]) == {b"1": Sent("name", None), b"2": Sent("name", "batch_7")}
    cache.forget([b"1"])
    assert set(cache.sent([b"1", b"2"])) == {b"2"}


def test_what_is_no_store_is_refused_and_left_as_it_is(tmp_path):
    text, other, later, folder = (tmp_path / name for name in ("text", "other", "later", "folder"))
    text.write_text("no database, but long enough to look at " * 100)
    folder.mkdir()
    for path, statement in ((other, "CREATE TABLE mine (x)"), (later, "PRAGMA user_version = 9")):
        with sqlite3.connect(path) as store:
            if path is later:
                store.execute("PRAGMA application_id = 0x69736f74")
            store.execute(statement)
        store.close()
    for path, said in (
        (text, "file is not a database"),
        (other, "something else"),
        (later, "later version"),
        (folder, "unable"),
    ):
        before = path.read_bytes() if path.is_file() else None
        with pytest.raises(
            DataError,
            match=rf"{path}: expected a store (of translations|that can be written), got .*{said}.* another",
        ):
            TranslationCache(path)
        assert before is None or path.read_bytes() == before
    full = TranslationCache(tmp_path / "full")
    full._store.execute("PRAGMA max_page_count = 8")
    with pytest.raises(OSError, match="full") as caught:
        full.add(engine(), [(str(number), "en", "sw", Translation("x" * 500)) for number in range(500)])
    assert caught.value.filename == str(tmp_path / "full")
    assert full.get(engine(), "0", "en", "sw") is None  # all of a batch or nothing of it
    full.close()


def test_a_process_in_the_way_is_waited_for(tmp_path, monkeypatch):
    """Also where SQLite itself does not wait, as when one makes the file and another opens it."""
    connect = sqlite3.connect
    monkeypatch.setattr("sqlite3.connect", lambda path, **more: connect(path, **more | {"timeout": 0}))
    other = sqlite3.connect(tmp_path / "cache", isolation_level=None, check_same_thread=False)

    def held():
        other.execute("BEGIN EXCLUSIVE")
        later = threading.Timer(0.2, other.execute, ["COMMIT"])
        later.start()
        return later

    later = held()
    cache = TranslationCache(tmp_path / "cache")
    later.join()
    later = held()
    cache.add(engine(), [("a", "en", "sw", Translation("b"))])
    later.join()
    assert cache.get(engine(), "a", "en", "sw").translation.text == "b"
    other.close()
    cache.close()


@pytest.mark.training
def test_processes_share_it_and_a_kill_loses_nothing_that_was_kept(tmp_path):
    path, chance = tmp_path / "shared.sqlite", random.Random(1)
    command = [sys.executable, "-c", WRITER, str(path)]
    writers = [
        subprocess.Popen([*command, str(who), str(40 if who else 10**9)], stdout=subprocess.PIPE, text=True)
        for who in range(4)
    ]
    time.sleep(0.5 + chance.random())
    writers[0].stdout.readline()
    os.kill(writers[0].pid, signal.SIGKILL)
    said = [[int(line) for line in writer.communicate(timeout=60)[0].split("\n")[:-1]] for writer in writers]
    assert [writer.returncode for writer in writers] == [-signal.SIGKILL, 0, 0, 0]
    assert len(said[1]) == len(said[2]) == len(said[3]) == 40
    cache, asked = TranslationCache(path), engine(backend="b", settings={})
    for who, numbers in enumerate(said):
        for number in ([0] if who == 0 else []) + numbers:
            assert all(cache.get(asked, f"{who} {number} {part}", "en", "sw") for part in range(3)), (who, number)
    cache.close()
