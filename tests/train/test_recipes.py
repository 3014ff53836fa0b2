from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from isoglot import Consistency
from isoglot.errors import ConfigError
from isoglot.train import RunFile

FOLDER = Path(__file__).parents[2] / "recipes"
RECIPES = sorted(path for path in FOLDER.glob("*.yaml") if not path.name.startswith("sweep-"))


def test_there_are_recipes():
    assert RECIPES


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.name)
def test_only_the_users_own_files_are_missing(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as caught:
        RunFile.read(path)
    assert {line.split(":")[0] for line in str(caught.value).split("\n")} == {"data.preferences", "data.groups"}
    for name in ("preferences.jsonl", "groups.jsonl"):
        Path(name).touch()
    run = RunFile.read(path)
    assert run.output.name == path.stem
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert set(settings["trainer"]) == set(run.trainer)


def test_the_papers_recipe_is_as_released():
    settings = yaml.safe_load((FOLDER / "qwen2.5-7b-dpo.yaml").read_text(encoding="utf-8"))
    assert Consistency.from_dict(settings["consistency"]) == Consistency.as_released()


def test_the_guarded_recipe_is_the_default():
    settings = yaml.safe_load((FOLDER / "qwen2.5-7b-dpo-guarded.yaml").read_text(encoding="utf-8"))
    assert Consistency.from_dict(settings["consistency"]) == Consistency()
