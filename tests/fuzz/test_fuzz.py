"""A thousand damaged inputs of every kind: each command says what is wrong in a sentence, or does without."""

from __future__ import annotations

import os
import random
import re
import shutil
import sys
from pathlib import Path

import pytest

import isoglot.quickstart  # noqa: F401 - its module is patched
from isoglot.cli import main
from isoglot.errors import RunError

from .damage import copied, damage

pytestmark = pytest.mark.training

SEED = int(os.environ.get("FUZZ_SEED", "0"))  # another one finds other damage
MORE = int(os.environ.get("FUZZ_TIMES", "1"))  # as many times as many
LONGEST = 10_000  # characters that a command says
_BAD = re.compile(r"Traceback|^Unexpected \w+:", re.MULTILINE)


class _Done(RunError):
    """Where training, or a trial, would begin."""


@pytest.fixture
def _no_work(monkeypatch, model):
    """Nothing is trained, generated or swept; models and tokenizers are loaded, once unless they are damaged."""
    import transformers

    from isoglot.evaluate.responses import Generator
    from isoglot.models import load

    def stop(*_, **__):
        raise _Done("here it would begin")

    monkeypatch.setattr(transformers.Trainer, "train", stop)
    monkeypatch.setattr(Generator, "_answers", lambda self, rows: [[self.pad] * 2 for _ in rows])
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


def test_run_files(survives, whole):
    survives("run file", 120, whole, ["run.yaml"], lambda copy: ["train", copy / "run.yaml"])


def test_sweep_files(survives, whole):
    survives("sweep file", 80, whole, ["sweep.yaml"], lambda copy: ["sweep", copy / "sweep.yaml"])


@pytest.mark.parametrize("file", ["groups.jsonl", "groups.json", "groups.csv", "groups.parquet"])
def test_groups(survives, whole, model, file):
    def command(copy):
        return ["evaluate", model, "--prompts", copy / file, "--max-new-tokens", "2", "--output", copy / "out"]

    survives(file, 50, whole, [file], command)


@pytest.mark.parametrize("file", ["pairs.jsonl", "pairs.json"])
def test_alignment_data(survives, whole, file):
    def command(copy):
        text = (copy / "run.yaml").read_text().replace(f"{whole}/pairs.jsonl", f"{copy}/{file}")
        (copy / "run.yaml").write_text(text)
        return ["train", copy / "run.yaml"]

    survives(file, 50, whole, [file], command)


def test_model_folders(survives, model):
    files = files_in(model, "*.json", "*.jinja", "*.safetensors")
    asked = ["--max-new-tokens", "2", "--output", "out", "--prompts"]
    prompts = model.parent / "prompts.jsonl"
    prompts.write_text('{"id": "a", "kind": "harmful", "prompts": {"en": "How?"}}\n')
    survives("model", 120, model, files, lambda copy: ["evaluate", copy, *asked, prompts])


def test_run_folders_reported(survives, run_folder):
    files = files_in(run_folder, "*.json", "*.jsonl", "run.yaml")
    files = [file for file in files if "checkpoint" not in file and "token" not in file]
    survives("report", 140, run_folder, files, lambda copy: ["report", copy, "--output", copy.parent / "page.html"])


def test_run_folders_compared(survives, run_folder):
    files = ["responses.jsonl", "protocol.json", "verdicts.rules.jsonl", "meta.json"]
    survives("compare", 12, run_folder, files, lambda copy: ["compare", run_folder, copy, "--anyway"])


def test_run_folders_judged(survives, run_folder):
    files = ["responses.jsonl", "protocol.json", "verdicts.rules.jsonl", "metrics.json"]
    survives("judge", 100, run_folder, files, lambda copy: ["judge", copy])


def test_run_folders_evaluated_again(survives, run_folder, whole):
    files = ["responses.jsonl", "protocol.json", "environment.json", "run.yaml", "adapter_config.json"]
    asked = ["--prompts", whole / "test.jsonl", "--max-new-tokens", "2"]
    survives("again", 40, run_folder, files, lambda copy: ["evaluate", copy, *asked])


def test_run_folders_gone_on_with(survives, run_folder):
    shutil.copy(run_folder.parent / "run.yaml", run_folder / "asked.yaml")
    files = files_in(run_folder, "environment.json", "run.yaml", "log.jsonl", "spectrum.json")
    files += files_in(run_folder, "checkpoints/**/isoglot.json", "checkpoints/**/trainer_state.json")
    files += files_in(run_folder, "reference/**/*.safetensors")

    def command(copy):
        path = copy / "environment.json"
        if path.is_file():  # as if stopped before its end
            path.write_bytes(path.read_bytes().replace(b'"finished": true', b'"finished": false'))
        text = (copy / "asked.yaml").read_text().replace(f"output: {run_folder}", f"output: {copy}")
        (copy / "asked.yaml").write_text(text)
        return ["train", copy / "asked.yaml"]

    survives("go on", 40, run_folder, files, command)


def test_sweeps_gone_on_with(survives, sweep_folder, whole):
    files = [f"sweep/{name}" for name in files_in(sweep_folder, "trial.json", "started.json")]
    survives("sweep", 60, whole, files, lambda copy: ["sweep", copy / "sweep.yaml"])


def test_quickstarts_gone_on_with(survives, tmp_path, monkeypatch):
    def stop(*_, **__):
        raise _Done("here it would begin")

    monkeypatch.setattr(sys.modules["isoglot.quickstart.run"], "_write_data", stop)
    folder = tmp_path / "begun"
    folder.mkdir()
    (folder / "settings.json").write_text('{"seed": 0, "fast": true}')
    survives("quickstart", 60, folder, ["settings.json"], lambda copy: ["quickstart", "--fast", "--output", copy])
