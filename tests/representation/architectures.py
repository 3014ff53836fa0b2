"""Tiny random models of many architectures, and what each calls the states of its layers."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import torch
import transformers
from torch import Tensor

DEPTH = 4
HIDDEN = 16

# What most configurations call their sizes.
_USUAL = dict(
    hidden_size=HIDDEN,
    intermediate_size=32,
    num_hidden_layers=DEPTH,
    num_attention_heads=2,
    num_key_value_heads=2,
    max_position_embeddings=128,
)
_TOKENS = dict(pad_token_id=0, bos_token_id=1, eos_token_id=2)
_HEAD = dict(head_dim=8)
_EXPERTS = dict(num_experts=4, num_experts_per_tok=2, moe_intermediate_size=16)
_LINEAR = dict(
    linear_num_value_heads=2,
    linear_num_key_heads=2,
    linear_key_head_dim=8,
    linear_value_head_dim=8,
    linear_conv_kernel_dim=3,
    layer_types=["linear_attention", "full_attention"] * 2,
)
_MAMBA2 = dict(mamba_d_state=8, mamba_n_heads=4, mamba_d_head=8, mamba_n_groups=1, mamba_chunk_size=4, mamba_expand=2)
_ALTERNATING = dict(sliding_window=4, layer_types=["sliding_attention", "full_attention"] * 2)
_PER_LAYER = dict(hidden_size_per_layer_input=8, num_kv_shared_layers=2)  # the upper layers use the keys of lower ones
_YARN = dict(
    rope_type="yarn", rope_theta=1e4, factor=2.0, original_max_position_embeddings=64, beta_fast=32.0, beta_slow=1.0
)
_BART = dict(
    d_model=HIDDEN,
    encoder_layers=DEPTH,
    decoder_layers=2,
    encoder_attention_heads=2,
    decoder_attention_heads=2,
    encoder_ffn_dim=32,
    decoder_ffn_dim=32,
    max_position_embeddings=128,
    decoder_start_token_id=2,
)
_T5 = dict(d_model=HIDDEN, d_kv=8, d_ff=32, num_layers=DEPTH, num_decoder_layers=2, num_heads=2)
_VISION = dict(hidden_size=24, intermediate_size=32, num_hidden_layers=DEPTH, num_attention_heads=2)
_CLIP = _VISION | dict(image_size=8, patch_size=4)
_ROPE_3D = dict(rope_type="default", rope_theta=1e4, mrope_section=[1, 1, 2])


class Architecture(NamedTuple):
    """How one tiny model is made: what its configuration is given, and by which class it is built."""

    name: str
    sizes: Mapping[str, Any] = MappingProxyType({})
    config: str = ""  # its model type, if that is not its name
    auto: str = "AutoModelForCausalLM"
    usual: bool = True  # whether its configuration knows the usual names of sizes
    vocabulary: tuple[str, ...] = ("vocab_size",)  # what is as long as the vocabulary
    dtype: torch.dtype = torch.float32

    def build(self, vocab_size: int = 50, *, dtype: torch.dtype | None = None, **more: Any) -> Any:
        """The model in evaluation mode, always with the same weights.

        They are large enough for a token that should not count to be seen, and norms have weights too, so that a state
        before one is not taken for a state after it.
        """
        sizes = (_USUAL if self.usual else {}) | _TOKENS | self.sizes
        if "text_config" in sizes:
            text = _USUAL | _TOKENS | {"vocab_size": vocab_size} | sizes["text_config"]
            sizes = sizes | {"text_config": text | more}
        else:
            sizes |= dict.fromkeys(self.vocabulary, vocab_size) | more
        config = transformers.AutoConfig.for_model(self.config or self.name, **sizes)
        torch.manual_seed(0)
        model = getattr(transformers, self.auto).from_config(config)
        with torch.no_grad():
            for parameter in model.parameters():
                if parameter.dim() > 1:
                    parameter.normal_(std=0.3)
                else:
                    parameter.add_(torch.randn_like(parameter), alpha=0.2)
        return model.to(dtype or self.dtype).eval()

    def full_states(self, model: Any, input_ids: Tensor, attention_mask: Tensor | None = None) -> list[Tensor]:
        """States after each layer, (rows, tokens, hidden size), the last one after the final norm: by a full pass."""
        more = {"decoder_input_ids": input_ids[:, :1]} if self in ENCODER_DECODERS else {}
        base = model.model if self.auto == "AutoModelForSequenceClassification" and hasattr(model, "model") else model
        out = base(
            input_ids=input_ids, attention_mask=attention_mask, output_hidden_states=True, use_cache=False, **more
        )
        if self in ENCODER_DECODERS:
            return list(out.encoder_hidden_states[1:])
        if self.name == "mamba":  # begins with the output of the first layer, not with the embeddings
            return [*out.hidden_states[:-2], out.hidden_states[-1]]
        if self.name == "gemma3n":  # keeps three streams, (3, rows, tokens, hidden size), and ends before the norm
            streams = [states[0] for states in out.hidden_states[1:-1]]
            last = model.model(input_ids=input_ids, attention_mask=attention_mask, use_cache=False).last_hidden_state
            return [*streams, last]
        return list(out.hidden_states[1:])

    def __str__(self) -> str:
        return self.name


ATTENTION = [
    Architecture("llama"),
    Architecture("qwen2"),
    Architecture("qwen3", _HEAD),
    Architecture("mistral", dict(sliding_window=4)),
    Architecture("gemma2", _HEAD | _ALTERNATING),
    Architecture("gemma3", _HEAD | _ALTERNATING, "gemma3_text"),
    Architecture(
        "gemma3n",
        _HEAD
        | _ALTERNATING
        | _PER_LAYER
        | dict(laurel_rank=4, altup_num_inputs=3, activation_sparsity_pattern=[0.5, 0.0, 0.0, 0.0]),
        "gemma3n_text",
        vocabulary=("vocab_size", "vocab_size_per_layer_input"),
    ),
    Architecture(
        "gemma4",
        _HEAD | _ALTERNATING | _PER_LAYER | dict(global_head_dim=8),
        "gemma4_text",
        vocabulary=("vocab_size", "vocab_size_per_layer_input"),
    ),
    Architecture("mixtral", dict(num_local_experts=4)),
    Architecture("qwen3_moe", _HEAD | _EXPERTS),
    Architecture(
        "gpt_oss", _HEAD | _ALTERNATING | dict(num_local_experts=4, num_experts_per_tok=2, rope_parameters=_YARN)
    ),
    Architecture(
        "deepseek_v3",
        dict(
            q_lora_rank=8,
            kv_lora_rank=8,
            qk_rope_head_dim=4,
            qk_nope_head_dim=4,
            v_head_dim=8,
            n_routed_experts=4,
            num_experts_per_tok=2,
            n_group=2,
            topk_group=1,
            moe_intermediate_size=16,
            first_k_dense_replace=1,
        ),
    ),
    Architecture("gpt2", dict(n_embd=HIDDEN, n_layer=DEPTH, n_head=2, n_positions=128), usual=False),
    Architecture("gpt_neox"),
    Architecture("bloom", dict(hidden_size=HIDDEN, n_layer=DEPTH, n_head=2), usual=False),
    Architecture("falcon", dict(hidden_size=HIDDEN, num_hidden_layers=DEPTH, num_attention_heads=2), usual=False),
    Architecture("opt", dict(ffn_dim=32, word_embed_proj_dim=HIDDEN)),
    Architecture("phi3"),
    Architecture("olmo2"),
    Architecture("cohere2", _HEAD | _ALTERNATING),
    Architecture("glm4", _HEAD),
    Architecture("smollm3"),
    Architecture("granite"),
    Architecture(
        "llama4",
        _HEAD | dict(num_local_experts=2, intermediate_size_mlp=32, attention_chunk_size=4),
        "llama4_text",
    ),
]
RECURRENT = [  # at least some layers are recurrent or convolve over tokens
    Architecture("lfm2", dict(layer_types=["conv", "full_attention"] * 2, block_ff_dim=32)),
    Architecture("qwen3_next", _HEAD | _EXPERTS | _LINEAR | dict(shared_expert_intermediate_size=16)),
    Architecture("qwen3_5", _HEAD | _LINEAR, "qwen3_5_text"),
    Architecture(
        "jamba",
        dict(num_experts=2, attn_layer_period=2, attn_layer_offset=1, mamba_d_state=8, mamba_dt_rank=4),
    ),
    Architecture("bamba", _MAMBA2 | dict(attn_layer_indices=[1, 3])),
    Architecture("falcon_h1", _MAMBA2 | dict(mamba_d_ssm=32)),
    Architecture("mamba", dict(hidden_size=HIDDEN, num_hidden_layers=DEPTH, state_size=8), usual=False),
]
CLASSIFIERS = [
    one._replace(
        name=f"{one.name}-classifier", config=one.config or one.name, auto="AutoModelForSequenceClassification"
    )
    for one in ATTENTION
    if one.name in ("llama", "qwen3", "gpt2")
]
ENCODER_DECODERS = [
    Architecture(name, sizes, auto="AutoModelForSeq2SeqLM", usual=False)
    for name, sizes in (("t5", _T5), ("mt5", _T5), ("bart", _BART), ("mbart", _BART), ("m2m_100", _BART))
]
VISION_LANGUAGE = [  # the vision tower has as many layers as the text tower, and another width
    Architecture(name, sizes | dict(text_config=text), auto="AutoModelForImageTextToText", usual=False)
    for name, sizes, text in (
        ("llava", dict(vision_config=_CLIP | dict(model_type="clip_vision_model")), dict(model_type="llama")),
        (
            "qwen2_5_vl",
            dict(
                vision_config=dict(
                    depth=DEPTH, hidden_size=24, intermediate_size=32, num_heads=2, out_hidden_size=HIDDEN
                )
            ),
            dict(rope_parameters=_ROPE_3D),
        ),
        (
            "qwen3_vl",
            dict(
                vision_config=dict(
                    depth=DEPTH,
                    hidden_size=24,
                    intermediate_size=32,
                    num_heads=2,
                    out_hidden_size=HIDDEN,
                    num_position_embeddings=16,
                    deepstack_visual_indexes=[1],
                )
            ),
            _HEAD | dict(rope_parameters=_ROPE_3D),
        ),
        ("gemma3", dict(vision_config=_CLIP | dict(model_type="siglip_vision_model")), _HEAD | _ALTERNATING),
        ("idefics3", dict(vision_config=_CLIP), dict(model_type="llama")),
        ("smolvlm", dict(vision_config=_CLIP), dict(model_type="llama")),
    )
]
VISION_LANGUAGE = [one._replace(name=f"{one.name}-vision", config=one.name) for one in VISION_LANGUAGE]

ALL = [*ATTENTION, *RECURRENT, *CLASSIFIERS, *ENCODER_DECODERS, *VISION_LANGUAGE]


def named(name: str) -> Architecture:
    """The architecture of that name."""
    return next(one for one in ALL if one.name == name)


# Attention only, and yet prompts in one row see each other: the masks are made without a look at the positions.
_HEEDLESS = ("gpt_oss", "falcon", "opt", "qwen2_5_vl-vision")
_NO_POSITIONS = ("bloom", "mamba")
APART = [one for one in (*ATTENTION, *CLASSIFIERS, *VISION_LANGUAGE) if one.name not in (*_HEEDLESS, *_NO_POSITIONS)]
NOT_APART = [one for one in (*map(named, _HEEDLESS), *RECURRENT) if one.name not in _NO_POSITIONS]


def packed_states(model: Any, prompts: list[list[int]]) -> Tensor:
    """States of the last layer but one at the last tokens of prompts in one row, positions beginning anew with each."""
    row = torch.tensor([[token for prompt in prompts for token in prompt]])
    positions = torch.tensor([[position for prompt in prompts for position in range(len(prompt))]])
    ends = torch.tensor([len(prompt) for prompt in prompts]).cumsum(0) - 1
    out = model(input_ids=row, position_ids=positions, output_hidden_states=True, use_cache=False)
    states = out.hidden_states[-2]
    return (states[0] if states.dim() == 4 else states)[0, ends]
