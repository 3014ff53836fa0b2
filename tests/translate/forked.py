"""A process that has imported what ``isoglot translate`` needs, and forks for each command: kills are then cheap.

First it runs a command itself, which reads what any run reads, and writes its number. Then it reads a
command's arguments in JSON from each line; it writes the number of the process that runs it, then its status.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import sys


def tell(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def serve(warm: list[str]) -> None:
    from isoglot.cli import main

    signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background of a shell it would be ignored
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
        main(warm)
    tell(os.getpid())
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            sys.stdout = sys.stderr
            main(json.loads(line))
        tell(child)
        tell(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


if __name__ == "__main__":
    serve(sys.argv[1:])
