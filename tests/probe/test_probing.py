"""A probe of models whose answer is known: layers that were made to lie by language, and by meaning."""

from __future__ import annotations

import json
import math

import pytest
import torch

from isoglot import PromptGroup, PromptGroups
from isoglot.errors import ConfigError, ModelError
from isoglot.metrics import wilson
from isoglot.models.chat import encode
from isoglot.probe import probe, probing
from isoglot.probe.states import CellStates
from isoglot.quickstart.world.data import held_out_groups
from isoglot.quickstart.world.teach import build_model, build_tokenizer
from isoglot.quickstart.world.text import World

TAGS = ("en", "de", "sw", "ur")


def groups(each=40, tags=TAGS, lacking=None):
    """Groups in all tags but those that ``lacking`` says of a kind."""
    without = lacking or {}
    return PromptGroups(
        PromptGroup(
            id=f"{kind}-{number}",
            kind=kind,
            pivot="en",
            prompts=dict.fromkeys([tag for tag in tags if tag not in without.get(kind, ())], f"{kind} {number}"),
        )
        for kind in ("harmful", "harmless")
        for number in range(each)
    )


def made(each=40, dim=48, shared=(0.0, 1.0, 1.0), by_language=(3.0, 0.5, 3.0)):
    """States by layer: a meaning and a kind that languages share to some part, and what each language adds."""
    torch.manual_seed(0)
    count = 2 * each
    meaning, kind = torch.randn(count, 1, dim), torch.randn(dim)
    language = torch.randn(1, len(TAGS), dim)
    sign = torch.tensor([1.0] * each + [-1.0] * each).view(-1, 1, 1)
    layers = []
    for part, loud in zip(shared, by_language, strict=True):
        own = torch.randn(count, len(TAGS), dim)
        common = meaning + sign * kind
        states = part * common + own + loud * language
        states[:, 0] = (common + torch.randn(count, 1, dim) * 0.5)[:, 0] + loud * language[0, 0]
        layers.append(states)
    return CellStates(torch.stack(layers), torch.ones(count, len(TAGS), dtype=torch.bool), list(TAGS))


class Model:
    """As deep as the states; nothing of it is run."""


@pytest.fixture
def with_states(monkeypatch):
    def use(states):
        monkeypatch.setattr(probing, "cell_states", lambda *_: states)
        monkeypatch.setattr(probing, "find_decoder", lambda _: type("D", (), {"depth": len(states.values)}))

    return use


def test_the_layer_that_shares_what_tells_apart_and_lies_by_meaning(with_states):
    with_states(made())
    found = probe(Model(), None, groups())
    assert found.recommended_layer == 2
    assert found.groups == {"harmful": 40, "harmless": 40}
    assert (found.pivot, found.languages) == ("en", ["de", "sw", "ur"])
    first, second, third = found.layers
    for tag in found.languages:
        assert second.separability[tag] > 0.95 > 0.7 > first.separability[tag]
    assert second.meaning - second.language > third.meaning - third.language
    assert second.retrieval["de"] > 0.5 > first.retrieval["de"]
    told = found.estimates["de"]["separability"]
    assert told.low <= told.value == second.separability["de"] <= told.high
    hits = round(second.retrieval["sw"] * 80)
    assert found.estimates["sw"]["retrieval"] == wilson(hits, 80)
    assert not found.notes


def test_a_layer_above_half_of_the_depth_is_to_be_swept(with_states):
    with_states(made(shared=(0.0, 0.0, 1.0), by_language=(3.0, 3.0, 0.5)))
    found = probe(Model(), None, groups())
    assert found.recommended_layer == 3
    assert "Sweep consistency.layer over 2 and 3" in found.notes[0]
    assert found.worth_trying == [2, 3]


def test_where_nothing_is_shared_it_says_so(with_states):
    with_states(made(shared=(0.0, 0.0, 0.0)))
    found = probe(Model(), None, groups())
    assert found.recommended_layer == 2  # half of three, rounded
    assert found.worth_trying == [2]
    assert "half of the depth" in found.reason
    assert any("not told apart in" in note for note in found.notes)


def test_where_the_pivot_itself_tells_nothing_apart_nothing_is_said_of_others(with_states):
    torch.manual_seed(0)
    with_states(CellStates(torch.randn(3, 80, 4, 48), torch.ones(80, 4, dtype=torch.bool), list(TAGS)))
    notes = probe(Model(), None, groups()).notes
    assert any("Not even in the pivot en" in note for note in notes)
    assert not any("little in common" in note for note in notes)


def test_prompts_that_all_look_alike_are_named(with_states):
    states = made()
    states.values[..., 0] += 1e4
    with_states(states)
    assert any("All prompts look alike" in note for note in probe(Model(), None, groups(), space="raw").notes)
    assert not any("look alike" in note for note in probe(Model(), None, groups()).notes)


def test_one_kind_alone(with_states):
    states = made()
    harmful = PromptGroups(list(groups())[:40])
    with_states(CellStates(states.values[:, :40], states.mask[:40], states.languages))
    found = probe(Model(), None, harmful)
    assert found.groups == {"harmful": 40}
    assert found.layers[0].transfer == {}
    assert "fewer than two groups of a kind" in found.reason
    assert set(found.estimates["de"]) == {"retrieval"}
    assert found.estimates["en"] == {}


def test_few_prompts_are_said(with_states):
    with_states(made(each=5))
    assert any("few prompts (5 harmful, 5 harmless)" in note for note in probe(Model(), None, groups(5)).notes)


