"""Kills every command at random times and gives it again until it is done: its files must be those of a run left alone.

    python benchmarks/kills.py --kills 50 --seed 0
    python benchmarks/kills.py --kills 8 --only train sweep --model MODEL_FOLDER

For the night: half a minute a kill on one CPU core. Ends with status 1 if a file differs, or if a command fails.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from isoglot.quickstart.world.data import alignment_groups, held_out_groups, preferences
from isoglot.quickstart.world.text import World

OUTPUT = "out"
MOST = 3  # kills in one round
TIMES = {"started_at", "resumed_at", "finished_at", "at", "seconds", "usage"}  # what no two runs have alike
_TIMED_ROW = re.compile(
    rf"<tr>(?:(?!</tr>).)*environment: (?:{'|'.join(sorted(TIMES))})\b.*?</tr>\s*".encode(), re.DOTALL
)
LEFT_OUT = (".lock", "failed.json", "groups.translations.sqlite")


class Round(NamedTuple):
    """One command, killed some times and then left to end.

    Attributes:
        name: of the command.
        killed: how many seconds after its start, each time.
        wrong: files that are not as in the run left alone, and how.
    """

    name: str
    killed: list[float]
    wrong: list[str]


def write_inputs(folder: Path, model: Path) -> dict[str, list[str]]:
    """Writes data, a run file and a sweep file; returns each command's arguments, to be given in the folder."""
    world = World.load()
    pairs = (json.dumps(pair) + "\n" for pair in preferences(world, 32))
    (folder / "preferences.jsonl").write_text("".join(pairs))
    alignment_groups(world, 4).write(folder / "groups.jsonl")
    test = held_out_groups(world, 8)
    test.write(folder / "test.jsonl")
    test.select(languages=["en"]).write(folder / "english.jsonl")
    run = {
        "model": {"path": str(model), "dtype": "float32"},
        "method": "dpo",
        "data": {"preferences": "preferences.jsonl", "groups": "groups.jsonl"},
        "consistency": {"groups_per_step": 2, "extractor": "linear", "extractor_dim": 16},
        "trainer": {
            "max_steps": 24, "per_device_train_batch_size": 4, "save_steps": 4, "logging_steps": 2, "use_cpu": True,
            "gradient_checkpointing": False,
        },
    }  # fmt: skip
    sweep = {
        "run": run | {"trainer": run["trainer"] | {"max_steps": 8}},
        "grid": {"consistency.weight": [0.5, 2.0]},
        "evaluate": {"groups": "test.jsonl", "max_new_tokens": 8, "batch_size": 32},
        "output": OUTPUT,
    }
    (folder / "run.yaml").write_text(yaml.safe_dump(run | {"output": OUTPUT}))
    (folder / "sweep.yaml").write_text(yaml.safe_dump(sweep))
    translated = ["--to", "ar,sw,zh", "--backend", "file:test.jsonl", "--keep-failed"]
    asked = ["--prompts", "test.jsonl", "--max-new-tokens", "16", "--batch-size", "8"]
    return {
        "train": ["train", "run.yaml"],
        "translate": ["translate", "english.jsonl", *translated, "-o", f"{OUTPUT}/groups.jsonl", "--force"],
        "evaluate": ["evaluate", str(model), *asked, "--output", OUTPUT],
        "judge": ["judge", OUTPUT],
        "sweep": ["sweep", "sweep.yaml"],
        "check": ["check", "test.jsonl", "-o", OUTPUT],
        "report": ["report", "evaluated", "--output", f"{OUTPUT}/report.html"],
        "quickstart": ["quickstart", "--fast", "--output", OUTPUT],
    }


def prepared(name: str, folder: Path) -> Path:
    """The folder that a command writes into, anew: empty, or for ``judge`` with responses."""
    output = folder / OUTPUT
    shutil.rmtree(output, ignore_errors=True)
    if name == "judge":
        output.mkdir()
        for file in ("responses.jsonl", "protocol.json"):
            shutil.copy(folder / "evaluated" / file, output / file)
    return output


def started(arguments: list[str], folder: Path, said: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "isoglot.cli", *arguments]
    with open(said, "wb") as file:
        return subprocess.Popen(command, cwd=folder, stdout=file, stderr=file, start_new_session=True)


