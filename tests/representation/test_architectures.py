"""On tiny models of many architectures: a pass that stops at a layer is the full pass up to there."""

from __future__ import annotations

import copy
import functools

import pytest
import torch

from isoglot import Attachment, Consistency, PromptGroups
from isoglot import representation as rep
from isoglot.errors import ModelError
from isoglot.groups import PromptGroup
from isoglot.models.chat import encode
from isoglot.models.decoder import find_decoder, hidden_size, unwrapped

from ..conftest import WHOLE
from .architectures import ALL, APART, DEPTH, HIDDEN, NOT_APART, named, packed_states

PROMPTS = [[5, 6, 7, 8, 11, 13, 9, 3, 4], [9, 10, 12], [20, 21, 22, 23, 24]]
LENGTHS = [len(prompt) for prompt in PROMPTS]
ENDS = torch.arange(3), torch.tensor(LENGTHS) - 1
IDS = torch.tensor([prompt + [0] * (9 - len(prompt)) for prompt in PROMPTS])
MASK = (IDS > 0).long()

VOCABULARY = 1100  # at least the embedded tokenizer has

WITH_GRADIENTS = range(1, DEPTH + 1) if WHOLE else (2, DEPTH)  # within the model and at its end, through all layers

every = pytest.mark.parametrize("architecture", ALL, ids=str)


def some(*names):
    return pytest.mark.parametrize("architecture", [named(name) for name in names], ids=str)


# Plain, with shared keys and values, experts, state spaces, an encoder, an image encoder.
OF_EACH_KIND = ("llama", "gemma3n", "gemma4", "mixtral", "qwen3_next", "bamba", "t5", "bart", "gemma3-vision")


@functools.cache
def built(name):
    """An architecture's model for all tests that leave it as it is; its vocabulary is the embedded tokenizer's."""
    return named(name).build(VOCABULARY)


def gradients(model, states):
    """Gradients of a function of states, (rows, hidden), by parameter; those of unused parameters are zeros."""
    weights = torch.linspace(-1, 1, states.numel()).view_as(states)
    model.zero_grad()
    (weights * states.sin()).sum().backward()
    return {name: torch.zeros_like(p) if p.grad is None else p.grad.clone() for name, p in model.named_parameters()}


def assert_same(one, other):
    """Gradients by parameter, to single precision of the largest of each parameter."""
    assert one.keys() == other.keys()
    for name, grad in one.items():
        atol = 1e-5 * max(1.0, other[name].abs().max().item())
        torch.testing.assert_close(
            grad, other[name], rtol=1e-5, atol=atol, msg=lambda text, name=name: f"{name}: {text}"
        )


def layer_parameters(model, number):
    """Names of the parameters of one layer, counted from 1."""
    ours = {id(p) for p in find_decoder(model).layers[number - 1].parameters()}
    return {name for name, p in model.named_parameters() if id(p) in ours}


def without_dropout(model):
    model.train()
    for module in model.modules():
        for name in ("p", "dropout", "activation_dropout", "attention_dropout"):
            if isinstance(getattr(module, name, None), float):
                setattr(module, name, 0.0)
    return model


@every
def test_layer_k_of_a_stopped_pass_is_layer_k_of_the_full_pass_and_so_is_the_gradient(architecture):
    model = built(architecture.name)
    decoder = find_decoder(model)
    layers = list(decoder.layers)
    assert (len(layers), hidden_size(model)) == (DEPTH, HIDDEN)
    with torch.no_grad():
        before = [states[ENDS] for states in architecture.full_states(model, IDS, MASK)[:DEPTH]]
    for layer in range(1, DEPTH + 1):
        stopped = rep.last_token_states(model, IDS, MASK, [layer])[0]
        torch.testing.assert_close(stopped, before[layer - 1])
        if layer in WITH_GRADIENTS:
            full = architecture.full_states(model, IDS, MASK)[layer - 1][ENDS]
            one, other = gradients(model, stopped), gradients(model, full)
            assert any(bool(one[name].any()) for name in layer_parameters(model, layer))
            assert_same(one, other)
    assert list(find_decoder(model).layers) == layers
    with torch.no_grad():
        after = architecture.full_states(model, IDS, MASK)[DEPTH - 1][ENDS]
    torch.testing.assert_close(after, before[-1], rtol=0, atol=0)


