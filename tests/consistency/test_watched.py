"""What the log watches of the term, over compared and guarded prompts, against loops over pairs; whose word counts."""

from __future__ import annotations

import warnings

import pytest
import torch

from isoglot import Attachment, Consistency, PromptGroup, PromptGroups
from isoglot.consistency.term import ConsistencyTerm
from isoglot.groups.sampling import Turn

from .by_hand import at_states, by_hand, cosines_between, hidden, moved


@pytest.fixture(scope="module")
def few(groups):
    """Three harmful and three harmless groups in three languages."""
    kept = [group for kind in ("harmful", "harmless") for group in [g for g in groups if g.kind == kind][:3]]
    return PromptGroups(kept).select(languages=("en", "zh", "sw"))


@pytest.mark.parametrize("kinds", ["harmful", "all"])
def test_prompts_are_watched_next_to_the_guarded_ones_but_never_next_to_themselves(tiny_model, tokenizer, few, kinds):
    kinds = ["harmful"] if kinds == "harmful" else "all"
    settings = at_states(layer=2, groups_per_step=6, separation=1.0, kinds=kinds)
    term = ConsistencyTerm(tiny_model, tokenizer, settings, few)
    term.remember(tiny_model)
    before = cosines_between(by_hand(tiny_model, tokenizer, few, 2, few.languages).detach())
    moved(tiny_model, 0.5)
    now = cosines_between(by_hand(tiny_model, tokenizer, few, 2, few.languages).detach())
    _, metrics = term(tiny_model, Turn(0))
    pairs = ~torch.eye(6, dtype=torch.bool)  # three compared and three guarded, or six compared
    assert metrics["between_cosine"] == pytest.approx(now[pairs].mean().item(), abs=1e-4)
    nearer = (now - before)[pairs].clamp_min(0).sum() / (1 - before)[pairs].sum()
    assert nearer > 0.05
    assert metrics["separation"] == pytest.approx(nearer.item(), rel=0.02)


def test_the_bias_is_measured_against_the_prompts_that_are_there(tiny_model, tokenizer, few):
    one, other = few[0], few[1]
    partial = PromptGroup("partial", {tag: other.prompts[tag] for tag in ("en", "sw")}, kind="harmful")
    settings = at_states(layer=2, retention=0, extractor="linear", extractor_dim=5)
    term = ConsistencyTerm(tiny_model, tokenizer, settings, PromptGroups([one, partial]))
    _, metrics = term(tiny_model, Turn(0))
    texts = [*one.prompts.values(), *partial.prompts.values()]
    states = torch.stack([hidden(tiny_model, tokenizer, text, 2) for text in texts])
    added = (states @ term.extractor.weight.T).norm(dim=-1).mean()
    assert metrics["extractor_bias_ratio"] == pytest.approx((term.extractor.bias.norm() / added).item(), rel=1e-4)


def test_a_run_of_which_only_the_first_process_speaks(tiny_model, tokenizer, few):
    settings = at_states(layer=2, retention=0, extractor="linear", extractor_dim=5)
    heard = []
    for rank in range(2):
        term = ConsistencyTerm(tiny_model, tokenizer, settings, few)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            for step in range(6):
                term(tiny_model, Turn(step, 0, 1, rank, 2))
                with torch.no_grad():  # constant from the second step on
                    term.extractor.weight.mul_(1e-2)
                    term.extractor.bias.fill_(1.0)
        heard.append(sum("becoming constant" in str(one.message) for one in caught))
    assert heard == [1, 0]


def test_a_resumed_run_is_watched_against_its_beginning(tiny_model, tokenizer, few, tmp_path):
    settings = Consistency(layer=2, retention=0, space="raw", extractor="linear", extractor_dim=5)
    began = Attachment.for_model(tiny_model, tokenizer, settings, few)
    began(0)
    began.save(tmp_path)
    with torch.no_grad():
        began.term.extractor.weight.mul_(1e-4)
        began.term.extractor.bias.fill_(1.0)
    resumed = Attachment.for_model(tiny_model, tokenizer, settings, few)
    resumed.load(tmp_path)
    resumed.term.extractor.load_state_dict(began.term.extractor.state_dict())
    for step in (1, 2):
        resumed(step)
    with pytest.warns(UserWarning, match="becoming constant"):
        resumed(3)


def test_whether_there_is_anything_to_pull_is_looked_at_once(tiny_model, tokenizer, few):
    """Engines that shard ask at each step; where nothing is remembered each look costs passes."""
    ran = []
    tiny_model.register_forward_hook(lambda *_: ran.append(1))
    settings = at_states(layer=2, retention=0)
    attachment = Attachment.for_model(tiny_model, tokenizer, settings, few)
    first, found = len(ran), attachment.term.outlook
    assert first > 0
    attachment.remember()
    assert len(ran) == first
    assert attachment.term.outlook is found


@pytest.mark.parametrize(
    ("dtype", "compared"),
    [(torch.bfloat16, torch.float32), (torch.float32, torch.float32), (torch.float64, torch.float64)],
    ids=str,
)
def test_states_are_compared_in_float32_or_wider(tiny_model, tokenizer, few, dtype, compared):
    term = ConsistencyTerm(tiny_model.to(dtype), tokenizer, at_states(layer=2, retention=0, groups_per_step=3), few)
    states = term.runner.states(tiny_model, [term.prompts.encode(term.prompts.any_cell)])
    assert states.dtype == compared
    states.sum().backward()
    assert tiny_model.model.layers[0].mlp.down_proj.weight.grad.dtype == dtype
    assert term.runner.states(tiny_model, []).dtype == compared
