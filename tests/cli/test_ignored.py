"""Options that would be ignored are refused, all at once, before anything is read."""

from __future__ import annotations

import json

import pytest

LEAVE = "Leave it out otherwise."


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("check", "none.jsonl", "--price", "1/2", "--timeout", "120"),  # which is the default, but asked for
            "--timeout, --price: expected --round-trip beside them, got none. Leave them out otherwise.",
        ),
        (("judge", "run", "--price", "1/2"), f"--price: expected --with or --probe beside it, got none. {LEAVE}"),
        (("judge", "run", "--probe", "--strict"), f"--strict: expected no --probe beside it, got one. {LEAVE}"),
        (("calibrate", "l.csv", "--evaluation", "x"), f"--evaluation: expected --run beside it, got none. {LEAVE}"),
        (
            ("evaluate", "model", "--suite", "pku", "--kind", "harmful", "--plan-rate", "0.5", "--base", "other"),
            "--kind: expected --prompts beside it, got none. Leave it out otherwise.\n"
            "--plan-rate: expected --plan beside it, got none. Leave it out otherwise.\n"
            "--base: expected --utility beside it, got none. Leave it out otherwise.",
        ),
        (
            ("evaluate", "model", "--utility", "mgsm", "--dry-run", "--data", "x"),
            "--data: expected --suite beside it, got none. Leave it out otherwise.\n"
            "--dry-run: expected --prompts or --suite beside it, got --utility alone. Leave it out otherwise.",
        ),
        (
            ("evaluate", "folder", "--prompts", "p.jsonl", "--base-url", "http://127.0.0.1:9/v1"),
            f"--base-url: expected a model that a server runs, got folder. {LEAVE}",
        ),
        (
            ("evaluate", "openai/m", "--prompts", "p.jsonl", "--dtype", "auto"),
            f"--dtype: expected a model that is loaded here, got openai/m. {LEAVE}",
        ),
    ],
)
def test_an_option_that_would_be_ignored_ends_with_2(call, tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    assert call(*arguments) == (2, "", f"{said}\n")
    assert list(tmp_path.iterdir()) == []


def test_the_other_option_or_another_model_is_enough(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for arguments in (
        ("check", "none.jsonl", "--price", "1/2", "--round-trip", "file:x"),
        ("evaluate", "isoglot/folder", "--prompts", "p", "--dtype", "auto", "--timeout", "5"),
        ("evaluate", "folder", "--prompts", "p", "--utility", "mgsm", "--base", "openai/m", "--timeout", "5"),
        ("evaluate", "--limit", "3"),  # of which more is lacking
    ):
        status, _, said = call(*arguments)
        assert status
        assert "Leave" not in said


def test_what_a_protocol_says_is_no_mistake_of_who_runs_it_again(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    command = {"model": "folder", "prompts": ["p.jsonl"], "timeout": 5, "max_retries": 5, "plan_rate": [0.5]}
    (tmp_path / "protocol.json").write_text(json.dumps({"command": command}))
    _, _, said = call("evaluate", "--from", "protocol.json")
    assert "Leave" not in said
    assert "timeout 5" in said
