"""Values of options that cannot be: told in the one form, all of a command's at once."""

from __future__ import annotations

import pytest


def test_all_that_is_wrong_is_told_at_once(call):
    status, out, err = call(
        "evaluate", "x", "--prompts", "y", "--samples", "0", "--temperature=-1", "--limit", "few", "--dtype", "int4"
    )
    assert (status, out) == (2, "")
    assert sorted(err.strip().splitlines()) == [
        "--dtype: expected one of auto, float32, bfloat16, float16, got 'int4'.",
        "--limit: expected a whole number, got 'few'.",
        "--samples: expected 1 or more, got '0'.",
        "--temperature: expected 0 or more, got '-1'.",
    ]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("translate", "x"), ["--backend: ", "--output: ", "--to: "]),
        (("report",), ["runs: "]),
        (("groups", "split", "x", "--near", "2"), ["--near: expected 1", "--output: "]),
    ],
)
def test_what_a_command_needs_is_named(call, arguments, told):
    status, out, err = call(*arguments)
    lines = sorted(err.strip().splitlines())
    assert (status, out, len(lines)) == (2, "", len(told))
    for line, begins in zip(lines, told, strict=True):
        assert line.startswith(begins)
        assert ", got " in line
    assert "expected a value, since the command needs it, got nothing. See " in err


def test_what_is_none_of_an_option_is_said_as_ever(call):
    status, _, err = call("report", "x", "--nope")
    assert status == 2
    assert "No such option" in err


def test_an_argument_of_the_chat_template_is_shown_one(call, tmp_path):
    asked = ("evaluate", tmp_path, "--prompts", tmp_path / "y.jsonl", "--chat-template-kwargs", "x")
    status, _, err = call(*asked)
    expected = "--chat-template-kwargs: expected NAME=VALUE, as in enable_thinking=false, got 'x'."
    assert (status, err.strip().splitlines()[-1]) == (2, expected)
