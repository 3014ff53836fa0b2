"""The defaults that docs/consistency.md tells are those that the term has."""

from __future__ import annotations

import re

import yaml

from isoglot import Consistency

from .pages import tables, under

IN_WORDS = {  # settings whose default is told in words: what stands for them in the code
    "extractor": None,
    "groups_per_step": None,
    "languages_per_step": None,
    "gradient_layers": None,
    "max_prompt_tokens": None,
}


def value(written: str) -> object:
    """A default as the page writes it: YAML, or a tuple of Python."""
    return tuple(re.findall(r'"(\w+)"', written)) if written.startswith("(") else yaml.safe_load(written)


def test_every_setting_is_in_the_table_with_its_default():
    (head, *rows) = tables(under("docs/consistency.md", "Settings"))[0]
    assert head[:2] == ["setting", "default"]
    told = {}
    for names, defaults, *_ in rows:
        settings = re.findall(r"`(\w+)`", names)
        told |= dict(zip(settings, defaults.replace("`", "").split(", ", len(settings) - 1), strict=True))
    assert set(told) == set(Consistency.model_fields)
    assert all(getattr(Consistency(), name) is default for name, default in IN_WORDS.items())
    wrong = {
        name: default
        for name, default in told.items()
        if name not in IN_WORDS and value(default) != getattr(Consistency(), name)
    }
    assert not wrong
