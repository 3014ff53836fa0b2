"""An objective of the user's own: said, named in errors, and part of what the run is."""

from __future__ import annotations

import importlib
import sys

import pytest

from isoglot.errors import ConfigError, RunError
from isoglot.train import RunFile, train
from isoglot.train.own_code import own_objective

pytestmark = pytest.mark.training
ALIKE = """
def alike(z, *, weights=None, mask=None, center=False):
    return (z - z.mean(1, keepdim=True)).square().mean((1, 2)).float()
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Writes ``mine_for_tests.py`` where it can be imported."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(text: str) -> None:
        (tmp_path / "mine_for_tests.py").write_text(text)
        sys.modules.pop("mine_for_tests", None)
        importlib.invalidate_caches()

    yield write
    sys.modules.pop("mine_for_tests", None)


def run(settings, **more):
    return RunFile.from_dict(settings(consistency={"objective": "mine_for_tests:alike", "groups_per_step": 2}, **more))


def test_its_file_is_known_without_importing_it(settings, module, tmp_path):
    module("raise SystemExit")
    assert own_objective(run(settings)) == tmp_path / "mine_for_tests.py"
    assert own_objective(RunFile.from_dict(settings())) is None


def test_a_package_that_does_not_import_is_named(settings, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "broken_for_tests").mkdir()
    (tmp_path / "broken_for_tests" / "__init__.py").write_text("x = (")
    made = RunFile.from_dict(settings(consistency={"objective": "broken_for_tests.loss:alike"}))
    assert own_objective(made) is None
    with pytest.raises(ConfigError, match=r"consistency\.objective: .*SyntaxError"):
        train(made)


def test_other_code_is_another_run(settings, module):
    module(ALIKE)
    made = run(settings, trainer={"max_steps": 2})
    train(made)
    module(ALIKE + "# another\n")
    with pytest.raises(RunError, match=r"consistency\.objective \(its content: hash \w+, was \w+\)"):
        train(made)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1 / 0", r"consistency\.objective: expected a function that can be imported.*ZeroDivisionError"),
        ("def alike(z", r"consistency\.objective: .*SyntaxError"),
        (
            ALIKE.replace("return", "return z.nothing or"),
            r"objective alike: expected a value for each group, got Att",
        ),
    ],
    ids=["import", "syntax", "call"],
)
def test_its_errors_name_it(settings, module, text, said):
    module(text)
    with pytest.raises(ConfigError, match=said):
        train(run(settings, trainer={"max_steps": 2}))
