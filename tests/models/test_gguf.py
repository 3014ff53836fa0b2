"""A model in a GGUF file is the model that it was written from."""

from __future__ import annotations

import pytest
import torch

from isoglot.errors import MissingLibraryError, ModelError
from isoglot.models.load import load

HEADS, WIDTH = 4, 32


def test_without_its_library_it_is_said_how_to_get_it(tmp_path, monkeypatch):
    path = tmp_path / "model.gguf"
    with pytest.raises(ModelError, match=r"nothing at .*model\.gguf"):
        load(str(path))
    path.write_bytes(b"GGUF")
    monkeypatch.setattr("isoglot.models.gguf.has_reader", lambda: False)
    with pytest.raises(MissingLibraryError, match=r"model\.gguf: expected the library gguf, .*pip install gguf"):
        load(str(path))


def test_it_says_what_the_model_says(tmp_path):
    gguf = pytest.importorskip("gguf")
    model, tokens = tiny()
    path = tmp_path / "tiny.gguf"
    write(gguf.GGUFWriter(str(path), "llama"), model, tokens)
    loaded, tokenizer = load(str(path), dtype="float32")
    ids = torch.arange(2, 12)[None]
    assert torch.allclose(loaded(ids).logits, model(ids).logits, atol=1e-5)
    assert tokenizer.decode(tokenizer("the cat").input_ids, skip_special_tokens=True) == "the cat"
    shape, _ = load(str(path), weights=False)
    assert next(shape.parameters()).device.type == "meta"


def tiny():
    """A random Llama of one layer, and its tokens."""
    from transformers import LlamaConfig, LlamaForCausalLM

    tokens = ["<s>", "</s>", *map(chr, range(33, 127)), "Ġ", "th", "Ġt"]
    sizes = {"hidden_size": WIDTH, "intermediate_size": 64, "num_hidden_layers": 1, "max_position_embeddings": 64}
    ends = {"bos_token_id": 0, "eos_token_id": 1}
    heads = {"num_attention_heads": HEADS, "num_key_value_heads": HEADS}
    torch.manual_seed(0)
    model = LlamaForCausalLM(LlamaConfig(vocab_size=len(tokens), **sizes, **ends, **heads))
    return model, tokens


def write(writer, model, tokens) -> None:
    """As llama.cpp's converter writes a Llama."""
    config = model.config
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_rope_freq_base(10000.0)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(tokens)
    writer.add_token_types([3, 3] + [1] * (len(tokens) - 2))
    writer.add_token_merges(["t h", "Ġ t"])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(1)
    names = {
        "token_embd": "model.embed_tokens", "output": "lm_head", "output_norm": "model.norm",
        "blk.0.attn_q": "model.layers.0.self_attn.q_proj", "blk.0.attn_k": "model.layers.0.self_attn.k_proj",
        "blk.0.attn_v": "model.layers.0.self_attn.v_proj", "blk.0.attn_output": "model.layers.0.self_attn.o_proj",
        "blk.0.ffn_gate": "model.layers.0.mlp.gate_proj", "blk.0.ffn_up": "model.layers.0.mlp.up_proj",
        "blk.0.ffn_down": "model.layers.0.mlp.down_proj", "blk.0.attn_norm": "model.layers.0.input_layernorm",
        "blk.0.ffn_norm": "model.layers.0.post_attention_layernorm",
    }  # fmt: skip
    weights = model.state_dict()
    for theirs, ours in names.items():
        value = weights[f"{ours}.weight"]
        if theirs.endswith(("attn_q", "attn_k")):  # whose rotary halves stand in another order there
            value = value.reshape(HEADS, 2, WIDTH // HEADS // 2, WIDTH).swapaxes(1, 2).reshape(WIDTH, WIDTH)
        writer.add_tensor(f"{theirs}.weight", value.contiguous().numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def test_one_that_is_damaged_was_not_looked_for_elsewhere(tmp_path, monkeypatch):
    pytest.importorskip("gguf")
    path = tmp_path / "model.gguf"
    path.write_bytes(b"GGUFxxxx")
    with pytest.raises(ModelError, match=r"expected a model that loads, got '.*model\.gguf' \((?!there is no)"):
        load(str(path))
