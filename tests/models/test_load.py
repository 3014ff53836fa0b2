"""Models and adapters as they are evaluated."""

from __future__ import annotations

import json
import os
import re
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from isoglot.errors import ModelError
from isoglot.models.files import model_files_hash
from isoglot.models.fingerprint import model_hash
from isoglot.models.load import load


def test_models_and_adapters_are_loaded_ready_to_answer(tiny_folder, tiny_model, tmp_path):
    model, tokenizer = load(str(tiny_folder), dtype="float32")
    assert not model.training
    assert tokenizer.chat_template
    from peft import LoraConfig, get_peft_model

    adapted = get_peft_model(tiny_model, LoraConfig(r=2, target_modules=["q_proj"], init_lora_weights=False))
    adapted.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    assert model_hash(load(str(tmp_path))[0]) == model_hash(adapted) != model_hash(model)


def test_what_does_not_load_is_told(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    nothing = "a model's folder, .*got nothing at"
    for path, what in ((tmp_path, "a model that loads"), (tmp_path / "nowhere", nothing), ("~nobody-has/x", nothing)):
        with pytest.raises(ModelError, match=f"model: expected {what}"):
            load(str(path))


def test_the_folder_of_a_training_names_the_models_in_it(tmp_path):
    (tmp_path / "logs").mkdir()
    with pytest.raises(
        ModelError, match=r"expected a folder with config\.json or adapter_config\.json, got .*, without"
    ):
        load(str(tmp_path))
    for place, name in enumerate(("checkpoint-5", "checkpoint-10", "final")):
        (tmp_path / name).mkdir()
        (tmp_path / name / ("adapter_config.json" if place else "config.json")).write_text("{}")
        os.utime(tmp_path / name, (place, place))
    with pytest.raises(ModelError) as caught:
        load(str(tmp_path))
    names = ", ".join(str(tmp_path / name) for name in ("final", "checkpoint-10", "checkpoint-5"))
    assert str(caught.value).endswith(f"Name a model in it: {names}.")


def test_a_folder_with_a_file_of_llama_cpp_names_the_file(tmp_path):
    (tmp_path / "tiny-Q4.gguf").write_bytes(b"GGUF")
    with pytest.raises(ModelError, match=re.escape(f"Name a model in it: {tmp_path / 'tiny-Q4.gguf'}.")):
        load(str(tmp_path))


def adapter(tiny_model, tokenizer, folder, *, base):
    from peft import LoraConfig, get_peft_model

    adapted = get_peft_model(tiny_model, LoraConfig(r=2, target_modules=["q_proj"], init_lora_weights=False))
    adapted.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    config = json.loads((folder / "adapter_config.json").read_text())
    (folder / "adapter_config.json").write_text(json.dumps(config | {"base_model_name_or_path": str(base)}))
    return folder


def test_a_pickled_adapter_is_refused(tiny_folder, tiny_model, tokenizer, tmp_path):
    folder = adapter(tiny_model, tokenizer, tmp_path / "adapter", base=tiny_folder)
    torch.save(load_file(folder / "adapter_model.safetensors"), folder / "adapter_model.bin")
    (folder / "adapter_model.safetensors").unlink()
    with pytest.raises(ModelError, match=r"expected weights in safetensors, got .*adapter_model\.bin"):
        load(str(folder))


def test_an_adapter_of_a_pickled_base_is_refused(tiny_folder, tiny_model, tokenizer, tmp_path):
    base = tmp_path / "base"
    shutil.copytree(tiny_folder, base)
    torch.save(load_file(base / "model.safetensors"), base / "pytorch_model.bin")
    (base / "model.safetensors").unlink()
    folder = adapter(tiny_model, tokenizer, tmp_path / "adapter", base=base)
    with pytest.raises(ModelError, match=r"expected a model that loads, got .*safetensors"):
        load(str(folder))


@pytest.mark.parametrize("weights", [True, False])
def test_an_adapter_without_a_base_says_which_and_from_where(tiny_model, tokenizer, tmp_path, monkeypatch, weights):
    """A base is often named from the folder that was trained in; elsewhere it is not there."""
    folder = adapter(tiny_model, tokenizer, tmp_path / "adapter", base="models/gone")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError) as caught:
        load(str(folder), weights=weights)
    said = str(caught.value)
    assert "adapter_config.json, base_model_name_or_path: expected a model that loads, got 'models/gone' (there" in said
    assert said.endswith(f"A folder is looked for from {tmp_path}: write its whole path there, or start where it is.")


def test_a_change_within_a_large_file_is_another_model(tmp_path):
    """Embeddings come first and the last norm last: what training changes is in between."""
    weights = {f"layer.{n:02d}": torch.zeros(1 << 18) for n in range(24)}
    save_file(weights, tmp_path / "model.safetensors")
    before = model_files_hash(str(tmp_path))
    for n in range(4, 20):
        weights[f"layer.{n:02d}"] = torch.ones(1 << 18)
    save_file(weights, tmp_path / "model.safetensors")
    assert model_files_hash(str(tmp_path)) != before
    assert model_files_hash("Qwen/Qwen2.5-7B") == "hub:Qwen/Qwen2.5-7B"


def test_half_a_file_of_weights_is_told(tiny_folder, tmp_path):
    shutil.copytree(tiny_folder, tmp_path / "model")
    file = tmp_path / "model" / "model.safetensors"
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(ModelError, match=r"model: expected a model that loads, got .*model"):
        load(str(tmp_path / "model"))


def test_a_tokenizer_whose_settings_are_damaged_is_refused_when_it_loads(tiny_folder, tmp_path):
    folder = shutil.copytree(tiny_folder, tmp_path / "model")
    file = folder / "tokenizer_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"model_max_length": "long"}))
    with pytest.raises(ModelError, match="expected a model that loads"):
        load(str(folder))


def test_a_model_without_a_causal_head_is_named_as_what_it_is(tiny_folder, tmp_path):
    from transformers import T5Config

    folder = shutil.copytree(tiny_folder, tmp_path / "model")
    T5Config(vocab_size=64, d_model=8, d_kv=4, d_ff=8, num_layers=1, num_heads=2).save_pretrained(folder)
    for weights in (True, False):
        with pytest.raises(ModelError, match=r"got '.*' \(T5Config: not a causal language model that transformers"):
            load(str(folder), weights=weights)


def test_an_adapter_that_was_saved_alone_has_the_tokenizer_of_its_base(tiny_folder, tmp_path):
    from peft import LoraConfig, get_peft_model

    model, tokenizer = load(str(tiny_folder), dtype="float32")
    get_peft_model(model, LoraConfig(r=2, target_modules=["q_proj"])).save_pretrained(tmp_path)
    found = load(str(tmp_path))[1]
    assert (found.get_vocab(), found.chat_template) == (tokenizer.get_vocab(), tokenizer.chat_template)
    assert load(str(tmp_path), weights=False)[1].get_vocab() == tokenizer.get_vocab()


def test_a_model_without_a_tokenizer_is_told_so(tiny_folder, tmp_path):
    load(str(tiny_folder))[0].save_pretrained(tmp_path)
    with pytest.raises(ModelError, match=r"got .* \(no tokenizer is in it; .*save_pretrained"):
        load(str(tmp_path))
