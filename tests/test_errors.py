"""The form of messages, and files that appear whole."""

from __future__ import annotations

import json
import math

import pytest

from isoglot.errors import ConfigError, DataError, IsoglotError, MissingFileError, did_you_mean, problem, raise_all
from isoglot.files import write_json, write_text


def test_messages_have_one_form():
    assert problem("a.b", "a number", "'x'") == "a.b: expected a number, got 'x'."
    assert problem("a", "b", 1, "Do this") == "a: expected b, got 1. Do this."
    assert problem("a", "b", 1, did_you_mean("colour", ["color"])) == "a: expected b, got 1. Did you mean 'color'?"
    assert did_you_mean("zzz", ["color"]) == ""


def test_all_problems_are_raised_together_and_a_flood_is_counted():
    raise_all([], DataError)
    with pytest.raises(DataError, match=r"one\ntwo"):
        raise_all(["one", "two"], DataError)
    with pytest.raises(DataError) as raised:
        raise_all([str(n) for n in range(60)], DataError)
    assert str(raised.value).splitlines()[-1] == "... and 10 more problems."


def test_errors_are_ours_and_the_built_in_ones():
    assert issubclass(ConfigError, (IsoglotError, ValueError))
    assert issubclass(ConfigError, ValueError)
    assert issubclass(MissingFileError, FileNotFoundError)


def test_files_appear_whole(tmp_path, monkeypatch):
    path = write_text(tmp_path / "deep" / "file.txt", "old")
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        write_text(path, "new")
    assert path.read_text() == "old"


def test_json_has_no_nan(tmp_path):
    path = write_json(tmp_path / "x.json", {"a": math.nan, "b": [math.inf, 1.5], "c": ("d",)})
    assert json.loads(path.read_text()) == {"a": None, "b": [None, 1.5], "c": ["d"]}