def test_all_told_apart_is_no_certainty(with_states):
    states = made(each=6)
    states.values[:, :6] += 100 * torch.randn(48, generator=torch.Generator().manual_seed(1))
    with_states(states)
    found = probe(Model(), None, groups(6)).estimates["de"]
    for name in ("separability", "transfer"):
        assert found[name].value == found[name].high == 1 > found[name].low > 0.5
        assert found[name].n == 12


def test_prompts_of_unknown_kind_are_not_counted_among_those_told_apart(with_states):
    with_states(made())
    some = [PromptGroup(id=one.id, pivot="en", prompts=one.prompts) for one in list(groups())[:10]]
    found = probe(Model(), None, PromptGroups(some) + PromptGroups(list(groups())[10:]))
    assert found.groups == {"harmful": 30, "harmless": 40, "unknown": 10}
    assert {name: one.n for name, one in found.estimates["de"].items()} == {
        "separability": 70,
        "transfer": 70,
        "gap": 70,
        "shift": 70,
        "retrieval": 80,
    }


def test_a_language_with_one_kind_is_unknown_and_not_held_against_the_model(with_states, recwarn):
    states = made()
    states.mask[:40, 3] = states.mask[40:, 2] = False
    with_states(states)
    found = probe(Model(), None, groups(lacking={"harmful": ["ur"], "harmless": ["sw"]}))
    assert found.recommended_layer == 2
    assert not math.isfinite(found.estimates["ur"]["separability"].value)
    assert found.notes == [
        "Harmful and harmless prompts are not both there in sw, ur: nothing is known of how they are told apart there."
    ]
    assert not recwarn.list


def test_of_a_language_with_one_prompt_it_is_said_that_no_translation_can_be_missed(with_states, recwarn):
    states = made()
    states.mask[1:, 3] = False
    with_states(states)
    found = probe(Model(), None, groups(lacking={"harmful": [], "harmless": ["ur"]}))
    assert math.isnan(found.layers[1].retrieval["ur"])
    assert (found.estimates["ur"]["retrieval"].n, found.estimates["sw"]["retrieval"].n) == (0, 80)
    assert found.notes[-1] == (
        "There is one prompt alone in ur, which is found by chance too: nothing is known of translations found there."
    )
    assert not recwarn.list


def test_without_any_language_of_both_kinds_meaning_and_language_decide(with_states, recwarn):
    states = made()
    states.mask[:40, 1:] = False
    states.mask[:40, 3] = True
    states.mask[40:, 3] = False
    with_states(states)
    found = probe(Model(), None, groups(lacking={"harmful": ["de", "sw"], "harmless": ["ur"]}))
    assert found.near is not None
    assert "no other language has prompts of both kinds" in found.reason
    assert not recwarn.list


def test_record_is_json_without_nan(with_states):
    with_states(made(each=5))
    record = probe(Model(), None, groups(5), layer=3).to_record()
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    assert record["layer"] == 3
    assert set(record["layers"][0]) >= {"layer", "leading_share", "effective_rank", "transfer", "retrieval"}
    assert record["estimates"]["de"]["retrieval"]["n"] == 10


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_states_that_are_no_numbers_are_an_error(with_states, value):
    states = made()
    states.values[1, 3, :2, 7] = value
    with_states(states)
    with pytest.raises(ModelError, match=r"layer 2: expected states that are numbers, got NaN or infinity in 2 of 320"):
        probe(Model(), None, groups())


def test_states_of_half_precision_are_measured_in_full(with_states):
    states = made()
    with_states(CellStates(states.values.bfloat16(), states.mask, states.languages))
    half = probe(Model(), None, groups()).layers
    with_states(CellStates(states.values.bfloat16().float(), states.mask, states.languages))
    assert half == probe(Model(), None, groups()).layers


def test_groups_that_are_left_out_are_said(with_states):
    with_states(made())
    again = PromptGroup(id="again", pivot="en", prompts={"en": "harmful 0", "de": "harmful 0"})
    assert "Left out: 1 group whose" in probe(Model(), None, groups() + PromptGroups([again])).notes[0]


def test_settings_that_are_none(with_states):
    with_states(made())
    with pytest.raises(ConfigError, match="space: expected raw or standardized or whitened, got 'cosine'"):
        probe(Model(), None, groups(), space="cosine")
    with pytest.raises(ConfigError, match="layer: expected a layer from 1 to 3"):
        probe(Model(), None, groups(), layer=4)


def test_a_real_model_by_its_hidden_states():
    world = World.load()
    tokenizer = build_tokenizer(world)
    torch.manual_seed(0)
    model = build_model(tokenizer).train()
    several = held_out_groups(world, 4, seed=0)
    found = probe(model, tokenizer, several, space="raw")
    assert model.training
    assert len(found.layers) == 4
    model.eval()
    lasts = []
    for group in several:
        for tag in ("en", "sw"):
            with torch.no_grad():
                ids = torch.tensor([encode(tokenizer, group.prompts[tag])])
                lasts.append(model(input_ids=ids, output_hidden_states=True).hidden_states[3][0, -1])
    unit = torch.nn.functional.normalize(torch.stack(lasts).view(len(several), 2, -1), dim=-1)
    hits = ((unit[:, 0] @ unit[:, 1].T).argmax(1) == torch.arange(len(several))).float().mean().item()
    assert math.isclose(found.layers[2].retrieval["sw"], hits)
