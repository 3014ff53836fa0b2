"""The room of settings: everything wrong at once, in one form, with its dotted path."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import Field, field_validator

from isoglot.errors import ConfigError
from isoglot.settings import Settings
from isoglot.settings.dotted import ABSENT, assignments, at, changed
from isoglot.settings.values import AtLeastZero, Count, CountOrNull, ExistingFile, FolderToBe, Switch, Text, one_of
from isoglot.validation import Expected, refused


class Inner(Settings):
    path: Text
    many: Count = 3


class Outer(Settings):
    noun = "section"

    inner: Annotated[Inner, Expected("a mapping with `path`", inside=True, hint="Add `inner: {path: x}`")]
    other: Inner | None = None
    weight: AtLeastZero = 1.0
    limit: CountOrNull = None
    scaling: Annotated[str, one_of(("leading", "none"))] = "none"
    extractor: Annotated[str | None, one_of((None, "linear"))] = None
    loud: Switch = False
    options: dict[str, Any] = Field(default_factory=dict)

    @field_validator("options")
    @classmethod
    def _of_another_library(cls, options):
        if options:
            raise refused([f"options.{name}: no." for name in options])
        return options


def problems(kind=Outer, /, **values) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        kind.from_dict(values)
    return str(caught.value).split("\n")


def test_everything_wrong_comes_at_once_in_the_order_of_the_settings():
    wrong = dict(
        inner={"path": "", "mny": 1, "many": True},
        other=[1],
        weight=float("nan"),
        limit=0,
        scaling="leadin",
        extractor=3,
        loud="yes",
        options={"a": 1, "b": 2},
        wieght=1,
    )
    assert problems(**wrong) == [
        "inner.path: expected text, got ''.",
        "inner.many: expected a whole number >= 1, got True.",
        "inner.mny: unknown key 'mny'. Did you mean 'many'?",
        "other: expected a mapping, got [1].",
        "weight: expected a number >= 0, got nan.",
        "limit: expected a whole number >= 1 or null, got 0.",
        "scaling: expected leading or none, got 'leadin'. Did you mean 'leading'?",
        "extractor: expected linear or null, got 3.",
        "loud: expected true or false, got 'yes'.",
        "options.a: no.",
        "options.b: no.",
        "wieght: unknown section 'wieght'. Did you mean 'weight'?",
    ]


def test_what_is_missing_says_what_to_write():
    assert problems() == ["inner: expected a mapping with `path`, got nothing. Add `inner: {path: x}`."]
    assert problems(inner={}) == ["inner.path: expected text, got nothing."]


def test_in_code_the_same_errors_come_with_the_path_of_the_section():
    class Section(Outer):
        where = "section"

    with pytest.raises(ConfigError, match=r"^section\.weight: expected a number >= 0, got -1\.$"):
        Section(inner=Inner(path="x"), weight=-1)
    with pytest.raises(ConfigError, match=r"^section\.inner\.many: "):
        Section(inner={"path": "x", "many": 0})


def test_null_is_absent_unless_it_is_a_value():
    assert Inner.from_dict({"path": "x", "many": None}) == Inner(path="x")

    class Strict(Inner):
        null_is_absent = False

    assert problems(Strict, path="x", many=None) == ["many: expected a whole number >= 1, got nothing."]


@pytest.mark.parametrize("value", [True, "1", [1], float("inf")])
def test_nothing_is_made_a_number_that_is_none(value):
    assert len(problems(inner={"path": "x"}, weight=value)) == 1


def test_a_whole_number_will_do_for_a_number():
    made = Outer.from_dict({"inner": {"path": "x"}, "weight": 2})
    assert isinstance(made.weight, float)
    assert made == Outer(inner=Inner(path="x"), weight=2.0)


def test_what_contradicts_is_told_next_to_what_is_wrong():
    class Pair(Settings):
        first: Count = 1
        second: Count | None = None

        @classmethod
        def contradictions(cls, values):
            return ["second: not next to first."] if {"first", "second"} <= set(values) else []

    assert problems(Pair, first=0, second=1) == [
        "first: expected a whole number >= 1, got 0.",
        "second: not next to first.",
    ]
    assert problems(Pair, first=1, second=1) == ["second: not next to first."]


def test_a_path_is_shown_whole(tmp_path):
    class Files(Settings):
        data: ExistingFile
        output: FolderToBe

    missing = str(tmp_path / ("x" * 80))
    assert problems(Files, data=missing, output=3) == [
        f"data: expected an existing file, got {missing!r}. Check the path.",
        "output: expected text, got 3.",
    ]


def test_dotted_paths():
    values = {"peft": {"r": 8}, "trainer": {"beta": 0.1}}
    assert at(values, "peft.r") == 8
    assert at(values, "peft.r.x") is ABSENT
    made = changed(values, {"peft.r": 16, "peft": {"lora_alpha": 4}, "model.path": "x", "trainer": None})
    assert made == {"peft": {"lora_alpha": 4, "r": 16}, "model": {"path": "x"}}
    assert values == {"peft": {"r": 8}, "trainer": {"beta": 0.1}}


def test_changes_of_a_command_line_are_yaml():
    given = ["a.b=1e-1", " a.c = [en, sw]", "d={r: 8}", "e=no", "f=null", "g=x=y", "a.b=2"]
    assert assignments(given) == {"a.b": 2, "a.c": ["en", "sw"], "d": {"r": 8}, "e": False, "f": None, "g": "x=y"}


def test_all_changes_that_are_none_are_told_at_once():
    with pytest.raises(ConfigError) as caught:
        assignments(["weight", "a..b=1", "=1", "a=", "a={", "b=1"])
    lines = str(caught.value).split("\n")
    assert lines[0] == "--set: expected key=value, as in consistency.weight=1, got 'weight'."
    assert [line.rpartition("got ")[2][:6] for line in lines[1:4]] == ["'a..b=", "'=1'.", "'a='."]
    assert lines[4].startswith("--set a: expected a value as in YAML, got '{' (")
    assert len(lines) == 5
