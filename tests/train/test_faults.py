"""A disk that fills up and a kill between two files of a checkpoint: the same command later ends as if nothing was."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest
import yaml
from safetensors.torch import load_file
from transformers import Trainer

from isoglot.errors import RunError
from isoglot.train import RunDirectory, RunFile, train

pytestmark = pytest.mark.training

# It stands in front of the real command, in a process of its own.
KILLED_AFTER_THE_MODEL_IS_WRITTEN = """
import os, signal, sys
from isoglot.attach.attachment import Attachment

save = Attachment.save

def killed(self, folder):
    if "checkpoint-4" in str(folder):
        assert os.path.exists(os.path.join(folder, "model.safetensors"))
        os.kill(os.getpid(), signal.SIGKILL)
    save(self, folder)

Attachment.save = killed
from isoglot.cli import main
sys.argv[0] = "isoglot"
main()
"""


@pytest.fixture
def full_at_step_4(monkeypatch):
    """From that checkpoint on a file can hold 20,000 bytes: a write beyond it fails as on a full disk."""
    save = Trainer._save_checkpoint
    before, ignored = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    def full(self, *args, **kwargs):
        if self.state.global_step == 4:
            resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
        save(self, *args, **kwargs)

    @contextmanager
    def fills_up():
        try:
            with monkeypatch.context() as patched:
                patched.setattr(Trainer, "_save_checkpoint", full)
                yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    yield fills_up
    signal.signal(signal.SIGXFSZ, ignored)


def test_what_was_finished_is_not_lost_to_a_kill_or_a_full_disk(settings, tmp_path, call, full_at_step_4):
    consistency = {"groups_per_step": 2, "extractor": "linear", "extractor_dim": 8}
    made = settings(consistency=consistency, trainer={"max_steps": 6})
    file, folder = tmp_path / "run.yaml", tmp_path / "run"
    file.write_text(yaml.safe_dump(made))
    one_thread = os.environ | {"OMP_NUM_THREADS": "1"}  # as here: another number rounds otherwise
    command = [sys.executable, "-c", KILLED_AFTER_THE_MODEL_IS_WRITTEN, "train", str(file)]
    killed = subprocess.run(command, capture_output=True, text=True, timeout=300, env=one_thread)
    assert (killed.returncode, "Traceback" in killed.stderr) == (-signal.SIGKILL, False), killed.stderr
    with full_at_step_4():
        status, _, err = call("train", file)
    assert (status, "expected room for a file of this size, got" in err, "Traceback" in err) == (1, True, False), err
    assert not RunDirectory(folder).finished
    whole = train(RunFile.from_dict(made | {"output": str(tmp_path / "whole")}))
    again = train(RunFile.from_dict(made))
    steps = [json.loads(line)["step"] for line in (folder / "log.jsonl").read_text().splitlines()]
    assert steps == [1, 2, 3, 4, 5, 6]
    assert len(RunDirectory(folder).environment()["resumed_at"]) == 2  # each time from step 2, not from the beginning
    for name in ("model.safetensors", "consistency.safetensors"):
        one, other = load_file(whole / name), load_file(again / name)
        assert all(one[key].equal(other[key]) for key in one)


def test_groups_that_changed_between_stop_and_resume_are_refused(settings, data, tmp_path):
    def stop(done, total):
        if done == 3:
            raise KeyboardInterrupt

    copy = tmp_path / "groups.jsonl"
    copy.write_text((data / "groups.jsonl").read_text())
    made = settings(data={"preferences": str(data / "preferences.jsonl"), "groups": str(copy)})
    with pytest.raises(KeyboardInterrupt):
        train(RunFile.from_dict(made), progress=stop)
    copy.write_text(copy.read_text().replace("Ile 1 harmful", "Ile 1 nyingine"))
    with pytest.raises(RunError, match=r"data\.groups \(its content: hash \w{8,}, was \w{8,}\)"):
        train(RunFile.from_dict(made))
