"""Where the evaluations of a model are kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from isoglot.cli.evaluated import run_directory
from isoglot.cli.model import Model


@pytest.mark.parametrize(
    ("given", "folder"),
    [
        ("models/base", "runs/evaluate-base"),
        ("trained/dpo/checkpoint-500", "runs/evaluate-dpo-checkpoint-500"),
        ("trained/sft/checkpoint-500", "runs/evaluate-sft-checkpoint-500"),
        ("runs/dpo/checkpoints/checkpoint-40", "runs/evaluate-dpo-checkpoint-40"),
        ("/checkpoint-5", "runs/evaluate-checkpoint-5"),
        ("checkpoint-last", "runs/evaluate-checkpoint-last"),
        ("trained/dpo/final", "runs/evaluate-dpo-final"),
        ("trained/sft/final_model", "runs/evaluate-sft-final_model"),
        ("trained/sft/checkpoints/merged", "runs/evaluate-sft-merged"),
        ("trained/finalists", "runs/evaluate-finalists"),
    ],
)
def test_checkpoints_of_two_trainings_have_folders_of_their_own(tmp_path, monkeypatch, given, folder):
    monkeypatch.chdir(tmp_path)
    assert run_directory(Model(given, 1, "auto", trust_remote_code=False)) == Path(folder)
