"""The embedding table's gradient row by row: what autograd gives, without a second table."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

from isoglot.models.embeddings import rows_only

IDS = torch.tensor([[5, 6, 5, 5], [6, 7, 0, 0]])


def llama(**more):
    torch.manual_seed(0)
    sizes = dict(hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2, vocab_size=50)
    return LlamaForCausalLM(LlamaConfig(**sizes | more))


def gpt2():
    torch.manual_seed(0)
    return GPT2LMHeadModel(GPT2Config(n_embd=16, n_layer=2, n_head=2, vocab_size=50, n_positions=16)).eval()


def gradients(model, *, by_rows, times=1):
    """Of a function of the logits, from zero on."""
    model.zero_grad(set_to_none=True)
    for _ in range(times):
        if by_rows:
            with rows_only(model):
                logits = model(input_ids=IDS).logits
        else:
            logits = model(input_ids=IDS).logits
        logits.square().sum().backward()
    return {name: p.grad for name, p in model.named_parameters() if p.grad is not None}


class Dense(torch.utils._python_dispatch.TorchDispatchMode):
    """Notes how many rows the gradients of lookups have."""

    def __init__(self):
        super().__init__()
        self.rows = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        if function is torch.ops.aten.embedding_dense_backward.default:
            self.rows.append(args[2])
        return function(*args, **(kwargs or {}))


@pytest.mark.parametrize(
    "model",
    [llama(), llama(pad_token_id=6), llama(tie_word_embeddings=True), gpt2()],
    ids=["plain", "padding", "tied", "gpt2"],
)
@pytest.mark.parametrize("times", [1, 2])
def test_the_gradient_is_autograds_and_no_table_is_made_for_it(model, times):
    expected = gradients(model, by_rows=False, times=times)
    with Dense() as seen:
        found = gradients(model, by_rows=True, times=times)
    assert found.keys() == expected.keys()
    for name, gradient in expected.items():
        torch.testing.assert_close(found[name], gradient, msg=name)
    assert [rows for rows in seen.rows if rows == 50] == []
    assert 4 in seen.rows  # the tokens 0, 5, 6 and 7


def test_with_checkpointing_of_both_kinds():
    for reentrant in (True, False):
        model = llama().train()
        model.gradient_checkpointing_enable({"use_reentrant": reentrant})
        expected = gradients(model, by_rows=False)
        for name, gradient in gradients(model, by_rows=True).items():
            torch.testing.assert_close(gradient, expected[name], msg=name)


class Scaled(nn.Embedding):
    def forward(self, ids):
        return super().forward(ids) * 3.0


def scaled(model):
    table = Scaled(50, 16)
    table.weight.data.copy_(model.get_input_embeddings().weight.data)
    model.set_input_embeddings(table)


def hooked(model):
    model.get_input_embeddings().weight.register_hook(lambda gradient: gradient * 2)


def frozen(model):
    model.get_input_embeddings().requires_grad_(False)


def compiled(model):
    model.compile(backend="eager")


@pytest.mark.parametrize("change", [scaled, hooked, frozen, pytest.param(compiled, marks=pytest.mark.training)])
def test_autograd_does_what_is_not_plain(change):
    found = []
    for by_rows in (False, True):
        model = llama()
        change(model)
        found.append(gradients(model, by_rows=by_rows))
    for name, gradient in found[0].items():
        torch.testing.assert_close(found[1][name], gradient, msg=name)


def test_outside_nothing_is_left_behind():
    model = llama()
    with rows_only(model):
        pass
    assert not model.get_input_embeddings()._forward_hooks
