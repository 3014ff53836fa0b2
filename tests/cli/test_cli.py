"""The command as people use it: exit status, what is on stdout and what on stderr, stops and pipes."""

from __future__ import annotations

import itertools
import json
import os
import re
import signal
import subprocess
import sys
import time
from importlib import resources
from pathlib import Path

import pytest
import yaml

import isoglot
from isoglot.quickstart.world.data import alignment_groups, held_out_groups, preferences
from isoglot.quickstart.world.text import World

pytestmark = pytest.mark.training

COMMANDS = (
    "quickstart", "groups", "translate", "check", "probe", "train", "sweep", "evaluate", "judge", "label", "calibrate",
    "compare", "report", "doctor",
)  # fmt: skip
BASE = Path(str(resources.files("isoglot.quickstart").joinpath("world", "base")))


def process(*arguments, **options):
    command = [sys.executable, "-m", "isoglot", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """Folder of preferences, groups, and prompts to evaluate on."""
    folder, world = tmp_path_factory.mktemp("data"), World.load()
    lines = (json.dumps(pair) + "\n" for pair in preferences(world, 16))
    (folder / "preferences.jsonl").write_text("".join(lines))
    alignment_groups(world, 2).write(folder / "groups.jsonl")
    held_out_groups(world, 2).write(folder / "test.jsonl")
    return folder


@pytest.fixture
def run_file(data, tmp_path):
    """Writes a run file of a few steps; returns its path."""

    def write(**trainer):
        options = {"max_steps": 2, "per_device_train_batch_size": 2, "use_cpu": True, "gradient_checkpointing": False}
        settings = {
            "model": {"path": str(BASE), "dtype": "float32"},
            "method": "dpo",
            "data": {"preferences": str(data / "preferences.jsonl"), "groups": str(data / "groups.jsonl")},
            "consistency": {"groups_per_step": 2},
            "trainer": options | trainer,
            "output": str(tmp_path / "run"),
        }
        path = tmp_path / "run.yaml"
        path.write_text(yaml.safe_dump(settings))
        return path

    return write


def test_version(call):
    assert call("--version") == (0, f"isoglot {isoglot.__version__}\n", "")


def test_help_names_every_command():
    done = process("--help")
    out, _ = done.communicate()
    assert done.returncode == 0
    places = [out.find(f"│ {name} ") for name in COMMANDS]
    assert min(places) > 0
    assert places == sorted(places)  # in the order of the work


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(call, name):
    status, out, _ = call(name, "--help")
    assert status == 0
    assert "Example" in out
    assert f"isoglot {name}" in out
    assert "--output" not in out or re.search(r"--output\W+-o\b", out)  # whoever has learnt one may use it everywhere
    told = out.partition("╭")[0].splitlines()
    for line, after in itertools.pairwise(told):  # a line ends where the next word does not fit
        words = after.split()
        assert not (line.strip() and words) or len(f"{line.strip()} {words[0]}") > len(line) - 2, line


@pytest.mark.parametrize(
    "arguments", [("trian",), ("train",), ("evaluate", "x"), ("evaluate", "x", "--prompts", "y", "--dtype", "z"), ()]
)
def test_usage_errors_end_with_2(call, arguments):
    status, out, err = call(*arguments)
    assert status == 2
    assert "Traceback" not in out + err


def test_a_run_file_s_mistakes_end_with_2_and_no_traceback(call, tmp_path):
    path = tmp_path / "run.yaml"
    path.write_text("method: dpoo\n")
    status, out, err = call("train", path)
    assert (status, out) == (2, "")
    assert "\nmethod: expected sft or dpo or orpo or simpo, got 'dpoo'" in err
    assert "model: expected a mapping with `path`, got nothing." in err
    assert "Traceback" not in err


def test_settings_on_the_command_line(call, run_file, tmp_path):
    path, other = run_file(), tmp_path / "other"
    status, out, _ = call("train", path, "--set", f"output={other}", "--set", "consistency={weight: 0.5}")
    assert (status, out) == (0, f"{other}\n")
    written = yaml.safe_load((other / "run.yaml").read_text())
    assert written["consistency"]["weight"] == 0.5
    assert not (tmp_path / "run").exists()
    status, out, err = call("train", path, "--set", "consistency.wieght=1", "--set", "trainer.max_stepz=1")
    assert (status, out) == (2, "")
    assert "consistency.wieght: unknown setting 'wieght'. Did you mean 'weight'?" in err
    assert "trainer.max_stepz: unknown option of DPOConfig 'max_stepz'. Did you mean 'max_steps'?" in err
    assert call("train", path, "--set", "weight")[0] == 2


def test_debug_shows_the_traceback_wherever_it_stands(call, tmp_path):
    path = tmp_path / "run.yaml"
    path.write_text("method: dpoo\n")
    for arguments in (("--debug", "train", path), ("train", path, "--debug")):
        assert "Traceback" in call(*arguments)[2]
    assert "Traceback" not in call("train", path)[2]


def test_what_is_missing_ends_with_1(call, tmp_path):
    for arguments in (
        ("train", tmp_path / "none.yaml"),
        ("judge", tmp_path),
        ("evaluate", BASE, "--prompts", tmp_path / "none.jsonl"),
        ("evaluate", tmp_path, "--prompts", tmp_path / "none.jsonl"),
    ):
        status, out, err = call(*arguments)
        assert (status, out) == (1, "")
        assert "expected" in err
        assert "Traceback" not in err


def test_an_unexpected_error_is_one_line(call, monkeypatch, run_file):
    def fail(*_, **__):
        raise ZeroDivisionError("that was not meant to be\nat all")

    monkeypatch.setattr("isoglot.train.run.content_hash", fail)
    status, out, err = call("train", run_file())
    assert (status, out) == (1, "")
    assert err.splitlines()[-1] == (
        "Unexpected ZeroDivisionError: that was not meant to be. Add --debug to see where it comes from."
    )


def test_train_evaluate_judge_report(call, run_file, data, tmp_path):
    run = tmp_path / "run"
    status, out, err = call("train", run_file(), "--json")
    assert (status, json.loads(out)) == (0, {"run": str(run)})
    phases = [line for line in err.splitlines()[:-1] if ": " not in line]
    assert [phases[0], *phases[-6:]] == [
        "Checking the files",
        "Tokenizing the prompt groups",
        "Reference states",
        "Measuring before training",
        "Training",
        "Measuring after training",
        "Saving the model",
    ]
    assert {"Reading the data", "Loading the model", "Tokenizing train dataset"} < set(phases)
    assert re.search(r"^Training: 2/2, in \d:\d\d, step 2: loss \d\.\d+, consistency ", err, re.MULTILINE)
    assert err.splitlines()[-1].startswith(f"The model is in {run}. Next: isoglot evaluate {run} ")
    written = {name: (run / name).read_bytes() for name in ("run.yaml", "environment.json", "log.jsonl")}

    status, out, err = call("train", run_file())
    assert (status, out) == (0, f"{run}\n")
    assert err.splitlines()[1] == "This run has finished already; nothing was trained."

    options = ("--prompts", data / "test.jsonl", "--languages", "en, sw", "--limit", 1, "--max-new-tokens", 8)
    status, out, err = call("evaluate", run, *options, "--json")
    assert status == 0
    [folder] = (run / "evaluations").iterdir()
    assert folder.name.startswith("test-")
    assert json.loads(out) == json.loads((folder / "metrics.json").read_text())
    assert set(json.loads(out)["kinds"]) == {"harmful", "harmless"}
    assert {name: (run / name).read_bytes() for name in written} == written

    status, table, err = call("evaluate", run, *options)
    assert status == 0
    assert err.splitlines()[-1] == f"Results are in {folder}. Next: isoglot report {run}"
    status, _, err = call("evaluate", run, *options, "--fail-under", "harmful_refused=1")
    assert (status, err.splitlines()[-1][:43]) == (1, "harmful_refused: expected at least 100.00% ")
    assert call("evaluate", run, *options, "--fail-under", "harmful_refused=0")[0] == 0
    assert call("evaluate", run, *options, "--fail-over", "harmful_unsafe=1")[0] == 0
    assert call("evaluate", run, *options, "--fail-under", "harmfull_refused=1")[0] == 2
    for text in (
        "harmful prompts",
        "harmless prompts",
        "safe of valid",
        "answered in own language",
        "Mean of languages",
        "pooled",
    ):
        assert text in table
    assert "\x1b" not in table  # no colours into a pipe

    status, out, err = call("judge", run)
    assert (status, out) == (0, table)
    assert re.fullmatch(rf"Results are in {run}/evaluations/\S+\. Next: isoglot report {run}", err.splitlines()[-1])
    page = tmp_path / "page.html"
    status, out, err = call("report", run, "--output", page)
    assert (status, out) == (0, f"{page}\n")
    assert err == f"The page is {page}. Next: open it in a browser; it needs no network.\n"


def test_other_prompts_go_to_a_folder_of_their_own(call, run_file, data, tmp_path):
    """And neither asks to remove the other, or the model that both are of."""
    run = tmp_path / "run"
    assert call("train", run_file())[0] == 0
    options = ("--prompts", data / "test.jsonl", "--limit", 1, "--max-new-tokens", 4)
    for more in ((), ("--languages", "en"), ("--max-new-tokens", 5), ()):
        status, _, err = call("evaluate", run, *options, *more)
        assert status == 0, err
    folders = sorted((run / "evaluations").iterdir())
    assert len(folders) == 3
    assert f"Next: isoglot report {run} --evaluation test-" in err
    page = tmp_path / "page.html"
    status, _, err = call("report", run, "--output", page)
    assert status == 1
    assert f"{run}: expected one evaluation, got 3: {', '.join(folder.name for folder in folders)}." in err
    assert call("report", run, "--evaluation", folders[0].name, "--output", page)[0] == 0
    assert call("report", folders[1], "--output", page)[0] == 0
    status, out, _ = call("judge", run, "--json")
    assert (status, list(json.loads(out))) == (0, [str(folder) for folder in folders])
    status, out, err = call("judge", run)
    assert (status, out.count("harmful prompts"), str(folders[2]) in out) == (0, 3, True)
    assert f"Next: isoglot report {run} --evaluation {folders[2].name}" in err
    (folders[0] / "protocol.json").write_text("{")
    status, out, err = call("judge", run)
    assert (status, out.count("harmful prompts")) == (1, 2)  # a broken one costs the others nothing
    assert f"{folders[0] / 'protocol.json'}: expected the settings of an evaluation" in err


def test_dry_runs_say_what_would_be_done_and_write_nothing(call, run_file, data, tmp_path):
    path, run = run_file(max_steps=3), tmp_path / "run"
    before = sorted(tmp_path.rglob("*"))
    status, out, err = call("train", path, "--dry-run", "--set", "consistency.layer=1")
    assert status == 0
    assert out.splitlines()[1].startswith("Data: 16 rows, dpo, 3 steps of about ")
    assert out.splitlines()[2:4] == [
        "Prompt groups: 4 (harmful 2, harmless 2)",
        "Prompts: 40 (en 4, zh 4, ru 4, ja 4, ar 4, bn 4, sw 4, ur 4, ps 4, ckb 4)",
    ]
    assert out.splitlines()[4].startswith("Term: layer 1, 2 groups compared, 2 guarded; in every step about ")
    assert out.splitlines()[5] == f"Output: {run}, where it begins"
    ends = f"Nothing was written. Next: isoglot train {path} --set consistency.layer=1"
    assert err.splitlines()[-1] == ends
    status, out, _ = call("train", path, "--dry-run", "--json")
    assert (status, json.loads(out)["steps"], json.loads(out)["state"]) == (0, 3, "begins")
    assert call("train", path, "--dry-run", "--set", "consistency.layer=9")[0] == 2

    test = ("evaluate", BASE, "--prompts", data / "test.jsonl", "--output", tmp_path / "out", "--max-new-tokens", 100)
    status, out, err = call(*test, "--dry-run")
    assert status == 0
    assert out.splitlines()[0] == "Prompt groups: 4 (harmful 2, harmless 2)"
    assert out.splitlines()[2:] == ["Answers: 0 there, 48 to generate", f"Output: {tmp_path / 'out'}"]
    assert call(*test[:-1], 128, "--dry-run")[0] == 2  # no room for a prompt
    assert sorted(tmp_path.rglob("*")) == before


def test_a_dry_run_knows_what_is_answered_and_what_the_folder_is_for(call, data, tmp_path):
    options = ("--prompts", data / "test.jsonl", "--limit", 1, "--output", tmp_path / "out", "--max-new-tokens", 4)
    assert call("evaluate", BASE, *options, "--languages", "en,sw")[0] == 0
    responses = tmp_path / "out" / "responses.jsonl"
    responses.write_text("".join(responses.read_text().splitlines(keepends=True)[:3]))
    status, out, _ = call("evaluate", BASE, *options, "--languages", "en,sw", "--dry-run")
    assert (status, out.splitlines()[2]) == (0, "Answers: 3 there, 1 to generate")
    status, out, err = call("evaluate", BASE, *options, "--languages", "en,th", "--dry-run")
    assert (status, out) == (1, "")
    assert "expected an evaluation with the same settings" in err


def test_a_lowest_rate_that_languages_share_is_no_languages(capsys):
    from isoglot.cli.output.results import show
    from isoglot.evaluate.numbers.summary import summarise
    from isoglot.judges import Verdict
    from isoglot.runs import Response

    def line(outcomes):
        verdicts = {tag: Verdict(outcome, "none" if outcome else None, tag) for tag, outcome in outcomes.items()}
        pairs = [(Response("1", tag, "harmful", "en", "?", "!", "stop"), found) for tag, found in verdicts.items()]
        show({"kinds": summarise(pairs)}, json=False)
        return capsys.readouterr().out.splitlines()[-2]

    alone, shared = line({"en": "safe", "sw": "unsafe"}), line({"en": "safe", "sw": "unsafe", "ur": "unsafe"})
    assert "lowest 0 % (0 % – 99 %; sw), gap 100 % (0 % – 100 %)" in alone  # of one prompt little is known
    assert "lowest 0 % (0 % – 99" in shared
    assert "; in 2 of 3 languages), gap 100 % (" in shared
    assert line({"en": None}).endswith("lowest –, gap –")


def test_several_files_are_one_evaluation(call, data, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    groups = isoglot.PromptGroups.read(data / "test.jsonl")
    for kind in ("harmful", "harmless"):
        groups.select(kinds=kind, languages=["en"], limit=1).write(tmp_path / f"{kind}.jsonl")
    options = ("--prompts", "harmful.jsonl", "--prompts", "harmless.jsonl", "--max-new-tokens", 4, "--json")
    status, out, err = call("evaluate", BASE, *options)
    assert status == 0, err
    assert json.loads(out)["kinds"].keys() == {"harmful", "harmless"}
    assert list(tmp_path.glob("runs/evaluate-base/evaluations/harmful+harmless-*/metrics.json"))


def test_evaluate_an_adapter(call, run_file, data, tmp_path):
    path = run_file()
    settings = yaml.safe_load(path.read_text()) | {"peft": {"r": 2, "target_modules": "all-linear"}}
    del settings["consistency"]
    path.write_text(yaml.safe_dump(settings))
    assert call("train", path)[0] == 0
    options = ("--prompts", data / "test.jsonl", "--languages", "en", "--limit", 1, "--max-new-tokens", 4)
    assert call("evaluate", tmp_path / "run", *options)[0] == 0


@pytest.mark.parametrize(("inside", "got"), [("", "a file"), ("/a/b", "the file ")])
def test_an_output_that_is_a_file_is_told_before_anything_is_loaded(call, data, tmp_path, monkeypatch, inside, got):
    def load(*args, **kwargs):
        raise AssertionError("the model is loaded")

    monkeypatch.setattr("isoglot.models.load.load", load)
    (tmp_path / "file").touch()
    output = f"{tmp_path / 'file'}{inside}"
    for more in ([], ["--dry-run"]):
        status, out, err = call("evaluate", BASE, "--prompts", data / "test.jsonl", "--output", output, *more)
        assert (status, out) == (1, "")
        assert f"{output}: expected a folder, or a place for one, got {got}" in err
        assert "Choose another output." in err


def test_evaluate_refuses_a_run_that_has_not_finished(call, data, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "run.yaml").write_text("method: dpo\n")
    status, _, err = call("evaluate", tmp_path / "run", "--prompts", data / "test.jsonl")
    assert status == 1
    assert "expected a finished run" in err


def test_other_models_get_a_folder_of_their_own(call, data, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = ("--prompts", data / "test.jsonl", "--languages", "en", "--limit", 1, "--max-new-tokens", 4)
    assert call("evaluate", BASE, *options)[0] == 0
    assert list(tmp_path.glob("runs/evaluate-base/evaluations/test-*/metrics.json"))


def test_prompts_of_a_table_are_told_apart_by_hand_and_bad_rows_left_out(call, tmp_path):
    path, model = tmp_path / "mine.csv", tmp_path / "no-model"
    path.write_text("question,german,label\nHow?,Wie?,safe\n,,unsafe\n")
    columns = ("--prompts", path, "--columns", "en=question, de=german")
    status, _, err = call("evaluate", model, *columns)
    reading, told, problem = err.splitlines()
    assert reading == "Reading the prompts"
    assert (status, told) == (1, f"{path}: prompts in en (column question), de (column german); kind from label.")
    assert problem.startswith(f"{path}, line 3: prompts.en: expected some text")
    status, _, err = call("evaluate", model, *columns, "--skip-bad-rows")
    assert [line.split(":")[0] for line in err.splitlines()] == [
        "Reading the prompts",
        str(path),
        "Warning",
        f"{path}, line 3",
        "Loading the model",
        "model",  # which is read last
    ]
    assert f"a model's folder, or a name on the hub, got nothing at '{model}'. Check the path." in err
    for wrong in ("en", "en=", "en=question,en=german", "=question"):
        status, _, err = call("evaluate", model, "--prompts", path, "--columns", wrong)
        assert (status, err.split(":")[0]) == (2, "--columns")


def test_a_warning_of_isoglot_is_a_line(call, run_file):
    path = run_file()
    settings = yaml.safe_load(path.read_text())
    settings["consistency"]["weight"] = 0
    path.write_text(yaml.safe_dump(settings))
    status, _, err = call("train", path)
    assert status == 0
    warnings = [line for line in err.splitlines() if line.startswith("Warning")]
    assert warnings == ["Warning: consistency.weight is 0: the term is logged and changes nothing."]


@pytest.mark.skipif(os.name == "nt", reason="signals of another kind")
def test_ctrl_c_ends_with_130_and_says_that_it_continues(run_file):
    def heed() -> None:  # where the tests run in the background of a shell, they and their children ignore it
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    running = process("train", run_file(max_steps=2000), preexec_fn=heed)
    for line in running.stderr:
        if line == "Training\n":
            break
    time.sleep(0.5)
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert (
        err.splitlines()[-1]
        == "Stopped. The same command continues from the last checkpoint, or begins anew where there is none yet."
    )
    assert "Traceback" not in err


@pytest.mark.skipif(os.name == "nt", reason="pipes of another kind")
def test_a_reader_that_has_gone_is_no_error(tmp_path):
    response = {"group": "a", "language": "en", "kind": "harmful", "pivot": "en", "prompt": "Why?"}
    line = json.dumps(response | {"response": "I cannot help with that.", "finish": "stop"}) + "\n"
    (tmp_path / "responses.jsonl").write_text(line)
    running = process("judge", tmp_path, "--json")
    running.stdout.close()
    err = running.stderr.read()
    running.wait(timeout=60)
    running.stderr.close()
    assert "Error" not in err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device")
@pytest.mark.parametrize("option", [(), ("--json",)])
def test_an_output_that_is_full_is_a_sentence(tmp_path, option):
    response = {"group": "a", "language": "en", "kind": "harmful", "pivot": "en", "prompt": "Why?"}
    (tmp_path / "responses.jsonl").write_text(json.dumps(response | {"response": "No.", "finish": "stop"}) + "\n")
    command = [sys.executable, "-m", "isoglot.cli", "judge", str(tmp_path), *option]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=120)
    assert done.returncode == 1
    assert "expected room on the disk, got a full disk (No space left on device). Free " in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
