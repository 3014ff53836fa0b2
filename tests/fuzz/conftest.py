"""Whole inputs of every kind, to be damaged; made once, by the commands themselves."""

from __future__ import annotations

import csv
import json
import os
import random
import re
from pathlib import Path

import pytest
import yaml

from isoglot.cli import main
from isoglot.errors import RunError

from .damage import copied, damage

SEED = int(os.environ.get("FUZZ_SEED", "0"))  # another one finds other damage
MORE = int(os.environ.get("FUZZ_TIMES", "1"))  # as many times as many
LONGEST = 10_000  # characters that a command says
_BAD = re.compile(r"Traceback|^Unexpected \w+:", re.MULTILINE)


class Done(RunError):
    """Where training, or a trial, would begin."""


@pytest.fixture
def _no_work(monkeypatch, model):
    """Nothing is trained, generated or swept; models and tokenizers are loaded, once unless they are damaged."""
    import transformers

    from isoglot.evaluate.answering.responses import Generator
    from isoglot.models import load

    def stop(*_, **__):
        raise Done("here it would begin")

    monkeypatch.setattr(transformers.Trainer, "train", stop)
    monkeypatch.setattr(Generator, "_answers", lambda self, rows, _draws: [[self.pad] * 2 for _ in rows])
    monkeypatch.setattr("isoglot.sweep.run.run_trials", stop)
    loading, known = load.load, {}

    def once(path, **options):
        if Path(path) != model:
            return loading(path, **options)
        return known.setdefault("model", loading(path, **options)) if not known else known["model"]

    monkeypatch.setattr(load, "load", once)


@pytest.fixture
def survives(capsys, tmp_path, _no_work, monkeypatch):
    """Damages copies of a folder's files many times, gives a command each time, and gathers what it did not bear."""
    monkeypatch.chdir(tmp_path)

    def run(name, many, folder, files, command):
        bad = []
        for number in range(many * MORE):
            rng = random.Random(f"{SEED} {name} {number}")
            copy = copied(folder, tmp_path / "copy")
            hurt = [copy / rng.choice(files) for _ in range(rng.choice((1, 1, 1, 2)))]
            how = [f"{path.name}: {damage(rng, path)}" for path in hurt if path.is_file()]
            try:
                main([str(argument) for argument in command(copy)])
            except SystemExit as ended:
                status = ended.code
            except BaseException as error:
                status = f"{type(error).__name__}: {error}"[:300]
            said = "".join(capsys.readouterr())
            if status not in (0, 1, 2) or _BAD.search(said) or too_long(said):
                bad.append(f"{name} {number}, {how}: {status}, {said[-400:]!r}")
        assert not bad, f"{len(bad)} of {many}:\n" + "\n".join(bad)

    return run


def too_long(said: str) -> bool:
    return len(said) > LONGEST


def files_in(folder: Path, *patterns: str) -> list[str]:
    found = [path for pattern in patterns for path in sorted(folder.rglob(pattern)) if path.is_file()]
    return [str(path.relative_to(folder)) for path in found]


@pytest.fixture(scope="session")
def model(tiny_llama) -> Path:
    """A random model with tokenizer and chat template."""
    return tiny_llama("fuzz")


@pytest.fixture(scope="session")
def whole(model, world, tmp_path_factory) -> Path:
    """A folder with all inputs, and what commands made of them, in ``run``, ``stopped``, ``sweep``."""
    from isoglot import PromptGroups
    from isoglot.quickstart.world.data import alignment_groups, held_out_groups, preferences

    folder = tmp_path_factory.mktemp("whole")
    pairs = preferences(world, 12)
    (folder / "pairs.jsonl").write_text("".join(json.dumps(pair) + "\n" for pair in pairs))
    (folder / "pairs.json").write_text(json.dumps(pairs))
    groups = alignment_groups(world, 2).select(languages=["en", "sw"])
    groups.write(folder / "groups.jsonl")
    groups.write(folder / "groups.parquet")
    (folder / "groups.json").write_text(json.dumps([group.to_record() for group in groups]))
    with open(folder / "groups.csv", "w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["id", "kind", "en", "sw"])
        table.writerows([[group.id, group.kind, *group.prompts.values()] for group in groups])
    PromptGroups(held_out_groups(world, 1)).select(languages=["en", "sw"]).write(folder / "test.jsonl")
    options = {"max_steps": 2, "per_device_train_batch_size": 2, "save_steps": 1, "logging_steps": 1, "use_cpu": True}
    run = {
        "model": {"path": str(model), "dtype": "float32"},
        "method": "dpo",
        "data": {"preferences": str(folder / "pairs.jsonl"), "groups": str(folder / "groups.jsonl")},
        "consistency": {"objective": "pivot_distance", "layer": 0.5, "groups_per_step": 2},
        "peft": {"r": 2, "target_modules": ["q_proj"]},
        "trainer": options | {"save_total_limit": 2, "learning_rate": 1e-4},
    }
    (folder / "run.yaml").write_text(yaml.safe_dump(run | {"output": str(folder / "run")}))
    sweep = {
        "run": {key: value for key, value in run.items() if key != "peft"},
        "grid": {"consistency.weight": [0.5, 1.0]},
        "settings": [{"name": "plain", "consistency": None}],
        "seeds": [0],
        "evaluate": {"groups": str(folder / "test.jsonl"), "max_new_tokens": 2},
        "output": "sweep",
    }
    (folder / "sweep.yaml").write_text(yaml.safe_dump(sweep))
    return folder


def command(*arguments: object) -> None:
    """A command that must succeed."""
    with pytest.raises(SystemExit) as caught:
        main(list(map(str, arguments)))
    assert not caught.value.code


@pytest.fixture(scope="session")
def run_folder(whole, tmp_path_factory) -> Path:
    """A run that was trained and evaluated, with its checkpoints."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    made = yaml.safe_load((whole / "run.yaml").read_text()) | {"output": str(folder)}
    path = folder.parent / "run.yaml"
    path.write_text(yaml.safe_dump(made))
    command("train", path)
    command("evaluate", folder, "--prompts", whole / "test.jsonl", "--max-new-tokens", 2)
    return folder


@pytest.fixture(scope="session")
def sweep_folder(whole) -> Path:
    """A sweep that was run, in this process; its trials hold no weights."""
    from isoglot.sweep.worker import run_trial

    def here(trials, done, **_):
        for trial in trials:
            done(trial, run_trial(trial))

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("isoglot.sweep.run.run_trials", here)
        command("sweep", whole / "sweep.yaml")
    return whole / "sweep"
