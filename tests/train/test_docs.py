"""What docs/train.md says of the run file is true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from isoglot.train import RunFile
from isoglot.train.build import DEFAULTS
from isoglot.train.methods import METHODS
from isoglot.train.run_file import _RESERVED_TRAINER

TEXT = (Path(__file__).parents[2] / "docs" / "train.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("block", re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL))
def test_run_files_load(block, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = yaml.safe_load(block)
    for path in settings["data"].values():
        Path(path).touch()
    assert RunFile.from_dict(settings).output == Path(settings["output"])


def test_methods_defaults_and_refused_options_are_named():
    for name in (*METHODS, *_RESERVED_TRAINER):
        if name not in ("disable_tqdm", "load_best_model_at_end"):
            assert f"`{name}`" in TEXT, name
    for name in ("report_to", "save_steps", "save_total_limit"):
        assert f"`{name}: {DEFAULTS[name]}`" in TEXT
