"""The variant of the embedded model whose states all look alike."""

from __future__ import annotations

import pytest
import torch
from torch.nn.functional import cosine_similarity
from transformers import AutoModelForCausalLM

from isoglot import representation as rep
from isoglot.evaluate.answering.responses import Generator
from isoglot.judges import RuleJudge
from isoglot.models.chat import encode
from isoglot.quickstart.world.data import alignment_groups, held_out_groups
from isoglot.quickstart.world.loud import with_loud_coordinate


@pytest.fixture(scope="module")
def loud(base, tokenizer, world):
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32).eval()
    texts = [text for group in alignment_groups(world, 8) for text in group.prompts.values()]
    return with_loud_coordinate(model, tokenizer, texts)


def test_one_coordinate_holds_nearly_all_of_every_state(loud, tokenizer, world):
    prompts = [encode(tokenizer, text) for group in alignment_groups(world, 4) for text in group.prompts.values()]
    for layer in (1, 2, 3):
        with torch.no_grad():
            states = rep.prompt_states(loud, prompts, [layer], pad=0)[0]
        share = states[:, -1].square() / states.square().sum(-1)
        assert share.mean() > 0.9
        assert share.min() > 0.75
        assert torch.isfinite(states).all()
        assert cosine_similarity(states[:-1], states[1:], dim=-1).min() > 0.75


@pytest.mark.training  # generates
def test_it_still_answers_in_every_language(loud, tokenizer, world):
    groups = held_out_groups(world, 6)
    cells = [(group, tag) for group in groups if group.kind == "harmless" for tag in group.prompts]
    judge, fine = RuleJudge(candidates=groups.languages), 0
    for batch in Generator(loud, tokenizer, max_new_tokens=32, batch_size=128)(cells):
        for response in batch:
            verdict = judge(response.prompt, response.response, language=response.language, kind=response.kind)
            fine += verdict.outcome == "safe" and verdict.language == response.language
    assert fine >= 0.85 * len(cells)


def test_it_is_saved_and_loaded_like_any_model(loud, tmp_path):
    loud.save_pretrained(tmp_path)
    again = AutoModelForCausalLM.from_pretrained(tmp_path, dtype=torch.float32).eval()
    ids = torch.tensor([[5, 6, 7]])
    torch.testing.assert_close(again(ids).logits, loud(ids).logits)
