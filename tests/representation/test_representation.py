"""Which layer, which token, and a pass that stops there."""

from __future__ import annotations

from itertools import combinations

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

from isoglot import representation as rep
from isoglot.errors import ConfigError, ModelError
from isoglot.models.decoder import find_decoder, freeze_above, unwrapped
from isoglot.models.layers import resolve_layer

SIZES = dict(
    hidden_size=16,
    intermediate_size=32,
    num_hidden_layers=3,
    num_attention_heads=2,
    num_key_value_heads=2,
    vocab_size=50,
    max_position_embeddings=64,
    pad_token_id=0,
)
FAMILIES = ["llama", "qwen2", "qwen3", "mistral", "gpt2", "gpt_neox", "gemma2", "phi3", "olmo2"]


def build(family, auto=AutoModelForCausalLM, **more):
    from transformers import AutoConfig

    sizes = SIZES | more
    if family == "gpt2":
        sizes = dict(n_embd=16, n_layer=3, n_head=2, vocab_size=50, n_positions=64, pad_token_id=0) | more
    if family in ("qwen3", "gemma2"):
        sizes["head_dim"] = 8
    torch.manual_seed(0)
    return auto.from_config(AutoConfig.for_model(family, **sizes)).eval()


IDS = torch.tensor([[5, 6, 7, 8], [9, 10, 0, 0]])
MASK = torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0]])


@pytest.mark.parametrize("family", FAMILIES)
def test_states_are_those_of_the_full_pass_and_so_is_the_gradient(family):
    model = build(family)
    for layer in (1, 2, 3):
        full = model(input_ids=IDS, attention_mask=MASK, output_hidden_states=True).hidden_states[layer]
        expected = torch.stack([full[0, 3], full[1, 1]])
        found = rep.last_token_states(model, IDS, MASK, [layer])[0]
        torch.testing.assert_close(found, expected)
        grads = []
        for states in (found, expected):
            model.zero_grad()
            states.square().sum().backward()
            grads.append([p.grad.clone() if p.grad is not None else torch.zeros(()) for p in model.parameters()])
        for one, other in zip(*grads, strict=True):
            torch.testing.assert_close(one, other.expand_as(one))


def test_no_layer_above_the_chosen_one_runs_and_no_logits_are_made():
    model, ran = build("llama"), []
    for number, layer in enumerate(model.model.layers, start=1):
        layer.register_forward_hook(lambda *_, number=number: ran.append(number))
    head = model.lm_head
    head.register_forward_hook(lambda *_: ran.append("head"))
    rep.last_token_states(model, IDS, MASK, [2])
    assert ran == [1, 2]
    assert len(model.model.layers) == 3  # all are back
    assert model.lm_head is head
    assert "lm_head.weight" in model.state_dict()


def test_layers_are_back_after_an_error():
    model = build("llama")
    with pytest.raises(IndexError):
        rep.token_states(model, torch.tensor([[99]]), torch.tensor([[1]]), [1])
    assert len(model.model.layers) == 3
    assert model.lm_head.out_features == 50


def test_prompts_of_any_length_come_back_in_order():
    model = build("llama")
    prompts = [[n, *range(5, 4 + n)] for n in (4, 9, 6, 1, 2)]  # the order by length is not its own inverse
    alone = [
        rep.last_token_states(model, torch.tensor([p]), torch.ones(1, len(p), dtype=torch.long), [2])[:, 0]
        for p in prompts
    ]
    assert all((one - other).abs().max() > 0.01 for one, other in combinations(alone, 2))  # or no order could be told
    for most in (5, 20, 4096):  # one prompt at a time, some, all
        torch.testing.assert_close(rep.prompt_states(model, prompts, [2], pad=0, most=most), torch.stack(alone, 1))


def test_prompts_stand_in_one_row_as_long_as_they_fit(monkeypatch):
    monkeypatch.setattr("isoglot.representation.planning.keeps_apart", lambda model: True)
    lengths = [3, 4, 2, 5, 9, 1, 6]
    prompts = [list(range(10 * place, 10 * place + length)) for place, length in enumerate(lengths)]
    found = rep.plan_passes(build("llama"), prompts, pad=0, most=7)
    assert [one.places for one in found] == [[0, 1], [2, 3], [4], [5, 6]]  # the one of nine has a row to itself
    for one in found:
        assert one.input_ids.tolist() == [[token for place in one.places for token in prompts[place]]]
        assert one.position_ids.tolist() == [[n for place in one.places for n in range(lengths[place])]]
        assert one.input_ids[one.ends].tolist() == [prompts[place][-1] for place in one.places]


