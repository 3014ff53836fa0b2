"""Collapse is told once, when it has lasted, against where the run began."""

from __future__ import annotations

import math
import warnings

import pytest
import torch

from isoglot import Consistency
from isoglot.attach.attachment import Attachment
from isoglot.consistency.collapse import CollapseWatch
from isoglot.consistency.guards import crowding


def told(cosines, name="between_cosine"):
    watch = CollapseWatch()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for step, value in enumerate(cosines):
            watch.look({name: value}, step)
    return [str(warning.message) for warning in caught]


def test_prompts_that_fall_together_are_told_once_with_what_to_change():
    (message,) = told([0.80, 0.95, 0.985, 0.99, 0.995, 0.999, 1.0])
    assert "step 4" in message  # the third look in a row with less than a tenth of the distance left
    assert "0.9950, and was 0.8000 at first" in message
    assert "consistency.retention" in message


@pytest.mark.parametrize(
    "cosines",
    [
        [0.99, 0.99, 0.991, 0.992, 0.991],  # high from the beginning: a common part, no collapse
        [0.5, 0.999, 0.6, 0.999, 0.6, 0.999, 0.999, 0.6],  # never lasting
        [0.8, 0.99, 0.85, 0.99, 0.99, 0.85, 0.99],
        [0.5, 0.985, 0.985, 0.985],  # 3 % are left, where prompts pointed everywhere at first: on the way most do that
        [0.5, float("nan"), float("nan"), float("nan")],
        [],
    ],
)
def test_what_is_no_collapse_is_not_told(cosines):
    assert told(cosines) == []


def test_a_constant_extractor_has_advice_of_its_own():
    (message,) = told([0.3, 0.99, 0.99, 0.99, 0.99], "between_cosine_projected")
    assert "extractor_bias" in message


def test_crowding_is_zero_apart_one_together_and_only_counts_what_came_nearer():
    apart = torch.eye(3).unsqueeze(0)
    together = torch.tensor([1.0, 0.0, 0.0]).expand(1, 3, 3)
    assert crowding(apart, apart).item() == 0
    assert crowding(together, apart).item() == pytest.approx(1)
    assert crowding(apart, together).item() == 0  # further apart than before is nobody's concern
    pair = torch.tensor([[[1.0, 0.0, 0.0], [0.6, 0.8, 0.0], [0.0, 0.0, 1.0]]])
    assert crowding(pair, apart).item() == pytest.approx(2 * 0.6 / 6)
    assert crowding(apart[:, :1], apart[:, :1]).item() == 0


def test_prompts_that_were_as_good_as_one_do_not_count():
    same = torch.nn.functional.normalize(torch.tensor([[[1.0, 0.0], [1.0, 1e-5]]]), dim=-1)
    assert crowding(same, same).item() == 0
    apart = torch.eye(2).unsqueeze(0)
    assert crowding(apart, same).item() == 0


def test_a_resumed_run_is_told_against_its_beginning_and_a_step_is_looked_at_once():
    watch = CollapseWatch()
    watch.look({"between_cosine": 0.5}, 0)
    resumed = CollapseWatch()
    resumed.load_state_dict(watch.state_dict())
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(5):
            resumed.look({"between_cosine": 0.999}, 7)
        assert not caught
        for step in (8, 9):
            resumed.look({"between_cosine": 0.999}, step)
    assert "was 0.5000 at first" in str(caught[0].message)
    again = CollapseWatch()
    again.load_state_dict(resumed.state_dict())
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # it has been said
        for step in range(10, 14):
            again.look({"between_cosine": 0.999}, step)
    assert CollapseWatch().state_dict() == {}


def test_a_stop_between_low_steps_does_not_start_the_count_anew():
    watch = CollapseWatch()
    for step, cosine in enumerate((0.5, 0.999, 0.999)):
        watch.look({"between_cosine": cosine}, step)
    resumed = CollapseWatch()
    resumed.load_state_dict(watch.state_dict())
    with pytest.warns(UserWarning, match="falling together"):
        resumed.look({"between_cosine": 0.999}, 3)


def test_a_prompt_alone_is_told_against_the_one_before_it():
    watch = CollapseWatch()
    first, second = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.6, 0.8]])
    assert len(watch.compared_with_the_last({"between_cosine": first}, ["a"])["between_cosine"]) == 1
    found = watch.compared_with_the_last({"between_cosine": second}, ["b"])["between_cosine"]
    assert found.tolist() == [second[0].tolist(), first[0].tolist()]
    assert len(watch.compared_with_the_last({"between_cosine": second}, ["b"])["between_cosine"]) == 1  # itself again
    both = torch.cat([first, second])
    assert watch.compared_with_the_last({"between_cosine": both}, ["c", "d"])["between_cosine"] is both


def test_only_an_extractor_has_a_cosine_behind_it(tiny_model, tokenizer, groups):
    def logged(**settings):
        made = Consistency(layer=2, groups_per_step=4, retention=0, objective="pivot_cosine", **settings)
        return Attachment.for_model(tiny_model, tokenizer, made, groups).backward(0)

    assert "consistency/between_cosine_projected" not in logged(center=True)
    assert "consistency/between_cosine_projected" in logged(extractor="frozen")


def test_one_group_a_step_is_watched_too(tiny_model, tokenizer, groups):
    settings = Consistency(layer=2, groups_per_step=1, retention=0)
    attachment = Attachment.for_model(tiny_model, tokenizer, settings, groups)
    cosines = [attachment.backward(step)["consistency/between_cosine"] for step in range(3)]
    assert math.isnan(cosines[0])
    assert all(-1 <= cosine < 1 for cosine in cosines[1:])
