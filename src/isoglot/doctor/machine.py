"""Python, libraries, accelerator, memory, disk, and the model hub, without asking anything of a network."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

from ..amounts import counted
from ..errors import first_line
from ..extras import EXTRAS, install_line, lacking
from .finding import FINE, MISSING, WRONG, Finding

_OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
_ON = {"1", "ON", "YES", "TRUE"}
ENOUGH = 5 * 1024**3  # bytes of disk: a small model and its checkpoints


def look_at_machine(folder: Path) -> Iterator[Finding]:
    """Everything that commands depend on.

    Args:
        folder: where results would go.
    """
    yield Finding("python", FINE, f"{platform.python_version()} on {platform.platform(terse=True)}")
    yield from _core()
    yield from _extras()
    yield _accelerator()
    yield _memory()
    yield _disk(folder)
    yield _hub()


def _core() -> Iterator[Finding]:
    """The libraries that isoglot cannot do without, by its own requirements."""
    for text in importlib.metadata.requires("isoglot") or ():
        wanted = Requirement(text)
        if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
            continue
        step = f"Run: pip install '{wanted.name}{wanted.specifier}'"
        try:
            version = importlib.metadata.version(wanted.name)
        except importlib.metadata.PackageNotFoundError:
            yield Finding(wanted.name, WRONG, "not installed", step)
            continue
        if wanted.specifier.contains(Version(version), prereleases=True):
            yield Finding(wanted.name, FINE, version)
        else:
            yield Finding(wanted.name, WRONG, f"{version}, wanted is {wanted.specifier}", step)


def _extras() -> Iterator[Finding]:
    for extra, libraries in EXTRAS.items():
        absent = lacking(extra)
        if absent:
            yield Finding(f"extra {extra}", MISSING, f"without {', '.join(absent)}", f"Run: {install_line(extra)}")
        else:
            versions = (f"{name} {importlib.metadata.version(name)}" for name in libraries)
            yield Finding(f"extra {extra}", FINE, ", ".join(versions))


def _accelerator() -> Finding:
    try:
        import torch

        if torch.cuda.is_available():
            return Finding("accelerator", FINE, ", ".join(_card(number) for number in range(torch.cuda.device_count())))
        if torch.backends.mps.is_available():
            return Finding("accelerator", FINE, "Apple's, through MPS")
        threads = f"{counted(torch.get_num_threads(), 'thread')} of {counted(os.cpu_count() or 1, 'processor')}"
    except Exception as error:  # whatever a broken installation raises
        return Finding("accelerator", WRONG, f"torch cannot be used: {first_line(error)}", "Install torch anew")
    step = "Small models train here; for larger ones use a machine with a GPU, or check its driver"
    return Finding("accelerator", MISSING, f"none: torch computes on the CPU, with {threads}", step)


def _card(number: int) -> str:
    import torch

    about = torch.cuda.get_device_properties(number)
    half = "bfloat16" if torch.cuda.is_bf16_supported() else "no bfloat16"
    return f"{about.name} ({about.total_memory / 1024**3:.0f} GiB, {half})"


def _memory() -> Finding:
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # not on every system
        return Finding("memory", FINE, "not known")
    return Finding("memory", FINE, f"{total / 1024**3:.0f} GiB")


def _disk(folder: Path) -> Finding:
    """Whether something can be written where results would go, and how much."""
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.is_dir())
    try:
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(b"isoglot")
        free = shutil.disk_usage(there).free
    except OSError as error:
        return Finding("disk", WRONG, f"nothing can be written in {there}: {first_line(error)}", "Use another folder")
    found = f"{free / 1024**3:.0f} GiB free in {there}"
    if free < ENOUGH:
        return Finding("disk", MISSING, found, "A checkpoint is as large as its model, and half as much again")
    return Finding("disk", FINE, found)


def _hub() -> Finding:
    """What is known of the model hub without asking it; never the token itself."""
    offline = [name for name in _OFFLINE if os.environ.get(name, "").upper() in _ON]
    try:
        from huggingface_hub import get_token

        token = "a token is set" if get_token() else "no token is set"
    except Exception as error:  # a token file that cannot be read, for one
        token = f"whether a token is set is not known ({type(error).__name__})"
    if offline:
        return Finding("model hub", MISSING, f"off by {' and '.join(offline)}; {token}", "Only local models load")
    return Finding("model hub", FINE, f"not asked; {token}")
