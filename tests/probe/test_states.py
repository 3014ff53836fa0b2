"""States of prompt groups at every layer, against the model's own hidden states."""

from __future__ import annotations

import pytest
import torch

from isoglot import PromptGroup
from isoglot.models.chat import encode
from isoglot.probe.states import cell_states
from isoglot.quickstart.world.teach import build_model, build_tokenizer
from isoglot.quickstart.world.text import World

GROUPS = [
    PromptGroup(id="a", pivot="en", prompts={"en": "tree", "de": "Baum"}),
    PromptGroup(id="b", pivot="en", prompts={"en": "a small tree", "sw": "mti"}),
]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_states_are_the_models_own_in_its_own_dtype(dtype):
    tokenizer = build_tokenizer(World.load())
    torch.manual_seed(0)
    model = build_model(tokenizer).to(dtype)
    told = []
    found = cell_states(model, tokenizer, GROUPS, lambda *counts: told.append(counts))
    assert found.values.dtype == dtype
    assert found.languages == ["en", "de", "sw"]
    assert found.mask.tolist() == [[True, True, False], [True, False, True]]
    assert told == [(0, 2), (1, 2), (2, 2)]
    assert not found.values[:, ~found.mask].any()
    for place, group in enumerate(GROUPS):
        for tag, prompt in group.prompts.items():
            with torch.no_grad():
                alone = model(input_ids=torch.tensor([encode(tokenizer, prompt)]), output_hidden_states=True)
            own = torch.stack([states[0, -1] for states in alone.hidden_states[1:]])
            here = found.values[:, place, found.languages.index(tag)]
            torch.testing.assert_close(here, own, atol=1e-5 if dtype == torch.float32 else 0.1, rtol=0.05)
