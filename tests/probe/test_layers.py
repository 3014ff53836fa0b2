from __future__ import annotations

import json
import math

import pytest
import torch

from isoglot import PromptGroup, PromptGroups
from isoglot.models.chat import encode
from isoglot.probe import layer_spectrum
from isoglot.quickstart.world.teach import build_model, build_tokenizer
from isoglot.quickstart.world.text import World

MEASURES = ("leading_share", "effective_rank", "min_cosine", "between_cosine", "spectrum")


@pytest.fixture(scope="module")
def model():
    world = World.load()
    tokenizer = build_tokenizer(world)
    torch.manual_seed(0)
    return build_model(tokenizer).train(), tokenizer


def group(name, kind, **prompts):
    return PromptGroup(id=name, kind=kind, prompts=prompts)


GROUPS = PromptGroups(
    [
        group("a", "harmful", en="one red door", sw="mlango mmoja", de="eine Tür"),
        group("b", "harmful", en="two blue cats", sw="paka wawili"),
        group("c", "harmless", en="three birds", sw="ndege watatu", de="drei Vögel"),
        group("d", None, en="four", de="vier"),
        group("e", "harmful", en="alone"),
    ]
)


def test_layout(model):
    found = layer_spectrum(*model, GROUPS)
    assert found["layers"] == [1, 2, 3, 4]
    counts = {kind: measures["groups"] for kind, measures in found["kinds"].items()}
    assert counts == {"all": 4, "harmful": 2, "harmless": 1, "unknown": 1}
    for measures in found["kinds"].values():
        assert all(len(measures[name]) == 4 for name in MEASURES)
        for shares in measures["spectrum"]:
            assert sum(shares) == pytest.approx(1, abs=1e-4)
            assert shares == sorted(shares, reverse=True)
    assert json.loads(json.dumps(found)) == found  # no NaN either: comparing would fail


def test_values_against_hidden_states(model):
    net, tokenizer = model
    states = []
    net.eval()
    for text in GROUPS[0].prompts.values():
        ids = torch.tensor([encode(tokenizer, text)])
        with torch.no_grad():
            hidden = net(input_ids=ids, output_hidden_states=True).hidden_states
        states.append(torch.stack([layer[0, -1] for layer in hidden[1:]]))
    net.train()
    found = layer_spectrum(net, tokenizer, GROUPS[:1])["kinds"]["harmful"]
    for layer in range(4):
        rows = torch.stack([state[layer] for state in states])
        rows = rows / rows.norm(dim=-1, keepdim=True)
        squared = torch.linalg.svdvals(rows) ** 2
        shares = squared / squared.sum()
        assert found["leading_share"][layer] == pytest.approx(shares[0].item(), abs=1e-4)
        assert found["effective_rank"][layer] == pytest.approx(math.exp(-(shares * shares.log()).sum()), abs=1e-3)
        assert found["min_cosine"][layer] == pytest.approx((rows @ rows.T).min().item(), abs=1e-4)
        assert found["spectrum"][layer] == pytest.approx(shares.tolist(), abs=1e-4)
    assert found["between_cosine"] == [None] * 4  # there is no other group


def test_the_model_is_left_as_it_was(model):
    net, tokenizer = model
    before = torch.get_rng_state()
    layer_spectrum(net, tokenizer, GROUPS)
    assert net.training
    assert torch.equal(torch.get_rng_state(), before)
    assert all(parameter.grad is None for parameter in net.parameters())


def test_limit_is_by_kind(model):
    kinds = layer_spectrum(*model, GROUPS, limit=1)["kinds"]
    assert {kind: measures["groups"] for kind, measures in kinds.items()} == {
        "all": 3,
        "harmful": 1,
        "harmless": 1,
        "unknown": 1,
    }


def test_groups_in_one_language_have_no_spectrum(model):
    assert layer_spectrum(*model, GROUPS[4:])["kinds"] == {}
