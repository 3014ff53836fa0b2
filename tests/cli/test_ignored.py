"""Options that would be ignored are refused, all at once, before anything is read."""

from __future__ import annotations

import json

import pytest
from typer.utils import get_params_from_function

from isoglot.cli.app import app
from isoglot.cli.options import evaluate_rules

NOT_OF_A_PLAN = {
    "output": "o", "with": "rules", "calibration": "c", "dry-run": None, "max-new-tokens": 9, "seed": 1, "shard": "1/2",
    "fail-under": "harmful_refused=0.99", "fail-over": "harmless_refused=0.1", "strict": None, "info": "a=b",
    "extra-body": "a=1",
    "chat-template-kwargs": "a=1", "system-prompt": "x", "date": "2026-01-01",
    "utility": "mgsm", "utility-limit": 3, "include-path": "t", "base": "b",
    "utility-template": "on", "base-url": "u", "max-connections": 2, "timeout": 5, "max-retries": 1, "batch-size": 2,
    "judge-max-connections": 2, "judge-timeout": 5, "judge-max-retries": 1, "judge-max-tokens": 9,
    "dtype": "auto", "trust-remote-code": None,
}  # fmt: skip
PLAN = ("evaluate", "model", "--prompts", "p.jsonl", "--plan")
TRANSLATE = ("translate", "p.txt", "--to", "es", "-o", "o.jsonl", "--backend", "command:cat")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("check", "none.jsonl", "--price", "1/2", "--timeout", "120"),  # which is the default, but asked for
            "--timeout, --price: expected --round-trip in the same command, got none. "
            "They do nothing otherwise: add --round-trip, or remove them.",
        ),
        (
            ("judge", "run", "--price", "1/2"),
            "--price: expected --with or --probe in the same command, got none. "
            "It does nothing otherwise: add --with or --probe, or remove it.",
        ),
        (
            ("judge", "run", "--panel", "worst", "--timeout", "5", "--max-retries", "1"),
            "--timeout, --max-retries: expected a judge that asks a model, as in --with guard:NAME@PROVIDER, got "
            "a panel of the verdicts that are there. They do nothing here: remove them.",
        ),
        (
            ("judge", "run", "--probe", "--strict"),
            "--strict: expected a command without --probe, got --probe. "
            "It does nothing beside --probe: remove it, or --probe.",
        ),
        (
            ("calibrate", "l.csv", "--evaluation", "x"),
            "--evaluation: expected --run in the same command, got none. "
            "It does nothing otherwise: add --run, or remove it.",
        ),
        (
            ("evaluate", "model", "--suite", "pku", "--kind", "harmful", "--plan-rate", "0.5", "--base", "other"),
            "--kind: expected --prompts in the same command, got none. "
            "It does nothing otherwise: add --prompts, or remove it.\n"
            "--plan-rate: expected --plan in the same command, got none. "
            "It does nothing otherwise: add --plan, or remove it.\n"
            "--base: expected --utility in the same command, got none. "
            "It does nothing otherwise: add --utility, or remove it.",
        ),
        (
            ("evaluate", "model", "--utility", "mgsm", "--dry-run", "--data", "x"),
            "--data: expected --suite in the same command, got none. "
            "It does nothing otherwise: add --suite, or remove it.\n"
            "--dry-run: expected --prompts or --suite in the same command, got --utility alone. "
            "It does nothing otherwise: add --prompts or --suite, or remove it.",
        ),
        (
            ("evaluate", "folder", "--prompts", "p.jsonl", "--base-url", "http://127.0.0.1:9/v1"),
            "--base-url: expected a model that a server runs, got folder. It does nothing here: remove it.",
        ),
        (  # whose own timeout is another
            ("evaluate", "openai/m", "--prompts", "p.jsonl", "--timeout", "9", "--judge-timeout", "5"),
            "--judge-timeout: expected a judge that asks a model, as in --with guard:NAME@PROVIDER, got rules. "
            "It does nothing here: remove it.",
        ),
        (
            ("evaluate", "openai/m", "--prompts", "p.jsonl", "--dtype", "auto"),
            "--dtype: expected a model that is loaded here, got openai/m. It does nothing here: remove it.",
        ),
        (
            (*PLAN, "--fail-under", "harmful_refused=0.99", "--utility", "mgsm", "--utility-limit", 3),
            "--fail-under, --utility, --utility-limit: expected a command without --plan, got --plan. "
            "They do nothing beside --plan: remove them, or --plan.",
        ),
        (
            (*PLAN, "--base", "other"),  # said once, though --utility is not there either
            "--base: expected a command without --plan, got --plan. "
            "It does nothing beside --plan: remove it, or --plan.",
        ),
        (
            (*PLAN, "--temperature", "0.8"),
            "--temperature: expected --samples above 1 beside --plan, got 1. "
            "It does nothing in a plan of one answer to each prompt: remove it.",
        ),
        (
            (*TRANSLATE, "--temperature", "0.5", "--timeout", "3", "--max-retries", "9"),
            "--max-retries: expected a backend of the kind openai, openai-batch or libretranslate, got command:cat. "
            "It does nothing here: remove it.\n"
            "--temperature: expected a backend of the kind openai or openai-batch, got command:cat. "
            "It does nothing here: remove it.",
        ),
        (
            ("check", "groups.jsonl", "--round-trip", "file:back.tsv", "--timeout", "3", "--price", "1/2"),
            "--timeout: expected a backend of the kind openai, openai-batch, libretranslate or command, got "
            "file:back.tsv. It does nothing here: remove it.\n"
            "--price: expected a backend of the kind openai or openai-batch, got file:back.tsv. "
            "It does nothing here: remove it.",
        ),
        (
            ("judge", "run", "--probe", "--translator", "file:back.tsv", "--timeout", "3"),
            "--timeout: expected a judge that asks a model, as in --with guard:NAME@PROVIDER, got rules. "
            "It does nothing here: remove it.",
        ),
    ],
)
def test_an_option_that_would_be_ignored_ends_with_2(call, tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    assert call(*arguments) == (2, "", f"{said}\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("option", NOT_OF_A_PLAN)
def test_a_plan_ignores_no_option_in_silence(call, tmp_path, monkeypatch, option):
    monkeypatch.chdir(tmp_path)
    value = NOT_OF_A_PLAN[option]
    status, _, said = call(*PLAN, f"--{option}", *([] if value is None else [value]))
    assert (status, said.startswith(f"--{option}: expected a command without --plan, got --plan.")) == (2, True), said


def test_every_option_of_evaluate_is_used_by_a_plan_or_refused_beside_it():
    (command,) = [one for one in app.registered_commands if one.name == "evaluate"]
    names = {one.name: one for one in get_params_from_function(command.callback).values()}
    used = {"ctx", "model", "prompts", "suite", "languages", "limit", "json", "data", "kind", "shape", "columns"}
    used |= {"skip_bad_rows", "samples", "temperature", "plan", "plan_rate", "again"}
    refused = set(evaluate_rules.RULES[0].options)
    assert used | refused == set(names)
    assert not used & refused


@pytest.mark.parametrize(
    ("kind", "takes"),
    [
        ("openai:m@http://127.0.0.1:9/v1", {"concurrency", "timeout", "max-retries", "temperature", "price"}),
        ("openai-batch:m@http://127.0.0.1:9/v1", {"timeout", "max-retries", "temperature", "price"}),
        ("libretranslate:http://127.0.0.1:9", {"concurrency", "timeout", "max-retries"}),
        ("command:cat", {"concurrency", "timeout"}),
        ("file:x.tsv", set()),
        ("hf:x", set()),
        ("ct2:x", set()),
    ],
)
def test_an_option_of_translate_counts_if_one_of_the_backends_takes_it(call, tmp_path, monkeypatch, kind, takes):
    monkeypatch.chdir(tmp_path)
    given = {"concurrency": 2, "timeout": 5, "max-retries": 1, "temperature": 0.5, "price": "1/2"}
    arguments = [text for name, value in given.items() for text in (f"--{name}", value)]
    base = ("translate", "p.txt", "--to", "es", "-o", "o.jsonl", *arguments)
    status, _, said = call(*base, "--backend", kind)
    lines = [line.partition(":")[0] for line in said.splitlines() if "nothing here" in line]
    refused = {option.removeprefix("--") for line in lines for option in line.split(", ")}
    assert status
    assert refused == given.keys() - takes
    openai = ("--backend", "openai:m@http://127.0.0.1:9/v1")
    assert "does nothing" not in call(*base, "--backend", kind, *openai)[2]
    assert "does nothing" not in call(*base, "--backend", "opnai:m")[2]  # the mistake is another one


def test_the_other_option_or_another_model_is_enough(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for arguments in (
        ("check", "none.jsonl", "--price", "1/2", "--round-trip", "openai:m@http://127.0.0.1:9/v1"),
        ("evaluate", "isoglot/folder", "--prompts", "p", "--dtype", "auto", "--timeout", "5"),
        ("evaluate", "folder", "--prompts", "p", "--utility", "mgsm", "--base", "openai/m", "--timeout", "5"),
        ("evaluate", "--limit", "3"),  # of which more is lacking
    ):
        status, _, said = call(*arguments)
        assert status
        assert "nothing otherwise" not in said
        assert "nothing here" not in said


def test_what_a_protocol_says_is_no_mistake_of_who_runs_it_again(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    command = {"model": "folder", "prompts": ["p.jsonl"], "timeout": 5, "max_retries": 5, "plan_rate": [0.5]}
    (tmp_path / "protocol.json").write_text(json.dumps({"command": command}))
    _, _, said = call("evaluate", "--from", "protocol.json")
    assert "nothing otherwise" not in said
    assert "nothing here" not in said
    assert "timeout 5" in said
