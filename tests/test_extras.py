"""Extras: what is missing or too old is an error with the line that installs it, before any work is lost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import tomllib
import yaml
from packaging.requirements import Requirement

from isoglot import PromptGroup, PromptGroups, extras
from isoglot.errors import MissingLibraryError

ROOT = Path(__file__).parents[1]
BLOCK = "import sys; sys.modules.update(dict.fromkeys({names!r})); "


def missing(extra: str) -> str:
    with pytest.raises(MissingLibraryError) as caught:
        extras.need(extra, "train")
    return str(caught.value)


def run(code: str, *without: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", BLOCK.format(names=without) + code], capture_output=True, text=True, check=False
    )


def test_they_are_those_of_the_package():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    for extra, libraries in extras.EXTRAS.items():
        names = {Requirement(line).name.replace("-", "_") for line in declared[extra]}
        assert names == set(libraries)
    assert declared["all"] == [f"isoglot[{','.join(extras.EXTRAS)}]"]


def test_what_is_missing_says_what_to_install(monkeypatch):
    extras.need("train", "train")
    for name in ("trl", "peft"):
        monkeypatch.setitem(sys.modules, name, None)
    assert missing("train") == (
        "train: expected the libraries of the extra 'train', got an environment that lacks trl (not installed), "
        "peft (not installed). Run: pip install 'isoglot[train]'."
    )


def test_what_is_too_old_says_so_with_both_versions(monkeypatch):
    monkeypatch.setitem(extras.EXTRAS, "train", {"trl": "99.1", "peft": "0.18"})
    assert "lacks trl (" in missing("train")
    assert " is older than 99.1)" in missing("train")
    assert missing("train").endswith("Run: pip install 'trl>=99.1' 'peft>=0.18'.")


@pytest.mark.training
def test_the_core_needs_none_of_them():
    everything = [name for libraries in extras.EXTRAS.values() for name in libraries]
    code = (
        "import isoglot, isoglot.report, isoglot.evaluate.evaluation, isoglot.attach.frameworks.section; "
        "from isoglot.cli import main; isoglot.attach; isoglot.metrics.wilson(1, 2); main(['report', '--help'])"
    )
    done = run(code, *everything)
    assert done.returncode == 0, done.stderr


@pytest.mark.training
def test_a_command_without_its_libraries_ends_in_a_sentence(tmp_path):
    (tmp_path / "run.yaml").write_text(yaml.safe_dump({"method": "dpo"}))
    done = run(f"from isoglot.cli import main; main(['train', {str(tmp_path / 'run.yaml')!r}])", "trl")
    assert done.returncode == 1
    assert done.stderr.startswith("train: expected the libraries of the extra 'train'")
    assert "Traceback" not in done.stderr


def of_evaluate():
    from isoglot.evaluate.evaluation import run_evaluation

    run_evaluation(None, None, None, Path("out"))


def of_judge():
    from isoglot.evaluate import judge_with

    judge_with(Path("out"), ["rules"])


def of_compare():
    from isoglot.compare import compare_runs

    compare_runs([Path("a"), Path("b")])


def of_calibrate():
    from isoglot.calibrate import calibrate

    calibrate([Path("labels.csv")])


def of_plan():
    from isoglot.compare.plan import detectable

    detectable(PromptGroups([PromptGroup("1", {"en": "a"}, kind="harmful")]))


def of_quickstart():
    from isoglot.quickstart.run import run as quickstart

    quickstart(Path("out"))


@pytest.mark.training
@pytest.mark.parametrize(
    ("call", "name"),
    [
        (of_evaluate, "evaluate"),
        (of_judge, "judge"),
        (of_compare, "compare"),
        (of_calibrate, "calibrate"),
        (of_plan, "evaluate --plan"),
        (of_quickstart, "quickstart"),
    ],
)
def test_what_was_called_is_named_before_anything_is_read_or_asked(call, name, monkeypatch):
    for library in extras.EXTRAS["eval"]:
        monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingLibraryError) as caught:
        call()
    assert str(caught.value) == (
        f"{name}: expected the libraries of the extra 'eval', got an environment that lacks scipy (not installed), "
        "statsmodels (not installed). Run: pip install 'isoglot[eval]'."
    )
