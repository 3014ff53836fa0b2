"""A disk that fills up and a kill between two files of a checkpoint: the same command later ends as if nothing was."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest
import yaml
from safetensors.torch import load_file

from isoglot.errors import RunError
from isoglot.train import RunDirectory, RunFile, train

pytestmark = pytest.mark.training

# Both stand in front of the real command, in a process of its own.
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
WITH_LITTLE_ROOM = """
import resource, signal, sys
from transformers import Trainer

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # then a write fails, as on a full disk
save = Trainer._save_checkpoint

def full(self, *args, **kwargs):
    if self.state.global_step == 4:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
    save(self, *args, **kwargs)

Trainer._save_checkpoint = full
from isoglot.cli import main
sys.argv[0] = "isoglot"
main()
"""


@pytest.mark.parametrize(
    ("before", "status", "told"),
    [
        (KILLED_AFTER_THE_MODEL_IS_WRITTEN, -signal.SIGKILL, ""),
        (WITH_LITTLE_ROOM, 1, "expected room for a file of this size, got"),
    ],
    ids=["kill", "full disk"],
)
def test_what_was_finished_is_not_lost(settings, tmp_path, before, status, told):
    consistency = {"groups_per_step": 2, "extractor": "linear", "extractor_dim": 8}
    made = settings(consistency=consistency, trainer={"max_steps": 6})
    file = tmp_path / "run.yaml"
    file.write_text(yaml.safe_dump(made))
    one_thread = os.environ | {"OMP_NUM_THREADS": "1"}  # as here: another number rounds otherwise
    command = [sys.executable, "-c", before, "train", str(file)]
    found = subprocess.run(command, capture_output=True, text=True, timeout=300, env=one_thread)
    assert found.returncode == status, found.stderr
    assert told in found.stderr
    assert "Traceback" not in found.stderr
    folder = tmp_path / "run"
    assert not RunDirectory(folder).finished
    whole = train(RunFile.from_dict(made | {"output": str(tmp_path / "whole")}))
    again = train(RunFile.from_dict(made))
    steps = [json.loads(line)["step"] for line in (folder / "log.jsonl").read_text().splitlines()]
    assert steps == [1, 2, 3, 4, 5, 6]
    assert len(RunDirectory(folder).environment()["resumed_at"]) == 1  # from step 2, not from the beginning
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
