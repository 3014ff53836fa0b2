"""Processes on several machines train as those on one."""

from __future__ import annotations

import socket

import pytest
import torch

pytestmark = pytest.mark.training

JOBS = [
    dict(name="it", kind="trainer", term=dict(layer=2, groups_per_step=3), args=dict(per_device_train_batch_size=2))
]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def two_machines() -> list[list[str]]:
    """Options of the launchers on two machines that are both this one, each with one process."""
    meeting = ["--master-addr", "127.0.0.1", "--master-port", str(free_port())]
    return [["--nnodes", "2", "--nproc-per-node", "1", "--node-rank", str(rank), *meeting] for rank in range(2)]


def test_two_machines_end_as_one_with_two_processes(run):
    one, two = run(JOBS)["it"], run(JOBS, launchers=two_machines())["it"]
    assert two.notes["engine"] == "DistributedDataParallel"
    assert two.notes["lines"] == one.notes["lines"]
    assert two.weights.keys() == one.weights.keys()
    for name, value in one.weights.items():
        assert torch.equal(two.weights[name], value), name
