"""A run that goes on with other settings of the term than its checkpoint was written with says so."""

from __future__ import annotations

import pytest
from safetensors.torch import load_file, save_file

from isoglot import Attachment, Consistency
from isoglot.errors import RunError


def softest(z, **_):
    return z.sum((1, 2))


@pytest.fixture
def bound(tiny_model, tokenizer, groups):
    def made(**changes):
        return Attachment.for_model(tiny_model, tokenizer, Consistency(**{"layer": 2} | changes), groups)

    return made


def test_settings_that_are_others_are_named_and_the_run_goes_on(bound, tmp_path):
    bound(weight=2.0, kinds=("harmful",)).save(tmp_path)
    said = r"its consistency settings are others: weight \(2\.0 there, 0\.5 now\); every \(1 there, 2 now\)\. The run"
    with pytest.warns(UserWarning, match=said):
        bound(weight=0.5, every=2).load(tmp_path)


@pytest.mark.parametrize("settings", [{}, {"objective": softest, "layer": (1, 2)}], ids=["default", "own objective"])
def test_the_same_settings_are_nothing_to_say(bound, tmp_path, settings):
    bound(**settings).save(tmp_path)
    bound(**settings).load(tmp_path)  # warnings are errors


def test_a_checkpoint_that_has_none_is_gone_on_from(bound, tmp_path):
    bound().save(tmp_path)
    path = tmp_path / "consistency.safetensors"
    save_file(load_file(path), path)  # without them, as earlier versions wrote it
    bound(weight=0.5).load(tmp_path)


@pytest.mark.parametrize(
    "kept",
    [
        {"extractor": "linear", "extractor_dim": 4},
        {"retention": 1.0},
        {"space": "standardized"},
        {"center": True},
    ],
    ids=["an extractor", "guarded prompts", "a space", "a mean"],
)
def test_a_checkpoint_without_the_file_is_refused_where_something_is_kept(bound, tmp_path, kept):
    attachment = bound(**{"retention": 0, "space": "raw"} | kept)
    with pytest.raises(RunError, match=r"expected the state of the consistency term, got nothing\. Resume from"):
        attachment.load(tmp_path)


def test_where_nothing_is_kept_none_is_needed(bound, tmp_path):
    bound(retention=0, space="raw").load(tmp_path)
