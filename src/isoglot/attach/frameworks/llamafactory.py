"""LLaMA-Factory, started by ``python -m isoglot.attach.frameworks.llamafactory train run.yaml``.

The file is LLaMA-Factory's own with a section ``isoglot:``, which LLaMA-Factory, that refuses keys it does not know,
never sees. Training is its ``run_exp``, unchanged; the term is attached when a trainer's ``train`` is called, the one
place where the trainer is complete, every stage passes, and the optimizer is not there yet.
"""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from ...errors import ConfigError, IsoglotError, RunError, problem, raise_all
from ...escaping import visible
from ..attachment import Attachment
from .section import NAME, Section

_HELP = "Usage: python -m isoglot.attach.frameworks.llamafactory train run.yaml [key=value ...]"
_STAGES = ("pt", "sft", "dpo", "kto")
_ELSEWHERE = {
    "use_ray": "trains in other processes",
    "use_mca": "trains with Megatron",
    "use_hyper_parallel": "trains with a trainer of its own",
}


@contextmanager
def attached(section: Section) -> Iterator[list[Attachment]]:
    """Attaches the term to each Hugging Face trainer whose ``train`` is called inside; yields the attachments."""
    from transformers import Trainer

    original, made = Trainer.train, list[Attachment]()

    @functools.wraps(original)
    def train(trainer: Any, *args: Any, **kwargs: Any) -> Any:
        if getattr(trainer, "_isoglot", None) is None:
            made.append(section.attach(trainer))
        return original(trainer, *args, **kwargs)

    with _replaced(Trainer, "train", train):
        yield made


@contextmanager
def _replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Another value under a name while the context lasts."""
    original = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, original)


def split(settings: Mapping[str, Any]) -> tuple[Section, dict[str, Any]]:
    """Our section, and the settings that LLaMA-Factory is given.

    Raises:
        ConfigError: for a section that cannot work, and for a training that the term could not be attached to.
    """
    section = Section.from_dict(settings.get(NAME))
    problems = []
    stage = settings.get("stage", "sft")
    if stage not in _STAGES:
        problems.append(problem("stage", " or ".join(_STAGES), stage, "Other stages are trained without the term"))
    if not settings.get("do_train"):
        problems.append(problem("do_train", "true", settings.get("do_train"), f"Without training leave {NAME!r} out"))
    for name, what in _ELSEWHERE.items():
        if settings.get(name) or (name == "use_mca" and _enabled("USE_MCA")):
            problems.append(problem(name, "false", "true", f"It {what}, which the term cannot be attached to"))
    raise_all(problems, ConfigError)
    return section, {key: value for key, value in settings.items() if key != NAME}


def run(arguments: Sequence[str]) -> None:
    """Trains by a YAML file and ``key=value`` changes to it, in this process or in one for each device.

    Processes are started as LLaMA-Factory does: where several devices are seen or ``FORCE_TORCHRUN`` is set, by
    torchrun with ``NPROC_PER_NODE``, ``NNODES``, ``NODE_RANK``, ``MASTER_ADDR`` and ``MASTER_PORT``.

    Raises:
        IsoglotError: for what isoglot cannot work with; LLaMA-Factory raises its own.
    """
    from llamafactory.extras.misc import get_device_count
    from llamafactory.hparams import read_args
    from llamafactory.train.tuner import run_exp

    if not arguments or not arguments[0].endswith((".yaml", ".yml")):
        raise ConfigError(problem("arguments", "a YAML file first", " ".join(arguments) or "nothing", _HELP))
    with _replaced(sys, "argv", [sys.argv[0], *arguments]):  # from where LLaMA-Factory reads
        section, settings = split(read_args())
    len(section.prompts)  # what is wrong with the file is reported before a model is loaded
    inside = "LOCAL_RANK" in os.environ
    if not inside and (_enabled("FORCE_TORCHRUN") or get_device_count() > 1):
        subprocess.run(_torchrun(arguments, get_device_count()), check=True)  # noqa: S603 - our own command
        return
    with attached(section) as made:
        run_exp(settings)
    if not made:
        raise RunError(problem("LLaMA-Factory", "a training by transformers' Trainer", "none"))


def _torchrun(arguments: Sequence[str], devices: int) -> list[str]:
    options = {"nnodes": "1", "node_rank": "0", "nproc_per_node": str(max(1, devices)), "master_addr": "127.0.0.1"}
    command = [sys.executable, "-m", "torch.distributed.run"]
    for name, default in options.items():
        command += [f"--{name}", os.environ.get(name.upper(), default)]
    port = os.environ.get("MASTER_PORT")
    if port is None:
        from llamafactory.extras.misc import find_available_port

        port = str(find_available_port())
    return [*command, "--master_port", port, "-m", "isoglot.attach.frameworks.llamafactory", *arguments]


def _enabled(name: str) -> bool:
    return os.environ.get(name, "0").lower() in ("true", "y", "1")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; its exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given or given[0] in ("-h", "--help", "help"):
        sys.stdout.write(f"{_HELP}\n")
        return 0 if given else 2
    try:
        run(given[1:] if given[0] == "train" else given)
    except IsoglotError as error:
        sys.stderr.write(visible(str(error)) + "\n")
        return 1
    except subprocess.CalledProcessError as error:  # the processes have said what it was
        return error.returncode if error.returncode > 0 else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
