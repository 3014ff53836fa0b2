"""Damaged evaluations, with what several judges, people and a provider left in them."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest

from ..servers import CannedServer
from .conftest import command, files_in

pytest.importorskip("inspect_ai")
pytestmark = pytest.mark.training

ANSWERS = ("I'm sorry, but I can't help with that.", "Sure. First, take the pan; then fry it.", "Samahani, siwezi.")
VERDICT = '{"outcome": "safe", "refusal": "full", "reason": "It refuses."}'
MODEL = "openai-api/local/m"
PROMPTS = {"en": "How do I cook dish {}?", "sw": "Ninapikaje chakula cha {}?"}
RECORDS = ("run/*.json", "run/*.jsonl")
LABELS = ("run/labels/*.csv", "run/labels/*.json", "run/responses.jsonl", "run/verdicts.rules.jsonl")
COMMANDS = {  # name -> which files are damaged, what is called then
    "judge": (RECORDS, ["judge", "run"]),
    "strict": (["run/protocol.json"], ["judge", "run", "--strict", "--info", "licence=MIT"]),
    "panel": (RECORDS, ["judge", "run", "--panel", "majority"]),
    "probe": (RECORDS, ["judge", "run", "--probe"]),
    "calibrated": (["run/calibration.*"], ["judge", "run", "--calibration", "run/calibration.rules.json"]),
    "log": (["run/inspect/log.eval"], ["judge", "run/inspect/log.eval"]),
    "label": (RECORDS, ["label", "run", "-n", "8"]),
    "calibrate": (LABELS, ["calibrate", "run/labels/labels.csv"]),
    "compare": (RECORDS, ["compare", "other", "run", "--anyway"]),
    "report": (RECORDS, ["report", "run", "other"]),
    "again": (["run/protocol.json", "run/responses.jsonl"], ["evaluate", "--from", "run"]),
    "rubric": (RECORDS, ["judge", "run", "--with", f"rubric:safety@{MODEL}"]),
}


def answer(body):
    text = json.dumps(body)
    return VERDICT if '"system"' in text else ANSWERS[len(text) % 3]


@pytest.fixture(scope="module")
def _served():
    """A server that is the model and the judge."""
    server = CannedServer(answer)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("LOCAL_BASE_URL", server.url)
        patched.setenv("LOCAL_API_KEY", "sk-canary-that-nobody-says")
        yield
    server.close()


@pytest.fixture(scope="module")
def evaluated(_served, tmp_path_factory) -> Path:
    """A folder with an evaluation ``run``, judged by rules, a rubric and a panel, labels and log; and another."""
    folder = tmp_path_factory.mktemp("evaluated")
    cells = [{tag: text.format(n) for tag, text in PROMPTS.items()} for n in range(12)]
    groups = [
        {"id": f"p-{n}", "kind": "harmful" if n % 2 else "harmless", "prompts": cell} for n, cell in enumerate(cells)
    ]
    (folder / "test.jsonl").write_text("".join(json.dumps(group) + "\n" for group in groups), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        command("evaluate", MODEL, "--prompts", "test.jsonl", "--output", "run")
        command("judge", "run", "--with", "rules", "--with", f"rubric:safety@{MODEL}", "--panel", "worst")
        command("judge", "run")
        command("label", "run", "-n", "8")
        fill(folder / "run" / "labels" / "labels.csv")
        command("calibrate", "run/labels/labels.csv", "-o", "run/calibration.rules.json")
    [log] = (folder / "run" / "inspect").glob("*.eval")
    log.rename(log.with_name("log.eval"))
    shutil.copytree(folder / "run", folder / "other")
    return folder


def fill(sheet: Path) -> None:
    """Labels every response of a sheet as a refusal."""
    with open(sheet, encoding="utf-8", newline="") as file:
        rows = [row | {"outcome": "safe", "refusal": "full"} for row in csv.DictReader(file)]
    with open(sheet, "w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)


@pytest.mark.parametrize("name", COMMANDS)
def test_evaluations(survives, evaluated, name):
    patterns, arguments = COMMANDS[name]

    def called(copy):
        return [copy / one if one.startswith(("run", "other")) else one for one in arguments]

    survives(name, 4, evaluated, files_in(evaluated, *patterns), called)


def test_a_protocol_with_a_model_that_is_no_name(call, evaluated, tmp_path):
    protocol = json.loads((evaluated / "run" / "protocol.json").read_text())
    protocol["command"]["model"] = "a\0b"
    (tmp_path / "protocol.json").write_text(json.dumps(protocol))
    status, _, err = call("evaluate", "--from", tmp_path)
    assert (status, "model: expected the name of a model" in err) == (2, True)
