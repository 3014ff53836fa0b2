"""What one sees of a run while it goes on, and the log that it leaves."""

from __future__ import annotations

import json

import pytest
from safetensors.torch import load_file
from transformers import TrainerCallback

from isoglot.errors import ConfigError
from isoglot.train import RunFile, train

pytestmark = pytest.mark.training


class Seen:
    """Keeps what is shown: (step, done, total), and the notes."""

    def __init__(self):
        self.steps, self.come, self.notes = [], [], []

    def begin(self, what):
        self.steps.append(what)

    def advance(self, done, total):
        self.come.append((self.steps[-1], done, total))

    def note(self, text):
        self.notes.append(text)


def steps_logged(folder):
    return [json.loads(line)["step"] for line in (folder / "log.jsonl").read_text().splitlines()]


def test_every_step_from_reading_to_saving_is_shown(settings, data):
    seen = Seen()
    train(RunFile.from_dict(settings()), show=seen)
    assert [what for what in seen.steps if "train dataset" not in what] == [
        "Checking the files",
        "Loading the tokenizer",
        "Reading the data",
        "Reading the prompt groups",
        "Loading the model",
        "Preparing the data",
        "Tokenizing the prompt groups",
        "Reference states",
        "Measuring before training",
        "Training",
        "Measuring after training",
        "Saving the model",
    ]
    cells = 2 * 3 * 3  # kinds, groups, languages
    assert [come for come in seen.come if come[0] == "Training"] == [("Training", step, 4) for step in range(5)]
    for what, total in (
        ("Tokenizing train dataset", 24),
        ("Tokenizing the prompt groups", cells),
        ("Reference states", cells),
        ("Measuring before training", 6),
        ("Measuring after training", 6),
    ):
        come = [(done, of) for step, done, of in seen.come if step == what]
        assert come[0] == (0, total), what
        assert come[-1] == (total, total), what
        assert come == sorted(come)
    assert seen.notes.count("writing a checkpoint") == 2
    assert [note.split(":")[0] for note in dict.fromkeys(seen.notes) if "loss" in note] == [
        f"step {step}" for step in (1, 2, 3, 4)
    ]
    assert "writing" not in seen.notes[-1]


def test_a_run_that_goes_on_says_where(settings):
    def stop(done, total):
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(RunFile.from_dict(settings()), progress=stop)
    seen = Seen()
    train(RunFile.from_dict(settings()), show=seen)
    assert next(come for come in seen.come if come[0] == "Training") == ("Training", 2, 4)
    assert "Measuring before training" not in seen.steps  # it is on disk


@pytest.mark.parametrize(
    ("options", "logged"),
    [
        ({"max_steps": 6}, [1, 2, 3, 4, 5, 6]),
        ({"max_steps": 45}, [*range(2, 46, 2), 45]),
        ({"max_steps": 6, "logging_steps": 4}, [4, 6]),
        ({"max_steps": 6, "logging_strategy": "no"}, []),
    ],
)
def test_a_short_run_has_a_log(settings, options, logged):
    made = settings(consistency=None, data={"preferences": settings()["data"]["preferences"]}, trainer=options)
    made["trainer"]["save_strategy"] = "no"  # which would take longer than the steps
    if "logging_steps" not in options:
        del made["trainer"]["logging_steps"]
    assert steps_logged(train(RunFile.from_dict(made))) == logged


def test_how_often_is_logged_changes_no_weight(settings, tmp_path):
    often, seldom = settings(), settings(trainer={"logging_steps": 3}, output=str(tmp_path / "seldom"))
    del often["trainer"]["logging_steps"]
    one, other = (load_file(train(RunFile.from_dict(made)) / "model.safetensors") for made in (often, seldom))
    assert all(one[name].equal(other[name]) for name in one)


class Tracker(TrainerCallback):
    """Stands where a tracker does, before every other callback."""

    logged: list = []  # noqa: RUF012 - the trainer makes the instance

    def on_log(self, args, state, control, logs=None, **kwargs):
        self.logged.append((state.global_step, dict(logs)))


def test_a_tracker_gets_the_metrics_of_the_term(settings, monkeypatch):
    from transformers.integrations import integration_utils

    monkeypatch.setitem(integration_utils.INTEGRATION_TO_CALLBACK, "wandb", Tracker)
    monkeypatch.setattr("transformers.integrations.integration_utils.is_wandb_available", lambda: True)
    monkeypatch.setattr(Tracker, "logged", [])
    train(RunFile.from_dict(settings(trainer={"report_to": "wandb"})))
    lines = [(step, logs) for step, logs in Tracker.logged if "loss" in logs]
    assert [step for step, _ in lines] == [1, 2, 3, 4]
    wanted = {"loss", "consistency/loss", "consistency/retention", "consistency/num_groups", "consistency/token_share"}
    assert all(wanted <= logs.keys() for _, logs in lines)


@pytest.mark.parametrize(
    ("trackers", "message"),
    [
        ("mlflow", r"trainer\.report_to: expected an installed tracker, got 'mlflow'\. Install it, or set none"),
        (["wandb", "tensorboard"], r"got 'wandb'.*\n.*got 'tensorboard'"),
        ("wand", r"trainer\.report_to: unknown tracker 'wand'\. Did you mean 'wandb'\?"),
    ],
)
def test_a_tracker_that_is_not_there_is_told_before_anything_is_loaded(settings, monkeypatch, trackers, message):
    for name in ("mlflow", "wandb", "tensorboard"):
        monkeypatch.setattr(f"transformers.integrations.integration_utils.is_{name}_available", lambda: False)
    with pytest.raises(ConfigError, match=message):
        RunFile.from_dict(settings(trainer={"report_to": trackers}))