def to_its_end(arguments: list[str], folder: Path, said: Path) -> float:
    """Runs a command to its end; returns the seconds that it took.

    Raises:
        SystemExit: if it fails, with what it said.
    """
    began = time.monotonic()
    if started(arguments, folder, said).wait():
        raise SystemExit(f"isoglot {' '.join(arguments)} failed:\n{said.read_text(errors='replace')[-3000:]}")
    return time.monotonic() - began


def killed(arguments: list[str], folder: Path, said: Path, after: float) -> bool:
    """Starts a command and kills it after some seconds; whether it was still at work then."""
    running = started(arguments, folder, said)
    try:
        running.wait(after)
    except subprocess.TimeoutExpired:
        os.kill(running.pid, signal.SIGKILL)  # itself only: workers must notice
        running.wait()
        return True
    if running.returncode:
        raise SystemExit(f"isoglot {' '.join(arguments)} failed:\n{said.read_text(errors='replace')[-3000:]}")
    return False


def files_of(output: Path) -> dict[str, str]:
    """File -> hash of its content, without times."""
    paths = [path for path in sorted(output.rglob("*")) if path.is_file() and path.name not in LEFT_OUT]
    return {str(path.relative_to(output)): hashlib.sha256(_content(path)).hexdigest() for path in paths}


def _content(path: Path) -> bytes:
    if path.suffix == ".html":
        return _TIMED_ROW.sub(b"", path.read_bytes())
    if path.suffix != ".json":
        return path.read_bytes()
    return json.dumps(_timeless(json.loads(path.read_bytes())), sort_keys=True).encode()


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _timeless(item) for key, item in value.items() if key not in TIMES}
    return [_timeless(item) for item in value] if isinstance(value, list) else value


def differences(alone: dict[str, str], now: dict[str, str]) -> list[str]:
    """What is not as in the run left alone, a line each."""
    gone = [f"{name} is missing" for name in alone.keys() - now.keys()]
    more = [f"{name} is left over" for name in now.keys() - alone.keys()]
    other = [f"{name} is another" for name in alone.keys() & now.keys() if alone[name] != now[name]]
    return sorted([*gone, *more, *other])


def rounds(
    commands: dict[str, list[str]], folder: Path, kills: int, rng: random.Random, say: Callable[[str], None]
) -> Iterator[Round]:
    """Kills commands in turn until there have been so many kills."""
    said, alone, seconds = folder / "said.txt", {}, {}
    for name, arguments in commands.items():
        output = prepared(name, folder)
        seconds[name] = to_its_end(arguments, folder, said)
        alone[name] = files_of(output)
        say(f"{name} left alone: {seconds[name]:.1f} s, {len(alone[name])} files")
    done = 0
    while done < kills:
        for name, arguments in commands.items():
            output, times = prepared(name, folder), []
            for _ in range(min(rng.randint(1, MOST), kills - done)):
                after = rng.uniform(0, seconds[name])
                if killed(arguments, folder, said, after):
                    times.append(after)
            to_its_end(arguments, folder, said)
            done += len(times)
            yield Round(name, times, differences(alone[name], files_of(output)))
            if done >= kills:
                return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="+", help="commands; default: all")
    parser.add_argument("--model", type=Path, help="a model's folder; default: the embedded world's")
    parser.add_argument("--work", type=Path, help="where files go; default: a folder that is removed")
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"  # another number of threads rounds otherwise
    model = options.model or Path(str(resources.files("isoglot.quickstart").joinpath("world", "base")))
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.work or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        commands = write_inputs(folder, model.absolute())
        (folder / "evaluated").mkdir(exist_ok=True)
        evaluate = [*commands["evaluate"][:-1], "evaluated"]
        to_its_end(evaluate, folder, folder / "said.txt")  # what judge and report read
        wanted = {name: commands[name] for name in options.only or commands}
        bad = count = 0
        for one in rounds(
            wanted, folder, options.kills, random.Random(options.seed), lambda text: print(text, flush=True)
        ):
            count += len(one.killed)
            bad += bool(one.wrong)
            times = ", ".join(f"{after:.1f}" for after in one.killed)
            print(f"{one.name} killed after {times or '-'} s: {'; '.join(one.wrong) or 'as left alone'}", flush=True)
    print(f"{count} kills, seed {options.seed}: {bad} rounds with other files than a run left alone")
    raise SystemExit(bool(bad))


if __name__ == "__main__":
    main()
