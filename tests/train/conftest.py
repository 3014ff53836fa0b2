"""A random two-layer model with a byte tokenizer, a few preference pairs and prompt groups, all on disk."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

TEMPLATE = (
    "{% for message in messages %}<|{{ message.role }}|>{{ message.content }}"
    "{% if message.role == 'assistant' %}<|end|>{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def byte_tokenizer(template: str | None = TEMPLATE) -> PreTrainedTokenizerFast:
    special = ["<|pad|>", "<|end|>", "<|user|>", "<|assistant|>", "<|system|>"]
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({token: n for n, token in enumerate([*special, *alphabet])}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=special[0],
        eos_token=special[1],
        additional_special_tokens=special[2:],
    )
    fast.chat_template = template
    return fast


def tiny_model(tokenizer: PreTrainedTokenizerFast, *, seed: int = 0, dropout: float = 0.0) -> LlamaForCausalLM:
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=1024,
        attention_dropout=dropout,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return LlamaForCausalLM(config)


HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """At the rate of these tests all prompts of a random model fall together within a few steps, and that is said."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("ignore:consistency, step .*(together|constant):UserWarning"))


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model's folder."""
    folder = tmp_path_factory.mktemp("base")
    tokenizer = byte_tokenizer()
    tiny_model(tokenizer, dropout=0.1).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of ``preferences.jsonl`` and ``groups.jsonl``."""
    folder = tmp_path_factory.mktemp("data")
    pairs = [{"prompt": f"Question {n}?", "chosen": f"Yes {n}.", "rejected": f"No {n}!"} for n in range(24)]
    (folder / "preferences.jsonl").write_text("".join(json.dumps(pair) + "\n" for pair in pairs))
    groups = [
        {
            "id": f"{kind}-{n}",
            "kind": kind,
            "prompts": {"en": f"The {kind} {n}", "sw": f"Ile {n} {kind}", "th": f"คำ {n}"},
        }
        for kind in ("harmful", "harmless")
        for n in range(3)
    ]
    (folder / "groups.jsonl").write_text("".join(json.dumps(group) + "\n" for group in groups))
    return folder


@pytest.fixture
def settings(base: Path, data: Path, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Makes run-file settings for four short steps; keywords replace sections, None removes one."""

    def make(**changes: Any) -> dict[str, Any]:
        trainer = {
            "learning_rate": 1e-3,
            "max_steps": 4,
            "per_device_train_batch_size": 2,
            "gradient_accumulation_steps": 2,
            "logging_steps": 1,
            "save_steps": 2,
            "max_length": 128,
            "use_cpu": True,
        }
        made: dict[str, Any] = {
            "model": {"path": str(base), "dtype": "float32"},
            "method": "dpo",
            "data": {"preferences": str(data / "preferences.jsonl"), "groups": str(data / "groups.jsonl")},
            "consistency": {"groups_per_step": 2},
            "trainer": trainer | changes.pop("trainer", {}),
            "output": str(tmp_path / "run"),
        }
        return {key: value for key, value in (made | changes).items() if value is not None}

    return make
