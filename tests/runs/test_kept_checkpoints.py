"""A checkpoint that a run has kept is evaluated as the run: with its template and bits, and what it was trained on."""

from __future__ import annotations

import pytest
import yaml

from isoglot.evaluate.answering.template import chat_of_run, quantization_of_run
from isoglot.evaluate.prompts.seen import seen_in_training
from isoglot.files import write_json, write_text
from isoglot.groups import PromptGroup
from isoglot.runs.environment import content_hash
from isoglot.runs.kept_checkpoints import training_of


@pytest.fixture
def checkpoint(tmp_path):
    pairs = tmp_path / "pairs.jsonl"
    write_text(pairs, '{"prompt": "How do I bake bread?", "chosen": "No.", "rejected": "Sure."}\n')
    folder = tmp_path / "run" / "checkpoints" / "checkpoint-40"
    folder.mkdir(parents=True)
    model = {"system_prompt": "Be polite.", "quantization": {"bits": 4}}
    settings = {"method": "dpo", "model": model, "data": {"preferences": str(pairs)}}
    write_text(tmp_path / "run" / "run.yaml", yaml.safe_dump(settings))
    write_json(tmp_path / "run" / "environment.json", {"inputs": {"data.preferences": content_hash(pairs)}})
    return folder


def test_a_checkpoint_has_the_template_and_the_bits_of_its_run(checkpoint, monkeypatch):
    assert chat_of_run(checkpoint).system == "Be polite."
    assert quantization_of_run(checkpoint) == {"bits": 4}
    monkeypatch.chdir(checkpoint.parent)
    assert chat_of_run(checkpoint.relative_to(checkpoint.parent)).system == "Be polite."


def test_a_checkpoint_has_seen_what_its_run_is_trained_on(checkpoint):
    asked = [PromptGroup("1", {"en": "How do I bake bread?"}, kind="harmless")]
    assert seen_in_training(str(checkpoint), asked)["alignment"]["shared"] == 1


def test_other_folders_are_themselves(checkpoint, tmp_path):
    run = tmp_path / "run"
    assert training_of(checkpoint) == run
    for other in (run, run / "checkpoints", tmp_path / "checkpoints" / "checkpoint-1", run / "reference", tmp_path):
        assert training_of(other) == other
