"""Files that a command goes on by: what they said is known, or its loss is named."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from isoglot.errors import RunError
from isoglot.files import write_json
from isoglot.quickstart import run as quickstart
from isoglot.runs import read_responses
from isoglot.runs.json_file import read_object, readable_object
from isoglot.train import RunDirectory
from isoglot.train.checkpoints import UNFINISHED, fault, tokens_of
from isoglot.train.log import LogFile

DAMAGED = [b"", b"\0" * 40, b"[]", b"null", b'"a"', b"{", b"[" * 3_000, b'{"finished": tru', b'{"a": "\xff"}']
LOG = b'{"step": 1, "loss": 0.5}\n'


@pytest.mark.parametrize("text", DAMAGED)
def test_a_damaged_file_is_not_taken_for_none(tmp_path, text):
    assert read_object(tmp_path / "a.json", "what was") == {}
    (tmp_path / "a.json").write_bytes(text)
    with pytest.raises(RunError, match=r"a\.json: expected what was, got something else\. Choose another folder\."):
        read_object(tmp_path / "a.json", "what was")
    (tmp_path / "environment.json").write_bytes(text)
    with pytest.raises(RunError, match=r"environment\.json: expected what a run records.*Put it back"):
        _ = RunDirectory(tmp_path).finished


@pytest.mark.parametrize("text", DAMAGED)
def test_what_cannot_be_read_is_of_no_use_and_stops_nothing(tmp_path, text):
    assert readable_object(tmp_path / "a.json") == {}
    (tmp_path / "a.json").write_bytes(text)
    assert readable_object(tmp_path / "a.json") == {}
    assert readable_object(tmp_path) == {}
    checkpoint = tmp_path / "checkpoint-1"
    checkpoint.mkdir()
    (checkpoint / "isoglot.json").write_bytes(text)
    assert fault(checkpoint) == UNFINISHED
    assert tokens_of(checkpoint) is None


@pytest.mark.parametrize("name", ["\0", "x" * 5_000, "\ud800", "no/such"])
def test_a_sealed_file_of_any_name_is_not_there(tmp_path, name):
    write_json(tmp_path / "isoglot.json", {"run": "a", "files": {name: "0"}})
    assert fault(tmp_path).endswith("is not there")


@pytest.mark.parametrize("text", [*DAMAGED, b'{"step": "1"}', b'{"step": null}', b'{"step": [[1]]}', b'{"loss": 1}'])
def test_what_is_no_line_of_the_log_is_left_out(tmp_path, text):
    path = tmp_path / "log.jsonl"
    path.write_bytes(text + b"\n" + LOG + text + b"\n" + LOG.replace(b"1", b"9"))
    state = SimpleNamespace(is_world_process_zero=True, global_step=2)
    LogFile(path).on_train_begin(None, state, None)
    assert path.read_bytes() == LOG


@pytest.mark.parametrize("text", DAMAGED)
def test_a_quickstart_whose_settings_are_damaged_is_refused(tmp_path, text):
    (tmp_path / "settings.json").write_bytes(text)
    with pytest.raises(RunError, match=r"settings\.json: expected the settings of a quickstart, got something else"):
        quickstart(tmp_path)


@pytest.mark.parametrize("wrong", [{"inputs": ["a"]}, {"resumed_at": "now"}])
def test_what_a_run_recorded_has_its_shape(tmp_path, wrong):
    (tmp_path / "environment.json").write_text(json.dumps({"finished": True} | wrong))
    with pytest.raises(RunError, match="expected what a run records"):
        RunDirectory(tmp_path).environment()


@pytest.mark.parametrize("line", ['""', "[]", "null", "1", "[" * 3_000, '{"group": ' * 3_000, "{}"])
def test_a_line_that_is_no_response_is_named(tmp_path, line):
    (tmp_path / "responses.jsonl").write_text(f"{line}\n{{}}\n")
    with pytest.raises(RunError, match=r"responses\.jsonl, line 1: expected a response, got something else"):
        list(read_responses(tmp_path / "responses.jsonl"))


def test_a_file_that_the_system_refuses_is_named(call, tmp_path):
    line = dict.fromkeys(("group", "language", "kind", "pivot", "prompt", "response"), "en")
    (tmp_path / "responses.jsonl").write_text(json.dumps(line) + "\n")
    (tmp_path / "metrics.json").mkdir()
    status, _, err = call("judge", tmp_path)
    assert status == 1
    assert "metrics.json" in err
    assert "expected a file or folder that can be used, got Is a directory." in err
    assert "Unexpected" not in err
