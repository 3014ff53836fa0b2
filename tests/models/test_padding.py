"""Whatever a tokenizer says of padding, and whatever it does not know: the same states, the same answers."""

from __future__ import annotations

import copy

import pytest
import torch

from isoglot import Attachment, Consistency, PromptGroup, PromptGroups
from isoglot.evaluate.answering.responses import Generator

pytestmark = pytest.mark.training


def test_states_and_answers_do_not_depend_on_how_a_tokenizer_pads(tiny_model, tokenizer):
    unknown = "\u2602 \u2603 \u2604"
    groups = PromptGroups(
        PromptGroup(name, {"en": f"the {name} {unknown} the", "sw": f"nyumba {name}", "zh": unknown}, kind=kind)
        for name, kind in (("house", "harmful"), ("garden", "harmless"))
    )
    cells = [(group, tag) for group in groups for tag in group.prompts]

    def found(made, size):
        batches = Generator(tiny_model, made, max_new_tokens=6, batch_size=size)(cells)
        answers = {response.key: response.response for batch in batches for response in batch}
        term, _ = Attachment.for_model(tiny_model, made, Consistency(groups_per_step=1), groups)(0)
        return answers, term.detach()

    answers, term = found(tokenizer, 1)
    assert tokenizer(f"{unknown} the {unknown}").input_ids.count(tokenizer.unk_token_id) > 1
    for side in ("left", "right"):
        for pad in (tokenizer.pad_token, tokenizer.eos_token, tokenizer.unk_token, None):
            made = copy.deepcopy(tokenizer)
            made.padding_side, made.pad_token = side, pad
            ours, ours_term = found(made, 4)
            assert ours == answers
            torch.testing.assert_close(ours_term, term)
