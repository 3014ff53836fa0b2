"""The most memory that a training has held."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

_SELF = Path("/proc/self")


class PeakMemory:
    """Counts from where it is made: on a CUDA device what torch has allocated there, else what the process has held.

    Of a process on the CPU it is known on Linux only. What an earlier training in the same process has not given back
    to the system counts too.
    """

    def __init__(self) -> None:
        import torch

        self._cuda = torch.cuda.is_available()
        if self._cuda:
            torch.cuda.reset_peak_memory_stats()
        else:
            with suppress(OSError):
                (_SELF / "clear_refs").write_text("5")  # the high-water mark begins anew

    def bytes(self) -> int | None:
        """The peak so far; None where it is not known."""
        if self._cuda:
            import torch

            return torch.cuda.max_memory_allocated()
        with suppress(OSError):
            found = re.search(r"VmHWM:\s*(\d+) kB", (_SELF / "status").read_text())
            return int(found[1]) * 1024 if found else None
        return None
