"""The training groups of a run directory that may be a stranger's: what is read of them, and what is said."""

from __future__ import annotations

import hashlib
import os
import signal
from pathlib import Path

import pytest
import yaml

from isoglot import PromptGroups
from isoglot.evaluate.prompts import training_files as module
from isoglot.evaluate.prompts import training_groups
from isoglot.evaluate.prompts.seen import seen_in_training
from isoglot.files import write_json
from isoglot.groups import PromptGroup
from isoglot.runs.environment import content_hash

OF_NOTHING = hashlib.sha256().hexdigest()[:16]  # what a hash is of what is no file
GROUPS = PromptGroups([PromptGroup.from_record({"id": "1", "kind": "harmful", "prompts": {"en": "How?"}})])


def why(reason):
    return reason.format(what=training_groups.WHAT)


@pytest.fixture
def said(tmp_path):
    """What an evaluation says of a run that names these groups, and has this hash of them."""

    def make(groups, hashed=None, **data):
        run = tmp_path / "run"
        run.mkdir(exist_ok=True)
        (run / "run.yaml").write_text(yaml.safe_dump({"method": "dpo", "data": {"groups": groups, **data}}))
        write_json(run / "environment.json", {"inputs": {} if hashed is None else {"data.groups": hashed}})
        return seen_in_training(str(run), GROUPS)

    return make


@pytest.fixture(autouse=True)
def soon():
    """A test that waits fails."""

    def late(*_):
        pytest.fail("it waits")

    if not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, 20)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def test_a_file_is_read_only_with_the_hash_that_the_run_has(said, tmp_path):
    file = tmp_path / "cred.csv"
    file.write_text("got user,secret-token-abc\n1,2\n")
    assert said(str(file)) == {"unknown": why(module.NO_HASH)}
    assert said(str(file), 7) == {"unknown": why(module.NO_HASH)}
    assert said(str(file), "0" * 16) == {"unknown": why(module.CHANGED)}
    assert said(str(file), content_hash(file)) == {"unknown": why(module.UNREADABLE)}  # and not what is in it
    GROUPS.write(tmp_path / "train.jsonl")
    own = str(tmp_path / "train.jsonl")
    assert said([own], content_hash(Path(own))) == {"shared": 1, "near": 0, "of": 1, "files": ["train.jsonl"]}
    assert said([own]) == {"unknown": why(module.NO_HASH)}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_what_never_ends_is_not_read(said, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (str(tmp_path / "pipe"), "/dev/zero"):
        for hashed in (None, OF_NOTHING):
            assert said(path, hashed) == {"unknown": why(module.NO_FILES if hashed else module.NO_HASH)}
    run = tmp_path / "run"
    (run / "environment.json").unlink()
    os.mkfifo(run / "environment.json")
    assert seen_in_training(str(run), GROUPS) == {"unknown": why(module.NO_HASH)}
    (run / "run.yaml").unlink()
    os.mkfifo(run / "run.yaml")
    assert seen_in_training(str(run), GROUPS) == {}


def test_of_folders_only_those_of_a_known_shape_are_looked_into(said, tmp_path, monkeypatch):
    known = tmp_path / "xsafety"
    (known / "en").mkdir(parents=True)
    (known / "en" / "bias.csv").write_text("How?\nWhy?\n")
    (known / "empty").touch()
    hashed = content_hash(known)
    assert said(str(known), hashed) == {"shared": 1, "near": 0, "of": 1, "files": ["xsafety"]}
    outside = {"path": str(known), "columns": {"en": "../cred.csv"}}
    assert said(outside, hashed) == {"unknown": why(module.NO_FILES)}
    (known / "de").symlink_to(tmp_path)  # what is behind it has no part in the hash
    assert said(str(known), content_hash(known)) == {"unknown": why(module.NO_FILES)}
    monkeypatch.setattr(module, "content_hash", lambda _: pytest.fail("the whole disk is hashed"))
    assert said("/", hashed) == {"unknown": why(module.NO_FILES)}
    assert said({"path": "/", "shape": "xsafety"}, hashed) == {"unknown": why(module.NO_FILES)}


def test_the_hub_is_not_asked(said, monkeypatch):
    monkeypatch.setattr("isoglot.groups.readers.hub._loaded", lambda _: pytest.fail("the network is used"))
    for hashed in (None, OF_NOTHING):
        assert said("hf:some/data:train", hashed) == {"unknown": why(training_groups.HUB)}
        assert said(["a.jsonl", {"path": "hf:some/data"}], hashed) == {"unknown": why(training_groups.HUB)}


def test_reasons_are_true(said, tmp_path):
    GROUPS.write(tmp_path / "train.jsonl")
    file = tmp_path / "train.jsonl"
    hashed = content_hash(file)
    assert said({"path": str(file), "shape": "tabel"}, hashed) == {"unknown": why(module.MISTAKE)}
    assert said(3, hashed) == {"unknown": why(module.MISTAKE)}
    assert said({"path": str(file), "shape": "pku-test"}, hashed) == {"unknown": why(module.UNREADABLE)}
    assert said(str(tmp_path / "none.jsonl"), hashed) == {"unknown": why(module.GONE)}
    assert said("x" * 5000, hashed) == {"unknown": why(module.GONE)}
    assert said(str(tmp_path / "train.{lang}.txt"), OF_NOTHING) == {"unknown": why(training_groups.PATTERN)}


def test_a_library_that_is_missing_is_the_reason(said, tmp_path, monkeypatch):
    from isoglot import extras

    file = tmp_path / "train.parquet"
    file.write_bytes(b"PAR1")
    monkeypatch.setitem(extras.EXTRAS["parquet"], "pyarrow", "999")
    assert said(str(file), content_hash(file)) == {"unknown": why(module.LIBRARY)}