def test_found_through_lora_compile_and_classification():
    from peft import LoraConfig, get_peft_model

    model = get_peft_model(build("llama"), LoraConfig(r=2, target_modules="all-linear", task_type="CAUSAL_LM"))
    assert find_decoder(model).depth == 3
    assert rep.last_token_states(model, IDS, MASK, [2]).shape == (1, 2, 16)
    classifier = build("llama", AutoModelForSequenceClassification, num_labels=2)
    assert rep.last_token_states(classifier, IDS, MASK, [3]).shape == (1, 2, 16)
    assert find_decoder(torch.compile(build("llama"), backend="eager")).depth == 3


def test_found_in_a_wrapper_that_shows_its_models_attributes():
    """As Lightning Fabric's does."""

    class Wrapper(torch.nn.Module):
        def __init__(self, module):
            super().__init__()
            self.module = module

        def __getattr__(self, name):
            try:
                return super().__getattr__(name)
            except AttributeError:
                return getattr(super().__getattr__("module"), name)

        def forward(self, *args, **kwargs):
            return self.module(*args, **kwargs)

    model = build("llama")
    assert unwrapped(Wrapper(model)) is model
    found = rep.last_token_states(Wrapper(model), IDS, MASK, [2])
    torch.testing.assert_close(found, rep.last_token_states(model, IDS, MASK, [2]))


def test_embedding_noise_does_not_reach_the_states():
    model = build("llama")
    quiet = rep.last_token_states(model, IDS, MASK, [1])
    embeddings = model.get_input_embeddings()
    embeddings.neftune_noise_alpha = 5.0
    embeddings.register_forward_hook(
        lambda module, _i, output: output + module.neftune_noise_alpha * torch.randn_like(output)
    )
    torch.testing.assert_close(rep.last_token_states(model, IDS, MASK, [1]), quiet)
    assert embeddings.neftune_noise_alpha == 5.0


def test_a_model_without_layers_is_told():
    with pytest.raises(ModelError, match="Linear"):
        find_decoder(torch.nn.Linear(2, 2))


@pytest.mark.parametrize(
    ("layer", "depth", "expected"), [(1, 4, 1), (-1, 4, 4), (0.5, 28, 14), (0.01, 28, 1), (1.0, 28, 28), (-28, 28, 1)]
)
def test_layers_are_counted_from_one(layer, depth, expected):
    assert resolve_layer(layer, depth) == expected


@pytest.mark.parametrize("layer", [0, 5, -5, 1.5, 0.0, True, "2"])
def test_a_layer_that_is_not_there_is_told(layer):
    with pytest.raises(ConfigError, match="layer"):
        resolve_layer(layer, 4)


def test_extractor_is_seeded_and_leaves_randomness_alone():
    torch.manual_seed(1)
    before = torch.get_rng_state()
    one, other = (rep.build_extractor("linear", 8, 4, seed=3) for _ in range(2))
    assert torch.equal(one.weight, other.weight)
    assert torch.equal(torch.get_rng_state(), before)
    assert all(p.requires_grad for p in one.parameters())
    assert rep.build_extractor("linear", 8, 4, bias=False).bias is None
    assert rep.build_extractor(None, 8, 4) is None
    with pytest.raises(ConfigError, match="extractor: expected linear or frozen or None, got 'Linear'"):
        rep.build_extractor("Linear", 8, 4)


def test_the_bias_is_measured_against_the_mean_length_of_what_the_weight_adds():
    extractor = rep.build_extractor("linear", 2, 2)
    with torch.no_grad():
        extractor.weight.copy_(torch.eye(2))
        extractor.bias.copy_(torch.tensor([0.0, 2.0]))
    added = torch.tensor([[3.0, 4.0], [0.0, 3.0]])  # of lengths 5 and 3
    assert rep.bias_ratio(extractor, extractor(added)) == pytest.approx(2 / 4)
    assert rep.bias_ratio(rep.build_extractor("linear", 2, 2, bias=False), added) == 0


