"""An objective of the user's own: found next to the run file, said, named in errors, and part of what the run is."""

from __future__ import annotations

import importlib
import importlib.util
import sys

import pytest
import yaml

from isoglot.errors import ConfigError, RunError
from isoglot.sweep import SweepFile, plan
from isoglot.sweep.worker import run_trial
from isoglot.train import RunFile, train
from isoglot.train.dry_run import dry_run
from isoglot.train.own_code import OwnCode, own_objective

pytestmark = pytest.mark.training
ALIKE = """
def alike(z, *, weights=None, mask=None, center=False):
    return (z - z.mean(1, keepdim=True)).square().mean((1, 2)).float()
"""
NAMES = ("mine_for_tests", "broken_for_tests", "broken_for_tests.loss", "broken_for_tests.help")


@pytest.fixture(autouse=True)
def _anew():
    """Each test imports its own module, and leaves Python's ways of finding modules as they were."""
    before = list(sys.path), list(sys.meta_path)
    yield
    assert (sys.path, sys.meta_path) == before
    for name in NAMES:
        sys.modules.pop(name, None)


@pytest.fixture
def module(tmp_path):
    """Writes ``mine_for_tests.py`` into a folder of run files."""

    def write(text: str) -> None:
        (tmp_path / "mine_for_tests.py").write_text(text)
        sys.modules.pop("mine_for_tests", None)
        importlib.invalidate_caches()

    return write


@pytest.fixture
def read(settings, tmp_path):
    """Reads a run file that names the module and lies next to it."""

    def make(objective="mine_for_tests:alike", **more):
        made = settings(consistency={"objective": objective, "groups_per_step": 2}, **more)
        (tmp_path / "mine.yaml").write_text(yaml.safe_dump(made))
        return RunFile.read(tmp_path / "mine.yaml")

    return make


def test_its_file_is_known_without_importing_it(settings, read, module, tmp_path):
    module("raise SystemExit")
    assert own_objective(read()).file == tmp_path / "mine_for_tests.py"
    (tmp_path / "broken_for_tests").mkdir()
    (tmp_path / "broken_for_tests" / "__init__.py").write_text("raise SystemExit")
    (tmp_path / "broken_for_tests" / "loss.py").write_text("raise SystemExit")
    assert own_objective(read("broken_for_tests.loss:alike")).file == tmp_path / "broken_for_tests" / "loss.py"
    assert own_objective(read("mine_for_tests.loss:alike")).file == tmp_path / "mine_for_tests.py"  # which runs
    for without in ("sys:exit", "os:system", "nowhere_for_tests:alike"):
        module_name = without.partition(":")[0]
        assert own_objective(read(without)) == OwnCode(module_name, None, ())
    assert own_objective(RunFile.from_dict(settings())) is None


def test_what_python_finds_by_itself_comes_first(read, module, tmp_path, monkeypatch):
    module(ALIKE)
    (tmp_path / "first").mkdir()
    (tmp_path / "first" / "mine_for_tests.py").write_text(ALIKE)
    monkeypatch.syspath_prepend(str(tmp_path / "first"))
    assert own_objective(read()).file == tmp_path / "first" / "mine_for_tests.py"


PLANTED = ("weave", "gptqmodel", "helper_for_tests")


@pytest.fixture
def planted(tmp_path, monkeypatch):
    """Modules next to the run file of names that libraries look for; returns the file that they write when imported."""
    for name in PLANTED:
        monkeypatch.delitem(sys.modules, name, raising=False)
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    importlib.invalidate_caches()
    return tmp_path / "ran"


def looked_for(within):
    """Asks for the planted modules in a run, as optional imports of libraries do."""

    def ask(*_):
        within.extend(name for name in PLANTED if importlib.util.find_spec(name) is not None)

    return ask


@pytest.mark.parametrize("objective", ["pivot_cosine", "mine_for_tests:alike"])
def test_nothing_else_that_lies_next_to_a_run_file_is_imported(read, module, planted, objective):
    module(ALIKE)
    found = []
    run = read(objective, trainer={"max_steps": 1})
    dry_run(run)
    train(run, progress=looked_for(found))
    assert (found, planted.exists()) == ([], False)


def test_what_a_module_needs_besides_is_in_its_package(read, module, planted, tmp_path):
    module("import helper_for_tests\n" + ALIKE)
    with pytest.raises(ConfigError, match=r"No module named 'helper_for_tests', in \S*mine_for_tests.py line 1"):
        train(read())
    assert not planted.exists()
    (tmp_path / "broken_for_tests").mkdir()
    (tmp_path / "broken_for_tests" / "__init__.py").write_text("")
    (tmp_path / "broken_for_tests" / "loss.py").write_text("from .help import alike\n")
    (tmp_path / "broken_for_tests" / "help.py").write_text(ALIKE)
    train(read("broken_for_tests.loss:alike", trainer={"max_steps": 1}))


def test_other_code_is_another_run_and_the_run_folder_knows_where_it_was(read, module, tmp_path):
    module(ALIKE)
    folder = train(read(trainer={"max_steps": 2}))
    module(ALIKE + "# another\n")
    for file in ("mine.yaml", "run/run.yaml"):
        with pytest.raises(RunError, match=r"consistency\.objective \(its content: hash \w+, was \w+\)"):
            train(RunFile.read(tmp_path / file))
    module(ALIKE)
    assert train(RunFile.read(folder / "run.yaml")) == folder


