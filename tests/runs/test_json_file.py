"""Files that a command goes on by: what they said is known, or its loss is named."""

from __future__ import annotations

import json

import pytest

from isoglot.errors import RunError
from isoglot.runs import read_responses
from isoglot.runs.json_file import read_object
from isoglot.train import RunDirectory

DAMAGED = ["", "\0" * 40, "[]", "null", '"a"', "{", "[" * 3_000, '{"finished": tru']


@pytest.mark.parametrize("text", DAMAGED)
def test_a_damaged_file_is_not_taken_for_none(tmp_path, text):
    assert read_object(tmp_path / "a.json", "what was") == {}
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(RunError, match=r"a\.json: expected what was, got something else\. Choose another folder\."):
        read_object(tmp_path / "a.json", "what was")
    (tmp_path / "environment.json").write_text(text)
    with pytest.raises(RunError, match=r"environment\.json: expected what a run records.*Put it back"):
        _ = RunDirectory(tmp_path).finished


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
