"""Whose folder it is: held by one process at a time, refused where it is somebody else's or has other settings."""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
import time
from pathlib import Path

import pytest

from isoglot.errors import RunError
from isoglot.runs import folder as module
from isoglot.runs.folder import differences, held, refuse_file, refuse_foreign, refuse_other_settings


def hold(folder: Path, ready) -> None:
    with held(folder):
        ready.set()
        time.sleep(60)


@pytest.mark.training
def test_a_killed_process_lets_go(tmp_path):
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    other = context.Process(target=hold, args=(tmp_path / "run", ready))
    other.start()
    try:
        assert ready.wait(60)
        with pytest.raises(RunError, match="no other process at work in it, got one that is"), held(tmp_path / "run"):
            pass
    finally:
        os.kill(other.pid, signal.SIGKILL)
        other.join()
    with held(tmp_path / "run"):
        (tmp_path / "run" / "result").touch()
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["result"]


def test_nothing_stays_of_a_folder_that_nothing_came_of(tmp_path):
    with held(tmp_path / "run"):
        pass
    assert not (tmp_path / "run").exists()


def test_a_lock_file_that_was_removed_meanwhile_is_nobodys(tmp_path, monkeypatch):
    """Its holder removes it between our opening and locking it: a third process would lock another file."""
    real, files = module.fcntl.flock, []

    def flock(file, how):
        real(file, how)
        files.append(file)
        if len(files) == 1:
            (tmp_path / ".lock").unlink()

    monkeypatch.setattr(module.fcntl, "flock", flock)
    with held(tmp_path):
        assert len(files) == 2
        assert os.fstat(files[1].fileno()).st_ino == (tmp_path / ".lock").stat().st_ino


def test_a_file_is_no_folder_to_write_into(tmp_path):
    refuse_file(tmp_path / "no" / "such")
    (tmp_path / "file").touch()
    for folder, got in ((tmp_path / "file", "a file"), (tmp_path / "file" / "a", f"the file {tmp_path / 'file'}")):
        said = re.escape(f"{folder}: expected a folder, or a place for one, got {got}. Choose another output.")
        with pytest.raises(RunError, match=said), held(folder):
            pass


def test_a_folder_of_somebody_else_is_refused(tmp_path):
    refuse_foreign(tmp_path / "nowhere", ["trials"], "a sweep")
    refuse_foreign(tmp_path, ["trials"], "a sweep")
    (tmp_path / "notes.txt").touch()
    with pytest.raises(RunError, match="expected an empty folder or a sweep's, got a folder with other files"):
        refuse_foreign(tmp_path, ["trials"], "a sweep")
    (tmp_path / "trials").mkdir()
    refuse_foreign(tmp_path, ["trials"], "a sweep")


def test_everything_that_differs_is_named_with_both_values(tmp_path):
    before, now = {"a": {"b": 1, "c": [1]}, "d": None}, {"a": {"b": 2, "c": [1]}, "e": "x"}
    assert differences(before, now) == ["a.b (1 there, 2 now)", "e (None there, 'x' now)"]
    assert differences(before, before) == []
    assert differences("text", {"a": 1}) == [" ('text' there, {'a': 1} now)"]
    with pytest.raises(RunError, match=r"a run with the same settings, .*a\.b \(1 there, 2 now\); .*; more") as error:
        refuse_other_settings(tmp_path, before, now, "a run", changed=["more"])
    assert str(error.value).startswith(f"{tmp_path}: expected ")


def test_large_and_many_differences_fit_a_screen(tmp_path):
    before, now = {"a": "x" * 100_000, "b": [1] * 50_000}, {"a": "y" * 100_000, "b": {"c": 1}}
    assert all(len(found) < 200 for found in differences(before, now))
    with pytest.raises(RunError, match=r"a \('xxx.*b \(\[1, 1, .* there, \{'c': 1\} now\)\. Choose") as error:
        refuse_other_settings(tmp_path, before, now, "a run")
    assert len(str(error.value)) < 1_000
    many = {f"setting{n}": n for n in range(1_000)}
    with pytest.raises(RunError, match=r"setting9 \(9 there, None now\); and 990 more\. Choose another") as error:
        refuse_other_settings(tmp_path, many, {}, "a run")
    assert len(str(error.value)) < 1_000
    refuse_other_settings(tmp_path, now, now, "a run")
