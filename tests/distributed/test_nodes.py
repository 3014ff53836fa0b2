"""Processes on several machines train as those on one."""

from __future__ import annotations

import json
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from .conftest import WORKER, collected, command, start

pytestmark = pytest.mark.training

JOBS = [
    dict(name="it", kind="trainer", term=dict(layer=2, groups_per_step=3), args=dict(per_device_train_batch_size=2))
]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def two_machines(jobs: Path, out: Path) -> list[list[str]]:
    """One process on each of two machines that are both this one."""
    port = str(free_port())
    launcher = [sys.executable, "-m", "torch.distributed.run", "--nnodes", "2", "--nproc-per-node", "1"]
    meeting = ["--master-addr", "127.0.0.1", "--master-port", port]
    return [[*launcher, "--node-rank", str(rank), *meeting, str(WORKER), str(jobs), str(out)] for rank in range(2)]


def one_machine(jobs: Path, out: Path) -> list[list[str]]:
    return [command(jobs, out, 2)]


def test_two_machines_end_as_one_with_two_processes(start_folder, tmp_path_factory):
    outcomes = []
    for way in (one_machine, two_machines):
        out = tmp_path_factory.mktemp(way.__name__)
        listed = out / "jobs.json"
        listed.write_text(json.dumps([{"model": str(start_folder)} | job for job in JOBS]))
        commands = way(listed, out)
        with ThreadPoolExecutor(len(commands)) as pool:
            for done in pool.map(start, commands):
                assert done.returncode == 0, done.stdout[-6000:]
        outcomes.append(collected(out, JOBS)["it"])
    one, two = outcomes
    assert two.notes["engine"] == "DistributedDataParallel"
    assert two.notes["lines"] == one.notes["lines"]
    assert two.weights.keys() == one.weights.keys()
    for name, value in one.weights.items():
        assert torch.equal(two.weights[name], value), name
