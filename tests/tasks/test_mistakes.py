"""What inspect_ai's own command line shows of a mistake of its user: a sentence, and no traceback."""

from __future__ import annotations

import shlex
from io import StringIO

import pytest
from inspect_ai._util.config import parse_cli_args
from inspect_ai._util.error import exception_hook
from inspect_ai.model import get_model
from rich.console import Console

from isoglot import IsoglotError, PromptGroup, PromptGroups
from isoglot.tasks import registry

pytestmark = pytest.mark.training
CALLS = "judge_max_connections"


@pytest.fixture
def path(dishes, tmp_path) -> str:
    return str(dishes[:3].write(tmp_path / "groups.jsonl"))


@pytest.fixture
def shown(monkeypatch):
    """What a user sees of what a call raises."""

    def look(call) -> str:
        console = Console(file=StringIO(), width=1000)  # its own is silent where another test made it so
        monkeypatch.setattr("inspect_ai._util.error.print", console.print)
        with pytest.raises(IsoglotError) as caught:
            call()
        exception_hook()(caught.type, caught.value, caught.tb)
        return console.file.getvalue().strip()

    return look


def test_a_task_that_cannot_be_made_says_why_in_a_sentence(path, shown, tmp_path, monkeypatch):
    monkeypatch.delenv("ISOGLOT_DATA", raising=False)
    said = shown(lambda: registry.groups())
    assert said == "isoglot/groups: expected prompts, got nothing. Give -T path=FILE."
    assert shown(lambda: registry.groups(path, kind="bad")) == "kind: expected harmful or harmless, got 'bad'."
    assert "Did you mean 'path'?" in shown(lambda: registry.groups(path, pth="x"))
    assert "unknown kind '[red]x'" in shown(lambda: registry.groups(path, judge="[red]x"))  # no markup of rich
    missing = tmp_path / "no.jsonl"
    assert shown(lambda: registry.groups(str(missing))).startswith(f"{missing}: expected a file or folder")
    for limit in (0, -1, "abc"):
        assert (
            shown(lambda n=limit: registry.groups(path, limit=n))
            == f"limit: expected a whole number >= 1, got {limit!r}."
        )
    assert "-T path=FILE or -T path=FOLDER" in shown(lambda: registry.xstest())
    assert shown(lambda: registry.pku(path, limit=0)).startswith("limit: expected a whole number >= 1")


def test_a_scorer_that_cannot_be_made_says_why(shown):
    """`inspect score` takes a ValueError for one that it does not find, and says that instead."""
    for scorer in (registry.safe, registry.refused, registry.over_refused, registry.answered_own):
        assert "judge: unknown kind 'guards'. Did you mean 'guard'?" in shown(lambda one=scorer: one("guards:x@y/z"))
        with pytest.raises(IsoglotError) as caught:
            scorer("rules", **{CALLS: 2})
        assert not isinstance(caught.value, ValueError)


def test_what_a_model_cannot_be_given_is_said_before_any_prompt_is_asked(tiny_folder, shown):
    def made(**options):
        return shown(lambda: get_model(f"isoglot/{tiny_folder}", memoize=False, **options))

    assert made(batch_size=0) == "-M batch_size: expected a whole number >= 1, got 0."
    assert made(batch_size="x") == "-M batch_size: expected a whole number >= 1, got 'x'."
    assert made(dtype="foo") == "-M dtype: expected auto, float32, bfloat16 or float16, got 'foo'."
    assert made(trust_remote_code="maybe") == "-M trust_remote_code: expected true or false, got 'maybe'."
    assert made(batch_szie=3) == "-M: unknown parameter 'batch_szie'. Did you mean 'batch_size'?"
    both = made(batch_size=0, dtype="foo")
    assert "-M batch_size" in both
    assert "-M dtype" in both


def test_prompts_of_several_files_are_one_task(path, dishes, tmp_path):
    """inspect_ai makes a list of what commas part."""
    other = dishes[5:7].write(tmp_path / "other.jsonl")
    assert len(registry.groups([path, str(other)]).dataset) == 10


EXPECTED = {
    "path": "the path of a file or folder",
    "judge": "rules, guard:NAME@PROVIDER or rubric:NAME@PROVIDER",
    "languages": "language tags",
    "calibration": "the path of a file",
    "kind": "harmful or harmless",
    "download": "true or false",
}
TASKS = [registry.groups, registry.multijail, registry.pku, registry.polyrefuse, registry.xstest]


@pytest.mark.parametrize(
    "written",
    ["path=5", "path=true", "path=2024-01-01", "judge=5", "judge=a,b", "judge=", "languages=5", "calibration=5",
     "calibration=a,b"],
)  # fmt: skip
@pytest.mark.parametrize("task", TASKS)
def test_what_yaml_reads_as_no_text_is_said_in_a_sentence(written, task, path, shown):
    [(name, value)] = (said := parse_cli_args([written])).items()
    line = shown(lambda: task(**{"path": path} | said))
    assert line.startswith(f"{name}: expected {EXPECTED[name]}")
    assert f", got {value!r}." in line
    assert "\n" not in line


@pytest.mark.parametrize("task", TASKS[1:])
def test_a_set_is_one_file_and_its_download_is_a_switch(task, shown):
    lines = shown(lambda: task(**parse_cli_args(["path=a,b", "download=maybe", "limit=0"]))).splitlines()
    assert lines == [
        "path: expected the path of a file or folder, got ['a', 'b'].",
        "limit: expected a whole number >= 1, got 0.",
        "download: expected true or false, got 'maybe'.",
    ]


def test_all_values_of_a_wrong_kind_are_said_at_once(shown):
    said = parse_cli_args(["path=5", "judge=5", "languages=5", "limit=x", "kind=no", "calibration=5"])
    lines = shown(lambda: registry.groups(**said)).splitlines()
    assert [line.split(":")[0] for line in lines] == list(said)


@pytest.mark.parametrize("written", ["languages=no", "languages=[en, no]"])
def test_norwegian_is_no_text_in_yaml_and_the_step_says_how_it_is_written(written, dishes, tmp_path, shown):
    group = PromptGroup("1", {"en": "What?", "no": "Hva?"}, kind="harmless")
    path = str(PromptGroups([group]).write(tmp_path / "norwegian.jsonl"))
    line = shown(lambda: registry.groups(path, **parse_cli_args([written])))
    assert line.startswith("languages: expected language tags, got ")
    step = line.split("on a command line -T ")[1].removesuffix(".")
    task = registry.groups(path, **parse_cli_args(shlex.split(step)))
    assert [sample.id for sample in task.dataset] == ["1:no"]


@pytest.mark.parametrize("value", [5, ["a", "b"], None, True])
def test_a_scorer_s_judge_is_a_text(value, shown):
    for scorer in (registry.safe, registry.refused, registry.over_refused, registry.answered_own):
        assert shown(lambda one=scorer: one(value)) == f"judge: expected {EXPECTED['judge']}, got {value!r}."


def test_what_is_left_empty_is_what_nobody_says(path):
    said = parse_cli_args(["languages=", "calibration=", "kind=", "limit="])
    assert len(registry.groups(path, **said).dataset) == 6
