"""Where evaluations of a run lie."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from isoglot.cli.output.results import results_in
from isoglot.runs.evaluations import evaluations, name_of, own_folder, run_of

PROTOCOL = {"prompts_hash": "ab", "languages": ["en"], "decoding": {"max_new_tokens": 8}, "model_hash": "1"}


def test_the_same_prompts_and_settings_have_one_folder_whatever_the_model(tmp_path: Path):
    folder = own_folder(tmp_path, "MultiJail", PROTOCOL)
    assert folder.parent == tmp_path / "evaluations"
    assert folder.name.startswith("MultiJail-")
    assert own_folder(tmp_path, "MultiJail", PROTOCOL | {"model_hash": "2", "prompts": 3}) == folder
    for other in ({"prompts_hash": "ac"}, {"languages": ["sw"]}, {"decoding": {"max_new_tokens": 9}}):
        assert own_folder(tmp_path, "MultiJail", PROTOCOL | other) != folder


@pytest.mark.parametrize("name", ["../../up", "a b/c", "..", "", "x" * 300, "한국어", "nul\0"])
def test_no_name_of_a_file_leads_out_of_the_folder(tmp_path: Path, name: str):
    folder = own_folder(tmp_path, name, PROTOCOL)
    assert folder.resolve().parent == (tmp_path / "evaluations").resolve()
    folder.mkdir(parents=True)


def test_an_evaluation_of_an_earlier_version_is_gone_on_with_where_it_is(tmp_path: Path):
    (tmp_path / "protocol.json").write_text(json.dumps(PROTOCOL))
    assert own_folder(tmp_path, "any", PROTOCOL) == tmp_path
    assert own_folder(tmp_path, "any", PROTOCOL | {"languages": ["sw"]}) != tmp_path
    for broken in ("{", "[]", "[" * 100_000):
        (tmp_path / "protocol.json").write_text(broken)
        assert own_folder(tmp_path, "any", PROTOCOL) != tmp_path


def test_evaluations_are_those_with_responses(tmp_path: Path):
    assert evaluations(tmp_path) == []
    assert evaluations(tmp_path / "nowhere") == []
    for name in ("b", "a"):
        (tmp_path / "evaluations" / name).mkdir(parents=True)
        (tmp_path / "evaluations" / name / "responses.jsonl").touch()
    (tmp_path / "evaluations" / "empty").mkdir()
    (tmp_path / "evaluations" / "file").touch()
    assert [folder.name for folder in evaluations(tmp_path)] == ["a", "b"]
    (tmp_path / "responses.jsonl").touch()
    assert evaluations(tmp_path)[0] == tmp_path


def test_whose_an_evaluation_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "evaluations" / "a").mkdir(parents=True)
    assert run_of(tmp_path / "evaluations" / "a") == tmp_path
    assert run_of(tmp_path) == tmp_path
    assert run_of(Path("run/evaluations/a")) == Path("run")
    monkeypatch.chdir(tmp_path / "evaluations")
    assert run_of(Path("a")) == tmp_path


def test_what_an_evaluation_is_called_from_within_its_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("a", "b"):
        (tmp_path / "evaluations" / name / "inner").mkdir(parents=True)
        (tmp_path / "evaluations" / name / "responses.jsonl").touch()
    assert name_of(tmp_path, tmp_path) == "."
    monkeypatch.chdir(tmp_path / "evaluations" / "a")
    assert results_in(Path()).endswith(f"isoglot report {tmp_path} --evaluation a")
    assert results_in(Path("../b")).endswith(f"isoglot report {tmp_path} --evaluation b")
    monkeypatch.chdir("inner")
    assert results_in(Path("..")).endswith(f"isoglot report {tmp_path} --evaluation a")
    monkeypatch.chdir(tmp_path / "evaluations")
    assert run_of(Path("..")) == Path("..")
