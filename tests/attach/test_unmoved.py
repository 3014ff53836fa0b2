"""In a loop of one's own, an extractor whose parameters no optimizer has is said to stand still."""

from __future__ import annotations

import pytest
import torch

from isoglot import Attachment, Consistency
from isoglot.attach.unmoved import STEPS

SAID = r"consistency\.extractor: .* has not moved in \d+ steps .* attachment\.parameters\(\)"


@pytest.fixture
def attachment(tiny_model, tokenizer, groups):
    sizes = dict(extractor_dim=4, groups_per_step=2, languages_per_step=2)
    settings = Consistency(layer=2, weight=0.01, extractor="linear", **sizes)
    return Attachment.for_model(tiny_model, tokenizer, settings, groups)


def train(attachment, optimizer, steps=STEPS + 3):
    for step in range(steps):
        attachment.backward(step)
        optimizer.step()
        optimizer.zero_grad()


def test_an_extractor_that_no_optimizer_has_is_said_to_stand_still_once(attachment, tiny_model):
    with pytest.warns(UserWarning, match=SAID) as caught:
        train(attachment, torch.optim.SGD(tiny_model.parameters(), lr=1e-4))
    assert sum("extractor" in str(one.message) for one in caught) == 1


def test_one_that_learns_is_not(attachment, tiny_model):
    train(attachment, torch.optim.SGD([*tiny_model.parameters(), *attachment.parameters()], lr=1e-4))


@pytest.mark.parametrize("place", [0, 1])
def test_nor_one_of_which_a_part_learns(attachment, tiny_model, place):
    """A weight or a bias that somebody freezes is no mistake."""
    train(attachment, torch.optim.SGD([*tiny_model.parameters(), attachment.parameters()[place]], lr=1e-4))


def test_nor_one_whose_rate_begins_at_zero_or_whose_run_is_short(attachment, tiny_model):
    optimizer = torch.optim.SGD([*tiny_model.parameters(), *attachment.parameters()], lr=1e-4)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: float(step >= 2))
    for step in range(STEPS + 3):
        attachment.backward(step)
        attachment.backward(step)  # twice in a step is one step
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
