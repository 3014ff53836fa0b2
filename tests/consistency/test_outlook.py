"""What is said before the first step, against a loop over all pairs and on the embedded model, loud and not."""

from __future__ import annotations

import copy
import math
import warnings

import pytest
import torch
from torch.nn.functional import cosine_similarity
from transformers import AutoModelForCausalLM

from isoglot import Attachment, Consistency
from isoglot.consistency.outlook import Outlook, outlook
from isoglot.quickstart.world.data import alignment_groups
from isoglot.quickstart.world.loud import with_loud_coordinate


@pytest.fixture(scope="module")
def several(world):
    return alignment_groups(world, 12)


@pytest.fixture(scope="module")
def embedded(base):
    return AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32).eval()


@pytest.fixture(scope="module")
def loud(embedded, tokenizer, several):
    texts = [text for group in several for text in group.prompts.values()]
    return with_loud_coordinate(embedded, tokenizer, texts)


def told(model, tokenizer, groups, **settings):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        attachment = Attachment.for_model(model, tokenizer, Consistency(layer=2, **settings), groups)
    return attachment, [str(one.message) for one in caught if "where the objective looks" in str(one.message)]


def test_is_the_mean_over_all_pairs():
    torch.manual_seed(0)
    z, mask = torch.randn(4, 3, 5), torch.ones(4, 3, dtype=torch.bool)
    mask[2, 2] = False
    found = outlook(z, mask, 1, ["de", "en", "sw"])
    own, others = {0: [], 2: []}, {0: [], 2: []}
    for one in range(4):
        for other in range(4):
            for tag in (0, 2):
                if mask[other, tag]:
                    value = cosine_similarity(z[one, 1], z[other, tag], dim=0).item()
                    (own if one == other else others)[tag].append(value)
    mean = lambda values: sum(values) / len(values)  # noqa: E731
    assert found.translations == pytest.approx(mean(own[0] + own[2]), abs=1e-6)
    assert found.others == pytest.approx(mean(others[0] + others[2]), abs=1e-6)
    assert found.by_language == pytest.approx(
        {"de": mean(own[0]) - mean(others[0]), "sw": mean(own[2]) - mean(others[2])}, abs=1e-6
    )


def test_a_single_group_tells_nothing():
    assert outlook(torch.randn(1, 3, 5), torch.ones(1, 3, dtype=torch.bool), 0, ["en", "de", "sw"]) is None


def test_a_language_in_no_group_has_no_number_and_spoils_none():
    mask = torch.tensor([[True, True, False]] * 3)
    found = outlook(torch.randn(3, 3, 5), mask, 0, ["en", "de", "sw"])
    assert math.isnan(found.by_language["sw"])
    assert not math.isnan(found.translations)


def test_what_to_set_depends_on_where_it_looks():
    blind = Outlook(0.997, 0.995, {})
    with pytest.warns(UserWarning, match=r"0\.997.*0\.995.*consistency\.space to standardized"):
        blind.warn("raw")
    with pytest.warns(UserWarning, match=r"another consistency\.layer"):
        blind.warn("standardized")


@pytest.mark.parametrize("settings", [{"retention": 1.0}, {"retention": 0.0}], ids=["remembers", "remembers nothing"])
def test_nothing_to_pull_is_said_where_a_coordinate_hides_it(loud, tokenizer, several, settings):
    attachment, said = told(loud, tokenizer, several, space="raw", **settings)
    assert len(said) == 1
    assert attachment.term.outlook.others > 0.97
    attachment, said = told(loud, tokenizer, several, space="standardized", **settings)
    assert not said
    assert attachment.term.outlook.others < 0.3


def test_nothing_is_said_of_a_model_that_tells_prompts_apart(embedded, tokenizer, several):
    for space in ("raw", "standardized"):
        assert not told(embedded, tokenizer, several, space=space)[1]


def test_a_guard_that_looks_at_the_states_themselves_is_blind_on_the_loud_model(loud, tokenizer, several):
    """The same change of the model, seen in both spaces."""
    seen = {}
    for space in ("raw", "standardized"):
        model = with_changed_layer(loud, None)
        attachment, _ = told(model, tokenizer, several, space=space)
        with_changed_layer(model, 0.05)
        with torch.no_grad():
            seen[space] = attachment(0)[1]["consistency/retention"]
    assert seen["raw"] < 0.01
    assert seen["standardized"] > 20 * seen["raw"]


def with_changed_layer(model, amount):
    """A copy (amount None), or the same model with a disturbed first layer; the loud coordinate stays."""
    if amount is None:
        return copy.deepcopy(model)
    with torch.no_grad():
        weight = model.model.layers[0].mlp.down_proj.weight
        noise = torch.randn(weight.shape, generator=torch.Generator().manual_seed(0))
        noise[-4:] = 0
        weight += amount * noise
    return model
