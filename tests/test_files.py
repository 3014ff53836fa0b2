"""Files appear whole or not at all."""

from __future__ import annotations

import json
import math
import os
import platform
import subprocess
import sys

import pytest

from isoglot.errors import MissingFileError
from isoglot.files import without_nan, write_json, write_text, written_whole


def test_text_is_written_as_it_is_into_folders_that_come_with_it(tmp_path):
    path = write_text(tmp_path / "a" / "b.txt", "ک\r\n")
    assert path.read_bytes() == "ک\r\n".encode()
    assert write_text(path, "new").read_text() == "new"
    assert [file.name for file in path.parent.iterdir()] == ["b.txt"]


def test_an_error_leaves_the_old_file_and_nothing_beside_it(tmp_path):
    path = write_text(tmp_path / "a.txt", "old")

    def fail():
        with written_whole(path) as aside:
            aside.write_text("half")
            assert path.read_text() == "old"
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name != "posix", reason="no one to ask")
def test_what_a_kill_left_aside_goes_with_the_next_that_writes_the_file(tmp_path):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    with written_whole(tmp_path / "a[1].txt") as aside:
        aside.write_text("half")
    own = aside.name.removesuffix(str(os.getpid()))
    assert own == f".a[1].txt.isoglot-{platform.node()}-"
    names = [
        f"{own}{ended.pid}",
        f"{own}{os.getppid()}",  # at work
        f"{own}old",
        f"{own[:-1]}2-{ended.pid}",  # of a host whose name begins alike
        f".a[1].txt.isoglot-another-{ended.pid}",
        f".b.txt.isoglot-{platform.node()}-{ended.pid}",
        f".a[1].txt.{ended.pid}",  # somebody else's
    ]
    for name in names:
        (tmp_path / name).write_text("half")
    write_text(tmp_path / "a[1].txt", "new")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["a[1].txt", *names[1:]])


@pytest.mark.parametrize("error", [MissingFileError("no such thing."), OSError("what a library says")])
def test_an_error_that_is_none_of_the_system_keeps_its_words(tmp_path, error):
    said = str(error)

    def fail():
        with written_whole(tmp_path / "a.txt"):
            raise error

    with pytest.raises(OSError) as caught:  # noqa: PT011 - the words are looked at
        fail()
    assert str(caught.value) == said


def test_json_has_no_nan(tmp_path):
    value = {"a": (1.5, math.nan), "b": [math.inf, {"c": None}], "d": "ک", "e": True}
    text = write_json(tmp_path / "a.json", value).read_text(encoding="utf-8")
    assert json.loads(text) == {"a": [1.5, None], "b": [None, {"c": None}], "d": "ک", "e": True}
    assert "ک" in text
    assert without_nan(value)["a"] == [1.5, None]
