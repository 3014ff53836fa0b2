"""QLoRA: weights in few bits, what can be trained on them, and libraries that are not there."""

from __future__ import annotations

import importlib.util
import json
import shutil

import pytest
import torch
import yaml
from transformers import LlamaConfig, LlamaForCausalLM

from isoglot import PromptGroup, PromptGroups, evaluate
from isoglot.errors import ConfigError, MissingLibraryError
from isoglot.evaluate.answering.template import quantization_of_run
from isoglot.models.load import load
from isoglot.models.quantization import LIBRARIES
from isoglot.train import RunFile, train
from isoglot.train.build import load_model

CASES = [("bitsandbytes", 4), ("bitsandbytes", 8), ("torchao", 8)]


def with_bits(base, settings, library, bits, **changes):
    model = {"path": str(base), "dtype": "float32", "quantization": {"library": library, "bits": bits}}
    return settings(model=model, **({"peft": {"r": 2, "target_modules": "all-linear"}} | changes))


def test_only_adapters_can_be_trained_on_few_bits_and_all_that_is_wrong_is_said(base, settings):
    with pytest.raises(ConfigError) as caught:
        RunFile.from_dict(with_bits(base, settings, "torchao", 4, peft=None))
    assert [line.partition(" (")[0].partition(",")[0] for line in str(caught.value).split("\n")] == [
        "peft: expected a section",
        "model.quantization.bits: expected 8 with torchao",
    ]
    with pytest.raises(ConfigError) as caught:
        RunFile.from_dict(with_bits(base, settings, "bitsandbites", 3))
    assert "Did you mean 'bitsandbytes'?" in str(caught.value)
    assert "model.quantization.bits: expected 4 or 8, got 3" in str(caught.value)
    run = RunFile.from_dict(with_bits(base, settings, "bitsandbytes", 4))
    assert run.to_dict()["model"]["quantization"] == {"library": "bitsandbytes", "bits": 4}
    assert RunFile.from_dict(run.to_dict()) == run
    assert "quantization" not in RunFile.from_dict(settings()).to_dict()["model"]


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_that_is_not_there_is_named(base, settings, monkeypatch, library):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *more: None if name == library else found(name, *more)
    )
    run = RunFile.from_dict(with_bits(base, settings, library, 8))
    expected = rf"^model\.quantization: expected the library {library}, got an .* Run: pip install {library}\.$"
    with pytest.raises(MissingLibraryError, match=expected):
        load_model(run)
    with pytest.raises(MissingLibraryError, match=expected):
        load(str(base), quantization={"library": library, "bits": 8})


@pytest.mark.training
@pytest.mark.filterwarnings("ignore")  # these libraries have many of their own
@pytest.mark.parametrize(("library", "bits"), CASES)
def test_an_adapter_is_trained_on_few_bits_with_the_term_and_evaluated_on_them(base, settings, tmp_path, library, bits):
    pytest.importorskip(library)
    model = tmp_path / "model"  # bitsandbytes' kernels for CPUs want rows of 64
    shutil.copytree(base, model)
    config = LlamaConfig.from_pretrained(base, hidden_size=64, intermediate_size=128, head_dim=16)
    LlamaForCausalLM(config).save_pretrained(model)
    folder = train(RunFile.from_dict(with_bits(model, settings, library, bits)))
    assert yaml.safe_load((folder / "run.yaml").read_text())["model"]["quantization"]["bits"] == bits
    logged = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    assert all(line["consistency/loss"] >= 0 for line in logged)
    whole, tokenizer = load(str(folder))
    model, _ = load(str(folder), quantization=quantization_of_run(folder))
    ids = tokenizer("Question 1?", return_tensors="pt")
    with torch.no_grad():
        ours, theirs = (one(**ids).logits.float() for one in (model, whole))
    assert 0 < (ours - theirs).abs().max() < 0.2 * theirs.abs().max()  # the same model, rounded
    groups = PromptGroups([PromptGroup("1", {"en": "Why?", "sw": "Kwa nini sivyo?"}, pivot="en", kind="harmful")])
    assert len(evaluate(model, tokenizer, groups, tmp_path / "out", max_new_tokens=2).responses) == 2