def test_all_of_its_package_is_part_of_the_run(read, tmp_path):
    package = tmp_path / "broken_for_tests"
    package.mkdir()
    (package / "loss.py").write_text("from .help import alike\n")  # without __init__.py it is a package, too
    (package / "help.py").write_text(ALIKE)
    run = read("broken_for_tests.loss:alike", trainer={"max_steps": 1})
    train(run)
    (package / "compiled.pyc").touch()  # as imports leave them
    train(run)
    for changed in ("help.py", "new.py"):
        text = (package / changed).read_text() if (package / changed).exists() else None
        (package / changed).write_text(ALIKE + "# another\n")
        with pytest.raises(RunError, match=r"consistency\.objective \(its content: hash \w+, was \w+\)"):
            train(run)
        (package / changed).write_text(text) if text else (package / changed).unlink()
    train(run)


def test_code_that_was_moved_is_the_same(read, module, tmp_path):
    module(ALIKE)
    train(read(trainer={"max_steps": 2}))
    (tmp_path / "elsewhere").mkdir()
    for name in ("mine.yaml", "mine_for_tests.py"):
        (tmp_path / name).rename(tmp_path / "elsewhere" / name)
    sys.modules.pop("mine_for_tests")
    train(RunFile.read(tmp_path / "elsewhere" / "mine.yaml"))


@pytest.fixture
def sweep_file(settings, data, tmp_path):
    """Writes a sweep file whose run file, and the module next to it, lie in another folder."""

    def make(*, objective=None):
        run = settings(consistency={"groups_per_step": 2}, trainer={"max_steps": 1, "report_to": "none"})
        del run["output"]
        (tmp_path / "mine.yaml").write_text(yaml.safe_dump(run))
        made = {
            "run": "../mine.yaml",
            "grid": {"consistency.objective": ["mine_for_tests:alike", *([objective] if objective else [])]},
            "evaluate": {"groups": str(data / "groups.jsonl"), "max_new_tokens": 2},
            "output": "out",
        }
        (tmp_path / "sweeps").mkdir(exist_ok=True)
        (tmp_path / "sweeps" / "sweep.yaml").write_text(yaml.safe_dump(made))
        return SweepFile.read(tmp_path / "sweeps" / "sweep.yaml")

    return make


def test_a_trial_finds_it_next_to_the_run_file_and_is_known_by_it(sweep_file, module, tmp_path):
    module(ALIKE)
    planned = plan(sweep_file(objective="pivot_cosine"))
    assert [code.file for code in planned.code] == [tmp_path / "mine_for_tests.py"]
    _, mine, listed = planned.trials
    assert set(mine.key["inputs"]) - set(listed.key["inputs"]) == {"consistency.objective"}
    assert run_trial(mine) is None
    assert mine.result() is not None
    module(ALIKE + "# another\n")
    again = plan(sweep_file(objective="pivot_cosine")).trials
    assert again[1].folder == mine.folder
    assert again[1].result() is None
    assert again[2].key == listed.key


def test_an_inline_run_of_a_sweep_finds_it_next_to_the_sweep_file(settings, module, data, tmp_path):
    module(ALIKE)
    run = settings(consistency={"objective": "mine_for_tests:alike"})
    del run["output"]
    file = {"run": run, "evaluate": {"groups": str(data / "groups.jsonl")}, "output": "out"}
    (code,) = plan(SweepFile.from_dict(file, {"folder": tmp_path})).code
    assert code.file == tmp_path / "mine_for_tests.py"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "import os\n1 / 0",
            r"that can be imported.*ZeroDivisionError: division by zero, in \S*mine_for_tests.py line 2",
        ),
        ("raise SystemExit(3)", r"that can be imported.*SystemExit: 3, in \S*mine_for_tests.py line 1"),
        ("\n\ndef alike(z", r"consistency\.objective: .*SyntaxError: .*, in \S*mine_for_tests.py line 3"),
        ("import json\njson.loads('{')", r"JSONDecodeError: .*, in \S*mine_for_tests.py line 2"),
        (ALIKE.replace("alike", "other"), r"AttributeError: .*has no attribute 'alike'"),
        (
            ALIKE.replace("return", "return z.nothing or"),
            r"objective alike: expected a value for each group, got Att.*, in \S*mine_for_tests.py line 3",
        ),
    ],
    ids=["import", "exit", "syntax", "within a library", "name", "call"],
)
def test_its_errors_name_file_and_line(read, module, text, said):
    module(text)
    with pytest.raises(ConfigError, match=said):
        train(read(trainer={"max_steps": 2}))


def test_a_package_that_does_not_import_is_named(read, tmp_path):
    (tmp_path / "broken_for_tests").mkdir()
    (tmp_path / "broken_for_tests" / "__init__.py").write_text("x = (")
    with pytest.raises(ConfigError, match=r"consistency\.objective: .*SyntaxError.*__init__.py line 1"):
        train(read("broken_for_tests.loss:alike"))