@pytest.mark.parametrize("dim", [4, 16, 20])
def test_a_frozen_extractor_is_orthonormal_seeded_and_without_bias(dim):
    frozen = rep.build_extractor("frozen", 8, dim, layers=2, seed=3)
    assert frozen.weight.shape == (dim, 16)
    assert frozen.bias is None
    assert not any(p.requires_grad for p in frozen.parameters())
    assert torch.equal(frozen.weight, rep.build_extractor("frozen", 8, dim, layers=2, seed=3).weight)
    assert not torch.equal(frozen.weight, rep.build_extractor("frozen", 8, dim, layers=2, seed=4).weight)
    gram = frozen.weight @ frozen.weight.T if dim <= 16 else frozen.weight.T @ frozen.weight
    torch.testing.assert_close(gram, torch.eye(min(dim, 16)), atol=1e-5, rtol=0)


def test_the_log_watches_projected_and_raw_states_apart():
    raw = torch.randn(3, 4, 8, generator=torch.Generator().manual_seed(0))
    z = torch.ones(3, 4, 5)  # an extractor's constant output
    found = rep.monitor(z, raw, between={"between_cosine": rep.directions(raw), "behind": rep.directions(z)})
    assert found["leading_share"] == pytest.approx(1)
    assert found["effective_rank"] == pytest.approx(1, abs=1e-4)
    assert found["behind"] == pytest.approx(1)
    assert found["leading_share_raw"] == pytest.approx(rep.leading_share(raw).mean().item())
    assert found["effective_rank_raw"] == pytest.approx(rep.effective_rank(raw).mean().item())
    assert found["min_cosine"] == pytest.approx(rep.min_cosine(raw).mean().item())
    assert found["between_cosine"] == pytest.approx(rep.between_cosine(raw).item(), abs=1e-6)
    assert rep.monitor(z, raw)["between_cosine"] == pytest.approx(found["between_cosine"])
    pointed = rep.directions(raw)
    cosine = pointed @ pointed.T
    expected = (cosine.sum() - cosine.trace()) / 6
    assert found["between_cosine"] == pytest.approx(expected.item(), abs=1e-6)


def test_spectrum_against_an_svd():
    z = torch.randn(5, 4, 9, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    unit = torch.nn.functional.normalize(z, dim=-1)
    s = torch.linalg.svdvals(unit)
    torch.testing.assert_close(rep.singular_values(z), s)
    share = s.square() / s.square().sum(-1, keepdim=True)
    torch.testing.assert_close(rep.leading_share(z), share[:, 0])
    torch.testing.assert_close(rep.effective_rank(z), torch.exp(-(share * share.log()).sum(-1)))


def test_spectrum_of_extremes():
    line = torch.ones(2, 3, 4)
    assert rep.leading_share(line).tolist() == pytest.approx([1, 1])
    assert rep.effective_rank(line).tolist() == pytest.approx([1, 1], abs=1e-4)
    assert rep.between_cosine(line).item() == pytest.approx(1)
    assert torch.isnan(rep.between_cosine(line[:1]))
    apart = torch.eye(4).unsqueeze(0)
    assert rep.effective_rank(apart).item() == pytest.approx(4)
    assert rep.min_cosine(torch.tensor([[[1.0, 0.0], [-2.0, 0.0], [0.0, 1.0]]])).item() == pytest.approx(-1)
    torch.manual_seed(0)
    same = torch.randn(500, 1, 7) * (torch.rand(1, 4, 1) + 0.5)
    assert rep.min_cosine(same).max() <= 1  # whatever rounding makes of it
    # A row that is not there counts for nothing.
    mask = torch.tensor([[True, False, True]])
    assert rep.min_cosine(torch.tensor([[[1.0, 0.0], [-2.0, 0.0], [1.0, 1.0]]]), mask).item() == pytest.approx(0.5**0.5)


@pytest.mark.parametrize("family", ["llama", "gpt2", "gemma2"])
def test_only_the_lower_layers_are_trained(family):
    model = build(family)
    freeze_above(model, 2)
    trained = {id(p) for p in model.parameters() if p.requires_grad}
    layers = find_decoder(model).layers
    assert all(id(p) in trained for layer in layers[:2] for p in layer.parameters())
    assert not any(id(p) in trained for p in layers[2].parameters())
    tied = model.get_output_embeddings().weight is model.get_input_embeddings().weight
    assert (id(model.get_input_embeddings().weight) in trained) != tied
    assert tied == (family != "llama")
    assert id(model.get_output_embeddings().weight) not in trained
