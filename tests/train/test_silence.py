"""While training runs, or is looked at, other libraries are silent: their warnings, log lines and bars."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path

import datasets
import pytest
import transformers

from isoglot.progress import Silent
from isoglot.sweep import worker
from isoglot.sweep.trial import Trial
from isoglot.train import RunFile, train
from isoglot.train.dry_run import dry_run
from isoglot.train.silence import silence

NAMES = ("torch", "accelerate", "trl", "peft", "datasets", "DeepSpeed")


class EnoughError(Exception):
    """Ends the work once it has been looked at."""


class Chatter(Silent):
    """Has every library speak when a step begins, and looks at what holds for their bars."""

    def __init__(self, at: str) -> None:
        self.at, self.bars, self.verbosity = at, None, None

    def begin(self, what: str) -> None:
        if what == self.at:
            self.speak()
            raise EnoughError

    def speak(self) -> None:
        for name in NAMES:
            logging.getLogger(name).warning("chatter of %s", name)
            logging.getLogger(name).error("an error of %s", name)
        for module in ("trl.trainer", "torch.nn", "isoglot.train"):
            warnings.warn_explicit(f"of {module}", UserWarning, "x.py", 1, module=module)
        self.bars = (
            not datasets.are_progress_bars_disabled(),
            transformers.logging.is_progress_bar_enabled(),
        )
        self.verbosity = transformers.logging.get_verbosity()


@pytest.fixture
def heard(caplog, monkeypatch):
    """Everything that was said outside: log lines and warnings."""
    levels = {name: logging.getLogger(name).level for name in NAMES}
    for name in NAMES:
        logging.getLogger(name).setLevel(logging.WARNING)
        monkeypatch.setattr(logging.getLogger(name), "propagate", True)
        monkeypatch.setattr(logging.getLogger(name), "filters", [])  # which a command has left in this process
    bars = datasets.are_progress_bars_disabled(), transformers.logging.is_progress_bar_enabled()
    datasets.enable_progress_bars()
    transformers.logging.enable_progress_bar()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield lambda: ([one.getMessage() for one in caplog.records], [str(one.message) for one in caught])
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    if bars[0]:
        datasets.disable_progress_bars()
    if not bars[1]:
        transformers.logging.disable_progress_bar()


def work(which, chatter, settings, tmp_path, monkeypatch):
    """A training, a look at one, and a trial of a sweep, which end where they have spoken."""
    if which == "trial":
        key = {"run": {}, "inputs": {}, "evaluate": {}, "judge": {}}
        trial = Trial(
            setting="s", name="s", seed=0, folder=tmp_path / "trial", run={}, model={}, test=Path(), key=key, meta={},
            max_new_tokens=8, batch_size=1, keep_model=False, reference=Path(),
        )  # fmt: skip
        trial.prepare()
        monkeypatch.setattr(worker, "_run", lambda _: chatter.speak())
        worker.run_trial(trial)
        return
    run = RunFile.from_dict(settings())
    with pytest.raises(EnoughError):
        train(run, show=chatter) if which == "train" else dry_run(run, show=chatter)


@pytest.mark.parametrize("which", ["train", "look", "trial"])
def test_libraries_are_silent_but_for_errors_and_isoglot_is_not(which, heard, settings, tmp_path, monkeypatch):
    chatter = Chatter("Loading the tokenizer")
    work(which, chatter, settings, tmp_path, monkeypatch)
    said, warned = heard()
    assert [text for text in said if "chatter" in text] == []
    assert [text for text in said if "an error" in text] == [f"an error of {name}" for name in NAMES]
    assert warned == ["of isoglot.train"]
    assert (chatter.bars, chatter.verbosity) == ((False, False), logging.ERROR)


def test_with_debug_they_are_heard(heard, settings):
    with pytest.raises(EnoughError):
        train(RunFile.from_dict(settings()), show=Chatter("Loading the tokenizer"), quiet=False)
    said, warned = heard()
    assert {f"chatter of {name}" for name in NAMES} <= set(said)
    assert warned[-3:] == ["of trl.trainer", "of torch.nn", "of isoglot.train"]  # after the libraries' own


def test_everything_is_as_before_afterwards(heard):
    chatter, before = Chatter(""), transformers.logging.get_verbosity()
    with silence():
        pass
    chatter.speak()
    said, warned = heard()
    assert {f"chatter of {name}" for name in NAMES} <= set(said)
    assert len(warned) == 3
    assert (chatter.bars, chatter.verbosity) == ((True, True), before)
