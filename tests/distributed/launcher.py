"""Starts the processes of tests as ``torch.distributed.run`` does, by its own agent, but forks them.

What a process imports takes longer than its jobs. This one imports all of it once, and computes nothing. Each
launcher is forked from it, and each worker from its launcher. It reads requests and writes answers, a line each.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import worker
from torch.distributed.launcher.api import elastic_launch
from torch.distributed.run import config_from_args, parse_args

GRACE = 20  # seconds from SIGTERM, which the agent hands on to the workers, to SIGKILL


def launch(options: list[str], listed: Path, out: Path, seconds: int) -> None:
    """One launcher with its workers, or one process without a launcher where there are no options for one."""
    if not options:
        return worker.work(listed, out, seconds)
    if "deepspeed" in listed.read_text():
        import deepspeed  # noqa: F401 - once, not in each worker
    config, _, _ = config_from_args(parse_args(["--start-method", "fork", *options, worker.__file__]))
    elastic_launch(config, worker.work)(listed, out, seconds)
    return None


def forked(options: list[str], said: Path, listed: Path, out: Path, seconds: int) -> int:
    """Starts that in a process whose output goes into a file: its id."""
    if child := os.fork():
        return child
    status = 1
    try:
        file = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(file, 1)
        os.dup2(file, 2)
        launch(options, listed, out, seconds)
        status = 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def ended(children: list[int], seconds: float) -> list[int | None]:
    """Exit statuses of processes, None for one that had to be stopped."""
    found: dict[int, int | None] = {}
    stops = [(time.monotonic() + seconds, signal.SIGTERM), (time.monotonic() + seconds + GRACE, signal.SIGKILL)]
    while left := [child for child in children if child not in found]:
        for child in left:
            if (status := os.waitpid(child, os.WNOHANG))[0]:
                found[child] = os.waitstatus_to_exitcode(status[1]) if len(stops) == 2 else None
        if stops and time.monotonic() > stops[0][0]:
            _, number = stops.pop(0)
            for child in left:
                if child not in found:
                    os.kill(child, number)
        time.sleep(0.02)
    return [found[child] for child in children]


def run(launchers: list[list[str]], listed: str, out: str, seconds: int) -> dict[str, Any]:
    """Runs launchers side by side until they have ended: their statuses and what was said."""
    files = [Path(out) / f"launcher-{place}.txt" for place in range(len(launchers))]
    children = [
        forked(options, said, Path(listed), Path(out), seconds) for options, said in zip(launchers, files, strict=True)
    ]
    statuses = ended(children, seconds)
    return {"statuses": statuses, "said": "\n".join(said.read_text(errors="replace") for said in files)}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(run(**json.loads(line))), flush=True)  # noqa: T201 - the answer
