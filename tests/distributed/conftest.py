"""Starts several processes on this machine, and reads what they found."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from safetensors.torch import load_file

WORKER = Path(__file__).with_name("worker.py")
SECONDS = 240  # a run that has not ended by then hangs


class Outcome(NamedTuple):
    """What one job left behind."""

    notes: dict[str, Any]
    tensors: dict[str, Any]

    def part(self, prefix: str) -> dict[str, Any]:
        return {name.removeprefix(prefix): t for name, t in self.tensors.items() if name.startswith(prefix)}

    @property
    def weights(self) -> dict[str, Any]:
        return self.part("weights/")

    def gradient(self, step: int) -> dict[str, Any]:
        return self.part(f"gradient{step}/")


def start(command: list[str], *, seconds: float = SECONDS) -> subprocess.CompletedProcess[str]:
    """Runs a command and all it starts, until it ends or its time is up."""
    environment = os.environ | {
        "OMP_NUM_THREADS": "1",
        "GLOO_SOCKET_IFNAME": "lo",
        "DS_ACCELERATOR": "cpu",
        "CUDA_VISIBLE_DEVICES": "",
        "ISOGLOT_TEST_SECONDS": str(int(seconds)),
    }
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )
    try:
        output, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGTERM)  # which the launcher hands on to the workers; they have an alarm besides
        try:
            output, _ = process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            output, _ = process.communicate()
        pytest.fail(f"still running after {seconds} s:\n{output[-6000:]}")
    return subprocess.CompletedProcess(command, process.returncode, output)


def command(jobs: Path, out: Path, processes: int) -> list[str]:
    if processes == 1:
        return [sys.executable, str(WORKER), str(jobs), str(out)]
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--local-addr", "127.0.0.1"]
    return [*launcher, "--nproc-per-node", str(processes), str(WORKER), str(jobs), str(out)]


def collected(out: Path, jobs: list[dict[str, Any]]) -> dict[str, Outcome]:
    found = {}
    for job in jobs:
        notes = json.loads((out / f"{job['name']}.json").read_text())
        found[job["name"]] = Outcome(notes, load_file(out / f"{job['name']}.safetensors"))
    return found


@pytest.fixture(scope="session")
def start_folder(tiny_llama) -> Path:
    """The tiny model with states of ordinary size, so that gradients are of one too."""
    return tiny_llama("start", initializer_range=0.3)


@pytest.fixture(scope="module")
def run(start_folder, tmp_path_factory):
    """Runs jobs one after another on as many processes as said: outcomes by name."""

    def runs(jobs: list[dict[str, Any]], processes: int = 2) -> dict[str, Outcome]:
        out = tmp_path_factory.mktemp("jobs")
        listed = out / "jobs.json"
        listed.write_text(json.dumps([{"model": str(start_folder)} | job for job in jobs]))
        done = start(command(listed, out, processes))
        assert done.returncode == 0, done.stdout[-8000:]
        return collected(out, jobs)

    return runs


@pytest.fixture
def failing(start_folder, tmp_path):
    """Runs one job that is expected to fail: exit status and output."""

    def runs(job: dict[str, Any], seconds: float = SECONDS) -> subprocess.CompletedProcess[str]:
        listed = tmp_path / "jobs.json"
        listed.write_text(json.dumps([{"model": str(start_folder)} | job]))
        return start(command(listed, tmp_path, 2), seconds=seconds)

    return runs


def distance(one: dict[str, Any], other: dict[str, Any]) -> float:
    """How far two sets of tensors are apart, as a share of the length of the second."""
    assert one.keys() == other.keys()
    error = sum((one[name] - other[name]).double().square().sum().item() for name in other)
    extent = sum(other[name].double().square().sum().item() for name in other)
    return (error / extent) ** 0.5


@pytest.fixture(scope="session")
def apart():
    return distance
