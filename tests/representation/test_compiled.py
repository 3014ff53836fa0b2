"""A compiled model is not compiled anew for each pass."""

from __future__ import annotations

import pytest
import torch
from torch._dynamo.testing import CompileCounter
from transformers import LlamaConfig, LlamaForCausalLM

from isoglot.representation import token_states

pytestmark = pytest.mark.training


def test_passes_of_any_size_share_what_was_compiled():
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=32, hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
        attention_dropout=0.1,
    )  # fmt: skip
    model, counter = LlamaForCausalLM(config).train(), CompileCounter()
    compiled, counts = torch.compile(model, backend=counter), []
    for rows, tokens in ((4, 9), (5, 12), (6, 7), (3, 20), (8, 15)):
        ids = torch.randint(32, (rows, tokens))
        found = token_states(compiled, ids, None, [1])
        assert torch.allclose(found, token_states(model, ids, None, [1]), atol=1e-6)
        counts.append(counter.frame_count)
    assert counts[-1] <= 2  # for these sizes, then for any; for any at once where torch has learnt it before
