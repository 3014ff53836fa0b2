"""Values that no one should write, and some do: a sentence for each, in no time, never a traceback."""

from __future__ import annotations

import time

import pytest

from isoglot import Consistency
from isoglot.errors import ConfigError
from isoglot.settings import Settings, read_yaml
from isoglot.settings.values import AtLeastZero, Count, ExistingFile, FolderToBe, Text

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


class Some(Settings):
    data: ExistingFile | None = None
    output: FolderToBe | None = None
    weight: AtLeastZero = 1.0
    many: Count = 1
    text: Text = "x"


def read(tmp_path, text: str):
    (tmp_path / "file.yaml").write_text(text, encoding="utf-8")
    return read_yaml(tmp_path / "file.yaml", "a file")


def refused(tmp_path, text: str) -> str:
    began = time.process_time()
    with pytest.raises(ConfigError) as caught:
        Some.from_dict(read(tmp_path, text))
    message = str(caught.value)
    assert time.process_time() - began < 5
    assert len(message) < 2_000
    return message


@pytest.mark.parametrize("written", ["6e-7", "1e-1", "1E5", "-2e3", "+3e+2", "1.5e-3", ".5"])
def test_numbers_are_numbers_as_yaml_1_2_has_them(tmp_path, written):
    assert read(tmp_path, f"a: {{b: {written}}}") == {"a": {"b": float(written)}}


def test_what_looks_like_a_number_in_quotes_is_text(tmp_path):
    assert read(tmp_path, "a: '6e-7'\nb: e5\nc: 1e\nd: 0x1e-7") == {"a": "6e-7", "b": "e5", "c": "1e", "d": "0x1e-7"}


@pytest.mark.parametrize("text", [r'text: "\ud800"', r'"\udfff": 1', r'text: {a: ["x\ud800x"]}'])
def test_half_of_a_character_is_no_text(tmp_path, text):
    assert "half of a surrogate pair" in refused(tmp_path, text)
    assert read(tmp_path, r'text: "\U0001f600"') == {"text": "\U0001f600"}


@pytest.mark.parametrize("text", [BOMB, "text: &a [*a]", "a: &a {b: *a}"], ids=["bomb", "itself", "mapping"])
def test_aliases_that_expand_without_end(tmp_path, text):
    assert "file.yaml: expected YAML, got something else (" in refused(tmp_path, text)


@pytest.mark.parametrize(
    "text",
    [
        "many: 1" + "0" * 5_000,
        "text: 2001-99-99",
        "? {a: 1}\n: b",
        "a: !!python/object:os.system x",
        "a: \x00",
        "[" * 1_500,
        "a: !!bool foo",
        "a: !!int ''",
        "a: !!float ''",
        "a: !!timestamp foo",
        "a: !!map [1]",
        "a: !!set [1]",
    ],
    ids=lambda text: text[:20],
)
def test_what_the_reader_cannot_take(tmp_path, text):
    assert "file.yaml: expected" in refused(tmp_path, text)


def test_a_number_of_400_digits(tmp_path):
    assert refused(tmp_path, f"weight: 1{'0' * 400}").startswith("weight: expected a number >= 0, got 1000")
    assert Some.from_dict({"many": 10**400}).many == 10**400


@pytest.mark.parametrize("path", ["x" * 5_000, "a\0b", "", "   "])
def test_paths_that_no_file_system_has(tmp_path, path):
    for name in ("data", "output"):
        with pytest.raises(ConfigError, match=f"^{name}: expected "):
            Some.from_dict({name: path})


def test_home_is_expanded(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "rows.jsonl").write_text("")
    made = Some.from_dict({"data": "~/rows.jsonl", "output": "~/out"})
    assert (made.data, made.output) == (tmp_path / "rows.jsonl", tmp_path / "out")


def test_a_home_that_nobody_has_is_a_name_like_others(tmp_path, monkeypatch):
    """As a shell takes it."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"^data: expected an existing file, got '~nobody-has-this/rows.jsonl'"):
        Some.from_dict({"data": "~nobody-has-this/rows.jsonl"})
    (tmp_path / "~rows.jsonl").write_text("")
    assert str(Some.from_dict({"data": "~rows.jsonl"}).data) == "~rows.jsonl"


def test_values_that_refer_to_themselves_are_shown_short():
    loop: list = []
    loop.append(loop)
    wide = [["x" * 1_000] * 1_000] * 1_000
    for value in (loop, wide, {"a": wide}):
        with pytest.raises(ConfigError, match=r"^consistency\.weight: expected") as caught:
            Consistency(weight=value)
        assert len(str(caught.value)) < 200
