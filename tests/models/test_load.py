"""Models and adapters as they are evaluated."""

from __future__ import annotations

import pytest

from isoglot.errors import ModelError
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
    for path in (str(tmp_path), str(tmp_path / "nowhere")):
        with pytest.raises(ModelError, match="model: expected a model that loads"):
            load(path)
