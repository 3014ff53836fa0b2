"""Starts several processes on this machine, and reads what they found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from safetensors.torch import load_file

LAUNCHER = Path(__file__).with_name("launcher.py")
collect_ignore = ["launcher.py", "worker.py"]  # started, not imported: what they import takes long
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


class Launcher:
    """Runs launchers with their workers, all forked from one process that has imported what they need."""

    def __init__(self) -> None:
        environment = os.environ | {
            "OMP_NUM_THREADS": "1",
            "GLOO_SOCKET_IFNAME": "lo",
            "DS_ACCELERATOR": "cpu",
            "CUDA_VISIBLE_DEVICES": "",
        }
        self.process = subprocess.Popen(
            [sys.executable, str(LAUNCHER)], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(
        self, jobs: list[dict[str, Any]], out: Path, launchers: list[list[str]], seconds: int = SECONDS
    ) -> tuple[list[int | None], str]:
        """The launchers' exit statuses, and what they and their workers said."""
        listed = out / "jobs.json"
        listed.write_text(json.dumps(jobs))
        request = {"launchers": launchers, "listed": str(listed), "out": str(out), "seconds": seconds}
        print(json.dumps(request), file=self.process.stdin, flush=True)
        answer = json.loads(
            self.process.stdout.readline() or '{"statuses": [1], "said": "the launcher itself has ended"}'
        )
        assert None not in answer["statuses"], f"still running after {seconds} s:\n{answer['said'][-6000:]}"
        return answer["statuses"], answer["said"]

    def close(self) -> None:
        self.process.communicate()


def options(processes: int) -> list[str]:
    """Of a launcher on one machine; none where no launcher is needed."""
    meeting = ["--rdzv-backend", "c10d", "--rdzv-endpoint", "localhost:0", "--rdzv-id", "alone"]  # as --standalone sets
    return [*meeting, "--local-addr", "127.0.0.1", "--nproc-per-node", str(processes)] if processes > 1 else []


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


@pytest.fixture(scope="session")
def launcher() -> Iterator[Launcher]:
    started = Launcher()
    yield started
    started.close()


@pytest.fixture(scope="session")
def run(launcher, start_folder, tmp_path_factory):
    """Runs jobs one after another on as many processes as said: outcomes by name."""

    def runs(
        jobs: list[dict[str, Any]], processes: int = 2, launchers: list[list[str]] | None = None
    ) -> dict[str, Outcome]:
        out = tmp_path_factory.mktemp("jobs")
        listed = [{"model": str(start_folder)} | job for job in jobs]
        statuses, said = launcher.run(listed, out, launchers or [options(processes)])
        assert not any(statuses), said[-8000:]
        return collected(out, jobs)

    return runs


@pytest.fixture
def failing(launcher, start_folder, tmp_path):
    """Runs one job that is expected to fail: the launcher's exit status and what was said."""

    def runs(job: dict[str, Any], seconds: int = SECONDS) -> tuple[int | None, str]:
        (status,), said = launcher.run([{"model": str(start_folder)} | job], tmp_path, [options(2)], seconds)
        return status, said

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
