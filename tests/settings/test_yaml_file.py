"""YAML files that people write."""

from __future__ import annotations

import pytest

from isoglot.errors import ConfigError, MissingFileError
from isoglot.settings import read_yaml


def read(tmp_path, text: str):
    path = tmp_path / "file.yaml"
    path.write_text(text, encoding="utf-8")
    return read_yaml(path, "a file")


def test_a_mapping_may_take_over_another(tmp_path):
    """YAML's merge key; a key of its own goes before one taken over."""
    text = "paper: &paper {weight: 0.8, every: 2}\nsmall: {<<: *paper, weight: 0.2}\n"
    assert read(tmp_path, text)["small"] == {"weight": 0.2, "every": 2}


@pytest.mark.parametrize("text", ["a: 1\na: 2\n", "a: {b: 1, b: 2}", "x: &x {a: 1}\ny: {<<: *x, b: 1, b: 2}"])
def test_a_key_comes_once(tmp_path, text):
    with pytest.raises(ConfigError, match=r"the key '[ab]' twice \(line"):
        read(tmp_path, text)


def test_what_is_no_mapping_is_refused(tmp_path):
    for text in ("- 1", "", "x"):
        with pytest.raises(ConfigError, match="expected a mapping of sections"):
            read(tmp_path, text)
    with pytest.raises(MissingFileError, match="expected a file, got nothing"):
        read_yaml(tmp_path / "none.yaml", "a file")
    with pytest.raises(ConfigError, match=r"expected a run file, got a folder. Did you mean .*file\.yaml\?"):
        read_yaml(tmp_path, "a run file")
    (tmp_path / "other.yaml").touch()
    with pytest.raises(ConfigError, match=r"got a folder. Name a file in it"):
        read_yaml(tmp_path, "a run file")