@every
def test_the_head_is_left_out(architecture):
    model, ran = built(architecture.name), []
    head = unwrapped(model).get_output_embeddings()
    if head is None:
        pytest.skip("a model without output embeddings")
    handle = head.register_forward_hook(lambda *_: ran.append(1))
    rep.last_token_states(model, IDS, MASK, [1, DEPTH])
    assert not ran
    handle.remove()
    assert unwrapped(model).get_output_embeddings() is head


@every
def test_padding_on_the_right_does_not_reach_the_last_token(architecture):
    model = built(architecture.name)
    with torch.no_grad():
        padded = rep.last_token_states(model, IDS, MASK, [1, 2, 3, 4])
        alone = [architecture.full_states(model, torch.tensor([prompt])) for prompt in PROMPTS]
    expected = torch.stack([torch.stack([states[layer][0, -1] for states in alone]) for layer in range(DEPTH)])
    torch.testing.assert_close(padded, expected, rtol=1e-5, atol=3e-5)


@every
def test_gradients_go_into_the_upper_layers_only_if_asked(architecture):
    model = built(architecture.name)
    both = gradients(model, rep.last_token_states(model, IDS, MASK, [3])[0])
    states = rep.token_states(model, IDS, MASK, [3], gradient_layers=1, at=ENDS)[0]
    upper = gradients(model, states)
    third = layer_parameters(model, 3)
    lower = layer_parameters(model, 1) | layer_parameters(model, 2)
    assert any(bool(upper[name].any()) for name in third - lower)
    assert_same({name: upper[name] for name in third - lower}, {name: both[name] for name in third - lower})
    assert not any(bool(upper[name].any()) for name in lower - third)


@some(*OF_EACH_KIND)
@pytest.mark.parametrize("reentrant", [False, True], ids=["nonreentrant", "reentrant"])
def test_checkpointing_changes_nothing(architecture, reentrant):
    model = without_dropout(architecture.build())
    plain = rep.last_token_states(model, IDS, MASK, [3])[0]
    wanted = gradients(model, plain)
    model.gradient_checkpointing_enable({"use_reentrant": reentrant})
    ran = []
    find_decoder(model).layers[0].register_forward_pre_hook(lambda *_: ran.append(1))
    again = rep.last_token_states(model, IDS, MASK, [3])[0]
    torch.testing.assert_close(again, plain)
    if reentrant and architecture.name in ("gemma3n", "gemma4"):
        # Gradients of keys and values that layers share are lost in transformers' own passes.
        wanted = gradients(model, architecture.full_states(model, IDS, MASK)[2][ENDS])
    assert_same(gradients(model, again), wanted)
    assert ran


@some("llama", "gemma3n", "gpt_neox", "qwen3_5", "t5", "qwen3_vl-vision", "llama-classifier")
def test_found_through_lora(architecture):
    from peft import LoraConfig, get_peft_model

    task = {"t5": "SEQ_2_SEQ_LM", "llama-classifier": "SEQ_CLS"}.get(architecture.name, "CAUSAL_LM")
    config = LoraConfig(r=2, target_modules="all-linear", task_type=task, init_lora_weights=False)
    model = get_peft_model(architecture.build(), config).eval()
    full = architecture.full_states(unwrapped(model), IDS, MASK)[1][ENDS]
    stopped = rep.last_token_states(model, IDS, MASK, [2])[0]
    torch.testing.assert_close(stopped, full)
    one, other = gradients(model, stopped), gradients(model, full)
    assert_same(one, other)
    assert any(bool(grad.any()) for name, grad in one.items() if "lora_" in name)


@pytest.mark.training  # it trains nothing, but compiling takes as long
@some("llama", "gemma4", "gpt2", "t5", "llava-vision")
def test_found_through_compile(architecture):
    plain = architecture.build()
    expected = rep.last_token_states(plain, IDS, MASK, [2])[0]
    wanted = gradients(plain, expected)
    compiled = torch.compile(architecture.build(), backend="eager")
    for _ in range(2):
        states = rep.last_token_states(compiled, IDS, MASK, [2])[0]
        torch.testing.assert_close(states, expected)
        assert_same(gradients(unwrapped(compiled), states), wanted)
    assert len(find_decoder(compiled).layers) == DEPTH


