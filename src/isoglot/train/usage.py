"""What a training has taken: time and memory."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

_SELF = Path("/proc/self")


class Usage:
    """Counts from where it is made; of a run that was stopped and goes on, from where it went on."""

    def __init__(self) -> None:
        import torch

        self._began, self._cpu_began = time.monotonic(), time.process_time()
        self._cuda = torch.cuda.is_available()
        if self._cuda:
            torch.cuda.reset_peak_memory_stats()
        else:
            with suppress(OSError):
                (_SELF / "clear_refs").write_text("5")  # the high-water mark begins anew

    def facts(self) -> dict[str, Any]:
        """For ``environment.json``.

        Returns:
            ``seconds`` that have passed, ``cpu_seconds`` of all of this process's threads, and ``peak_memory_bytes``:
            on a CUDA device what torch has allocated there, else what the process has held, which is known on Linux
            only (else None). What an earlier training in the same process has not given back counts too.
        """
        return {
            "seconds": round(time.monotonic() - self._began, 2),
            "cpu_seconds": round(time.process_time() - self._cpu_began, 2),
            "peak_memory_bytes": self._peak(),
        }

    def _peak(self) -> int | None:
        if self._cuda:
            import torch

            return torch.cuda.max_memory_allocated()
        with suppress(OSError):
            found = re.search(r"VmHWM:\s*(\d+) kB", (_SELF / "status").read_text())
            return int(found[1]) * 1024 if found else None
        return None
