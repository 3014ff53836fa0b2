"""What the scripts here share: an environment from a lock file, commands in it, what trained models have in common."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import torch
import yaml
from safetensors.torch import load_file

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
STATE = "consistency.safetensors"
EXTRACTOR = {"objective": "rank_one", "layer": -1, "extractor": "linear", "extractor_dim": 16, "retention": 0.0}
QUIET = {
    "OMP_NUM_THREADS": "1",
    "HF_HUB_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "CUDA_VISIBLE_DEVICES": "",
    "WANDB_DISABLED": "true",
    "AXOLOTL_DO_NOT_TRACK": "1",
    "PYTHONWARNINGS": "ignore",
}


@dataclass
class Bench:
    """A framework's environment, and a folder to train in."""

    python: Path
    folder: Path
    seconds: float = 0.0

    def run(self, arguments: Sequence[str | Path], name: str, **variables: str) -> str:
        """A command in the environment (``python`` before it); its output, also in ``<name>.log``."""
        start = time.perf_counter()
        log = self.folder / f"{name}.log"
        path = f"{self.python.parent}{os.pathsep}{os.environ['PATH']}"
        with log.open("w", encoding="utf-8") as file:
            done = subprocess.run(
                [str(self.python), *map(str, arguments)],
                cwd=self.folder,
                env=os.environ | QUIET | {"PATH": path} | variables,
                stdout=file,
                stderr=subprocess.STDOUT,
                check=False,
            )
        self.seconds = time.perf_counter() - start
        text = log.read_text(encoding="utf-8", errors="replace")
        if done.returncode:
            print(text[-6000:], file=sys.stderr)
            raise SystemExit(f"{name} ended with {done.returncode}; see {log}")
        print(f"{name}: {self.seconds:.0f} s", file=sys.stderr, flush=True)
        return text

    def write_yaml(self, name: str, settings: Mapping[str, Any]) -> Path:
        """A file in the folder."""
        path = self.folder / f"{name}.yaml"
        path.write_text(yaml.safe_dump(dict(settings), allow_unicode=True, sort_keys=False), encoding="utf-8")
        return path

    def versions(self, names: Sequence[str]) -> dict[str, str]:
        """Of distributions in the environment."""
        code = "import importlib.metadata as m, json, sys; print(json.dumps({n: m.version(n) for n in sys.argv[1:]}))"
        command = [str(self.python), "-c", code, *names]
        return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def bench(name: str, *, stubs: Mapping[str, str] | None = None, description: str = "") -> tuple[Bench, Path]:
    """By the command line: an environment, made if it is not there, the world to train in, and where results go.

    Args:
        name: of the lock file ``requirements-<name>.txt``.
        stubs: modules put in the place of ones that the framework imports and does not need here.
        description: of the script, for ``--help``.
    """
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--environments", type=Path, default=Path(tempfile.gettempdir()) / "isoglot-frameworks")
    parser.add_argument("--work", type=Path, default=None, help="folder to train in; default: a temporary one")
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "results" / "frameworks")
    given = parser.parse_args()
    python = environment(name, given.environments.resolve(), stubs or {})
    work = Path(tempfile.mkdtemp(prefix=f"{name}-")) if given.work is None else given.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    made = Bench(python, work)
    made.run([HERE / "world.py", work], "world")
    return made, given.output


def environment(name: str, folder: Path, stubs: Mapping[str, str]) -> Path:
    """The Python of an environment by ``requirements-<name>.txt``; one of the same lock file is used again."""
    lock = HERE / f"requirements-{name}.txt"
    digest = hashlib.sha256(lock.read_bytes() + json.dumps(sorted(stubs.items())).encode()).hexdigest()[:12]
    home = folder / f"{name}-{digest}"
    python, done = home / "bin" / "python", home / "complete"
    if done.exists():
        return python
    print(f"installing {lock.name} into {home}", file=sys.stderr, flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile", "--no-deps"]
    # The list is complete, so nothing is resolved: a GPU build of PyTorch cannot come in by a dependency.
    subprocess.run([*pip, "--requirement", str(lock)], check=True)
    subprocess.run([*pip, "--editable", str(ROOT)], check=True)
    site = next(home.glob("lib/python*/site-packages"))
    for module, text in stubs.items():
        (site / f"{module}.py").write_text(text, encoding="utf-8")
    done.touch()
    return python


def weights(folder: Path) -> dict[str, torch.Tensor]:
    """Of a saved model or adapter."""
    files = [path for path in folder.glob("*.safetensors") if path.name != STATE]
    if not files:
        raise SystemExit(f"{folder}: no weights")
    return {name: tensor for path in files for name, tensor in load_file(path).items()}


def same(first: Mapping[str, torch.Tensor], second: Mapping[str, torch.Tensor]) -> bool:
    """Whether two sets of weights are equal bit for bit."""
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def logged(folder: Path, name: str = "consistency/loss") -> list[float]:
    """A metric over the steps of a checkpoint's log."""
    history = json.loads((folder / "trainer_state.json").read_text(encoding="utf-8"))["log_history"]
    return [line[name] for line in history if name in line]


def resumed(made: Bench, name: str) -> bool:
    """Whether the second run of a file trained on from ``checkpoint-2``: only what came after it is newer."""
    start = (made.folder / f"{name}.yaml").stat().st_mtime
    second, fourth = (
        (made.folder / name / f"checkpoint-{step}" / "trainer_state.json").stat().st_mtime for step in (2, 4)
    )
    return second < start < fourth


def slug(method: str) -> str:
    """A method's name as part of file names."""
    return method.replace(", ", "-").replace(" ", "-").lower()


def questions(*, stock: str, extractor: str) -> list[str]:
    """What is asked of each method, in the order of :func:`column`.

    Args:
        stock: how it is trained without us.
        extractor: where a trained extractor is to be.
    """
    return [
        f"weight 0: logged, and ends bit for bit as {stock}",
        "weight 2: ends otherwise",
        "steps that log `consistency/loss`",
        "`consistency/loss`, first → last step",
        "resumed from its second step: ends bit for bit as never stopped",
        f"a trained extractor is in {extractor}",
    ]


def column(*, nothing: bool, otherwise: bool, values: Sequence[float], again: bool, kept: bool) -> list[str]:
    """The answers of a method: four yes or no, and the values logged over its four steps."""
    steps, course = f"{len(values)} of 4", f"{values[0]:.3f} → {values[-1]:.3f}"
    return [yes(nothing), yes(otherwise), steps, course, yes(again), yes(kept)]


def yes(fine: bool) -> str:
    return "yes" if fine else "**no**"


def table(columns: Mapping[str, Sequence[str]], asked: Sequence[str]) -> str:
    """Markdown, a row for each thing asked, from the answers by column."""
    lines = ["| | " + " | ".join(columns) + " |", "|---" * (1 + len(columns)) + "|"]
    rows = ([question, *(answers[n] for answers in columns.values())] for n, question in enumerate(asked))
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def write(path: Path, title: str, made: Bench, names: Sequence[str], parts: Sequence[str]) -> None:
    """A page of results with date and versions."""
    versions = ", ".join(f"{name} {version}" for name, version in made.versions(names).items())
    python = platform.python_version()
    head = f"# {title}\n\n{date.today().isoformat()}. Python {python}, {versions}. {platform.machine()} CPU, no GPU."
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n\n".join([head, *parts]) + "\n", encoding="utf-8")
    print(path.read_text(encoding="utf-8"))