@(every if WHOLE else some(*OF_EACH_KIND))
def test_a_step_of_the_term_is_what_full_passes_say(architecture, tokenizer, groups):
    model = built(architecture.name)
    group = groups[0]
    chosen = {language: group.prompts[language] for language in (group.pivot, *list(group.prompts)[1:4])}
    prompts = [PromptGroup("one", chosen, pivot=group.pivot)]
    settings = Consistency(objective="pivot_cosine", space="raw", layer=2, retention=0.0, weight=1.0, groups_per_step=1)
    attachment = Attachment.for_model(model, tokenizer, settings, PromptGroups(prompts))
    rows = {}
    for language, prompt in chosen.items():
        ids = torch.tensor([encode(tokenizer, prompt)])
        rows[language] = architecture.full_states(model, ids)[1][0, -1]
    pivot = rows.pop(group.pivot).detach()
    expected = torch.stack([1 - torch.cosine_similarity(row, pivot, dim=0) for row in rows.values()]).mean()
    model.zero_grad()
    expected.backward()
    wanted = {name: None if p.grad is None else p.grad.clone() for name, p in model.named_parameters()}
    model.zero_grad()
    metrics = attachment.backward(0)
    assert metrics["consistency/loss"] == pytest.approx(expected.item(), rel=1e-4)
    trained = layer_parameters(model, 1) | layer_parameters(model, 2)
    upper = (layer_parameters(model, 3) | layer_parameters(model, 4)) - trained
    for name, parameter in model.named_parameters():
        if name in trained and wanted[name] is not None:
            torch.testing.assert_close(parameter.grad, wanted[name], rtol=1e-3, atol=1e-4)
        if name in upper:
            assert parameter.grad is None


@pytest.mark.parametrize(
    ("architecture", "attention"),
    [(one, how) for one in APART for how in ("eager", "sdpa") if (one.name, how) != ("gemma2", "sdpa")],  # eager only
    ids=str,
)
def test_prompts_in_one_row_are_kept_apart_by_their_positions(architecture, attention):
    model = copy.deepcopy(built(architecture.name))
    model.set_attn_implementation(attention)
    with torch.no_grad():
        alone = [packed_states(model, [prompt])[0] for prompt in PROMPTS]
        torch.testing.assert_close(packed_states(model, PROMPTS), torch.stack(alone), rtol=1e-5, atol=3e-5)


@pytest.mark.parametrize("architecture", NOT_APART, ids=str)
def test_where_positions_do_not_keep_prompts_apart_the_later_ones_differ(architecture):
    model = built(architecture.name)
    with torch.no_grad():
        alone = torch.stack([packed_states(model, [prompt])[0] for prompt in PROMPTS])
        together = packed_states(model, PROMPTS)
    torch.testing.assert_close(together[0], alone[0], rtol=1e-5, atol=3e-5)
    assert (together - alone)[1:].abs().max() > 0.1


def test_layers_are_never_left_out_at_random():
    model = named("m2m_100").build(encoder_layerdrop=0.9).train()
    for _ in range(5):
        assert rep.last_token_states(model, IDS, MASK, [2, 4]).shape == (2, 3, HIDDEN)
    assert model.get_encoder().layerdrop == 0.9


def test_the_writing_half_of_an_encoder_decoder_runs_no_layer_and_is_back_afterwards():
    model, ran = named("t5").build(), []
    for layer in model.get_decoder().block:
        layer.register_forward_hook(lambda *_: ran.append(1))
    rep.last_token_states(model, IDS, MASK, [2])
    assert not ran
    assert len(model.get_decoder().block) == 2
    with pytest.raises(IndexError):
        rep.last_token_states(model, IDS + 1000, MASK, [2])
    assert (len(model.get_decoder().block), len(model.get_encoder().block)) == (2, DEPTH)


def test_a_list_that_is_as_long_by_chance_is_not_taken():
    model = named("gemma3n").build(altup_num_inputs=DEPTH + 1)
    lists = [child for child in model.model.children() if isinstance(child, torch.nn.ModuleList)]
    assert [len(one) for one in lists].count(DEPTH) > 1
    assert find_decoder(model).name == "layers"


def test_a_model_without_one_list_of_layers_is_refused():
    from transformers import XLMConfig, XLMWithLMHeadModel

    model = XLMWithLMHeadModel(XLMConfig(vocab_size=50, emb_dim=16, n_layers=DEPTH, n_heads=2))
    with pytest.raises(ModelError, match="XLMWithLMHeadModel"):
        find_decoder(model)


def test_states_with_the_tokens_first_are_refused():
    from transformers import XLNetConfig, XLNetLMHeadModel

    model = XLNetLMHeadModel(XLNetConfig(vocab_size=50, d_model=16, n_layer=DEPTH, n_head=2, d_inner=32)).eval()
    with pytest.raises(ModelError, match="layer 2"):
        rep.last_token_states(model, IDS, MASK, [2])
