"""Soft prompts: an answer does not depend on what else is asked, and virtual tokens take room in the context."""

from __future__ import annotations

import pytest
import torch
from peft import PrefixTuningConfig, PromptEncoderConfig, PromptTuningConfig, get_peft_model

from isoglot import PromptGroup
from isoglot.evaluate.answering.responses import Generator

VIRTUAL = 5
CONFIGS = {
    "prompt tuning": PromptTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=VIRTUAL),
    "p-tuning": PromptEncoderConfig(task_type="CAUSAL_LM", num_virtual_tokens=VIRTUAL, encoder_hidden_size=16),
    "prefix tuning": PrefixTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=VIRTUAL),
}
pytestmark = [
    pytest.mark.training,
    pytest.mark.filterwarnings("ignore:Position ids are not supported"),
]


@pytest.fixture(params=CONFIGS)
def model(request, tiny_model):
    torch.manual_seed(1)
    for parameter in tiny_model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)  # answers that are sensitive to what stands where
    made = get_peft_model(tiny_model, CONFIGS[request.param])
    for parameter in made.parameters():
        if parameter.requires_grad:
            torch.nn.init.normal_(parameter, std=0.5)
    return made


def test_answers_alone_and_together_are_the_same(model, tokenizer):
    groups = [PromptGroup(str(n), {"en": "the house " * (1 + n // 2)}) for n in (1, 2, 3, 30, 31)]
    cells = [(group, "en") for group in groups]
    one, five = (Generator(model, tokenizer, max_new_tokens=8, batch_size=size) for size in (1, 5))
    together = {response.key: response for batch in five(cells) for response in batch}
    assert together == {response.key: response for batch in one(cells) for response in batch}
    assert len({response.response for response in together.values()}) > 1  # and none says the same to all


def test_virtual_tokens_take_room(model, tokenizer):
    generator = Generator(model, tokenizer, max_new_tokens=100)
    assert generator.max_length == 128 - 100 - VIRTUAL
    long = PromptGroup("long", {"en": "the house " * 200}, kind="harmful")
    with pytest.warns(UserWarning, match="longer than the limit"):
        ((response,),) = generator([(long, "en")])
    assert response.prompt_cut
