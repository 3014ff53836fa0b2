"""How messages of the library name the options that somebody typed."""

from __future__ import annotations

import pytest

from isoglot.cli.output.console import with_options

OPTIONS = {"kind": "--kind", "columns": "--columns", "max_retries": "--max-retries"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kind: expected harmful, got 'x'.", "--kind: expected harmful, got 'x'."),
        ("max_retries: expected 0 or more, got -1.", "--max-retries: expected 0 or more, got -1."),
        ("columns.tlh: expected a tag, got 'tlh'.", "--columns tlh: expected a tag, got 'tlh'."),
        ("p.csv: expected x, got y.\nkind: unknown kind 'x'.", "p.csv: expected x, got y.\n--kind: unknown kind 'x'."),
        ("shape: expected one of a, got b.", "shape: expected one of a, got b."),  # which nobody typed
    ],
)
def test_a_problem_of_a_setting_names_the_option(text, said):
    assert with_options(text, OPTIONS) == said


@pytest.mark.parametrize(
    "text",
    ["kind. Something else", "kind: of many a word", "kind.", "a kind: expected x", "kindly: expected x, got y."],
)
def test_other_text_stays_as_it_is(text):
    assert with_options(text, OPTIONS) == text
