"""Whole runs of a tiny model: what they leave behind, and that stopping one changes nothing."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time

import pytest
import yaml
from safetensors.torch import load_file, save_file

from isoglot.errors import ConfigError, DataError, ModelError, RunError
from isoglot.runs.folder import held
from isoglot.train import RunDirectory, RunFile, train
from isoglot.train.checkpoints import last_whole_checkpoint
from isoglot.train.methods import METHODS

pytestmark = pytest.mark.training


def run(settings):
    return train(RunFile.from_dict(settings))


def stop_after(settings, steps):
    """Trains until ``steps`` optimizer steps are done, then as if Ctrl-C were pressed."""

    def progress(done, total):
        if done == steps:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(RunFile.from_dict(settings), progress=progress)


def log(folder):
    """The log's lines."""
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


def same_weights(one, other, file="model.safetensors"):
    ours, theirs = load_file(one / file), load_file(other / file)
    return ours.keys() == theirs.keys() and all(ours[name].equal(theirs[name]) for name in ours)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_trains_and_leaves_a_run_directory(settings, base, method, capfd):
    told = []
    made = settings(method=method)
    folder = train(RunFile.from_dict(made), progress=lambda done, total: told.append((done, total)))
    names = {path.name for path in folder.iterdir()}
    assert names >= {"run.yaml", "environment.json", "log.jsonl", "spectrum.json", "model.safetensors", "config.json"}
    assert names >= {"tokenizer.json", "chat_template.jinja", "consistency.safetensors"}
    assert not [path for path in folder.rglob("*") if path.suffix in (".bin", ".pt", ".pth", ".pkl")]
    assert not [name for name in names if name.startswith(".")]
    assert "checkpoints" not in names
    assert not same_weights(folder, base)
    assert told == [(step, 4) for step in range(5)]
    assert [line["step"] for line in log(folder)] == [1, 2, 3, 4]
    assert all(
        {"loss", "learning_rate", "consistency/loss", "consistency/retention"} <= line.keys() for line in log(folder)
    )
    assert capfd.readouterr() == ("", "")  # the libraries are kept quiet


def test_what_a_run_says_of_itself(settings):
    made = settings()
    folder = run(made)
    written = yaml.safe_load((folder / "run.yaml").read_text())
    assert RunFile.from_dict(written) == RunFile.from_dict(made)
    assert written["consistency"]["objective"]  # with the defaults, so that it can be repeated
    environment = json.loads((folder / "environment.json").read_text())
    usage = environment["usage"]
    assert 2**24 < usage["peak_memory_bytes"] < 2**40 or sys.platform != "linux"
    assert 0 < usage["cpu_seconds"] < 100 * usage["seconds"]
    assert environment["finished"] is True
    assert environment["seed"] == 42
    assert environment["steps"] == 4
    assert environment["versions"].keys() >= {"isoglot", "torch", "transformers", "trl", "peft"}
    assert environment["started_at"] <= environment["finished_at"]
    spectrum = json.loads((folder / "spectrum.json").read_text())
    assert spectrum["before"]["layers"] == [1, 2]
    assert spectrum["before"] != spectrum["after"]


EXTRACTORS = [{}, {"extractor": "frozen"}, {"extractor": "linear", "extractor_dim": 8}]


@pytest.mark.parametrize(("method", "consistency"), zip(["sft", "dpo", "dpo"], EXTRACTORS, strict=True))
def test_a_stopped_run_ends_as_one_never_stopped(settings, tmp_path, method, consistency):
    made = settings(method=method, consistency={"groups_per_step": 2} | consistency)
    whole = run(made | {"output": str(tmp_path / "whole")})
    stop_after(made, 3)  # the last checkpoint is of step 2
    assert not RunDirectory(tmp_path / "run").finished
    assert not list((tmp_path / "run").rglob("training_args.bin"))
    stopped = run(made)
    assert same_weights(whole, stopped)
    assert same_weights(whole, stopped, "consistency.safetensors")
    assert log(whole) == log(stopped)
    assert (whole / "spectrum.json").read_text() == (stopped / "spectrum.json").read_text()
    assert len(RunDirectory(stopped).environment()["resumed_at"]) == 1


def test_a_checkpoint_that_a_kill_left_half_written_is_passed_over(settings, tmp_path):
    made = settings(consistency=None)
    whole = run(made | {"output": str(tmp_path / "whole")})
    stop_after(made, 3)
    checkpoints = tmp_path / "run" / "checkpoints"
    shutil.copytree(checkpoints / "checkpoint-2", checkpoints / "checkpoint-3")
    for name in ("trainer_state.json", "isoglot.json"):  # which are written last
        (checkpoints / "checkpoint-3" / name).unlink()
    shutil.copytree(checkpoints / "checkpoint-2", checkpoints / "checkpoint-4")
    weights = checkpoints / "checkpoint-4" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-10])
    with pytest.warns(UserWarning, match=r"checkpoint-4: .*model.safetensors is not as it was written"):
        assert same_weights(whole, run(made))


@pytest.mark.parametrize("file", ["model.safetensors", "optimizer.pt"])
def test_a_checkpoint_of_the_right_length_whose_half_is_zeros_is_named_and_passed_over(settings, tmp_path, file):
    """As after a power loss: the file system knew how long the file was, and not what was in it."""
    made = settings(consistency=None, trainer={"max_steps": 6})
    whole = run(made | {"output": str(tmp_path / "whole")})
    stop_after(made, 5)
    path = tmp_path / "run" / "checkpoints" / "checkpoint-4" / file
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2] + bytes(len(content) - len(content) // 2))
    with pytest.warns(UserWarning, match=rf"checkpoint-4: .*{file} .* It goes on from .*checkpoint-2"):
        again = run(made)
    assert same_weights(whole, again)


def test_a_checkpoint_of_another_run_is_not_taken(settings, tmp_path):
    made = settings(consistency=None, trainer={"max_steps": 6})
    whole = run(made | {"output": str(tmp_path / "whole")})
    stop_after(made, 3)
    other = settings(consistency=None, output=str(tmp_path / "other"), trainer={"max_steps": 6, "learning_rate": 0.5})
    stop_after(other, 5)
    shutil.copytree(
        tmp_path / "other" / "checkpoints" / "checkpoint-4", tmp_path / "run" / "checkpoints" / "checkpoint-4"
    )
    with pytest.warns(UserWarning, match=r"checkpoint-4: .*another run"):
        assert same_weights(whole, run(made))


def test_a_checkpoint_without_the_optimizer_is_not_gone_on_from(settings, tmp_path):
    """It would go on with another learning rate and fresh moments, and say nothing."""
    made = settings(consistency=None, trainer={"max_steps": 6, "save_only_model": True})
    whole = run(made | {"output": str(tmp_path / "whole")})
    stop_after(made, 5)
    with pytest.warns(UserWarning, match=r"checkpoint-[24]: .*no optimizer's state.*; this one is set aside"):
        assert same_weights(whole, run(made))
    assert (tmp_path / "run" / "aside-checkpoint-4" / "model.safetensors").exists()


def test_what_is_written_next_to_a_model_makes_no_other_model(settings, base, tmp_path):
    model = tmp_path / "model"
    shutil.copytree(base, model)
    made = settings(consistency=None, model={"path": str(model)})
    stop_after(made, 3)
    for name in ("metrics.json", "responses.jsonl", "notes.txt", "consistency.safetensors"):
        (model / name).write_text("written by an evaluation")
    (model / "checkpoints").mkdir()
    assert RunDirectory(run(made)).finished


def test_stopped_while_the_model_was_being_written(settings, tmp_path, monkeypatch):
    made = settings(trainer={"lr_scheduler_type": "constant"})  # one step too many would show in the weights
    whole = run(made | {"output": str(tmp_path / "whole")})
    with monkeypatch.context() as patch:
        patch.setattr(RunDirectory, "take_in", lambda self, aside: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            run(made)
    assert not RunDirectory(tmp_path / "run").finished
    again = run(made)
    assert same_weights(whole, again)
    assert log(whole) == log(again)
    assert not (again / ".model").exists()


def test_a_finished_run_is_not_trained_again(settings):
    made = settings()
    folder = run(made)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    assert run(made) == folder
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_other_settings_or_data_are_refused_by_name(settings, tmp_path):
    preferences = tmp_path / "preferences.jsonl"
    row = {"prompt": "Why?", "chosen": "So.", "rejected": "No."}
    preferences.write_text((json.dumps(row) + "\n") * 8)
    made = settings(consistency=None, data={"preferences": str(preferences)})
    stop_after(made, 3)
    with pytest.raises(RunError, match=r"trainer.seed \(None there, 7 now\)"):
        run(made | {"trainer": made["trainer"] | {"seed": 7}})
    preferences.write_text((json.dumps(row) + "\n") * 9)
    with pytest.raises(RunError, match=r"data.preferences \(its content: hash \w+, was \w+\)"):
        run(made)


@pytest.mark.parametrize("file", ["model.safetensors", "chat_template.jinja"])
@pytest.mark.parametrize("peft", [None, {"r": 2}], ids=["full", "lora"])
def test_another_model_or_template_between_stop_and_resume_is_refused(settings, base, tmp_path, file, peft):
    model = tmp_path / "model"
    shutil.copytree(base, model)
    made = settings(consistency=None, model={"path": str(model)}, **({"peft": peft} if peft else {}))
    stop_after(made, 3)
    if file == "model.safetensors":
        weights = load_file(model / file)
        save_file({name: 2 * weight for name, weight in weights.items()}, model / file, metadata={"format": "pt"})
    else:
        (model / file).write_text((model / file).read_text() + "\n")
    with pytest.raises(RunError, match=r"model.path \(its content: hash \w+, was \w+\)") as caught:
        run(made)
    assert "remove" not in str(caught.value)


def test_a_finished_run_without_its_weights_is_not_called_finished(settings):
    made = settings(consistency=None)
    (run(made) / "model.safetensors").unlink()
    with pytest.raises(RunError, match=r"expected the weights of a finished run, got none"):
        run(made)


def test_what_a_kill_left_behind_after_the_end_is_cleared_away(settings):
    made = settings(consistency=None)
    made["trainer"].pop("save_strategy", None)
    folder = run(made)
    (folder / "checkpoints" / "checkpoint-1").mkdir(parents=True)
    run(made)
    assert not (folder / "checkpoints").exists()


def test_before_the_first_checkpoint_other_settings_begin_again(settings):
    made = settings(consistency=None)
    stop_after(made, 1)
    folder = run(made | {"trainer": made["trainer"] | {"max_steps": 2}})
    assert [line["step"] for line in log(folder)] == [1, 2]


def test_a_mistake_found_late_leaves_nothing_behind(settings, tmp_path):
    with pytest.raises(ConfigError, match=r"trainer\.(bf16|fp16): expected"):
        run(settings(trainer={"bf16": True, "fp16": True}))
    with pytest.raises(ConfigError, match=r"peft\.target_modules: expected settings that DPOTrainer takes"):
        run(settings(peft={"target_modules": ["no_such_module"]}))
    assert not (tmp_path / "run").exists()


def test_a_folder_that_holds_a_model_is_left_alone(settings, base):
    with pytest.raises(RunError, match="a model without"):
        run(settings(output=str(base)))


def test_an_adapter(settings):
    folder = run(settings(peft={"r": 2, "target_modules": "all-linear"}))
    assert (folder / "adapter_model.safetensors").exists()
    assert not (folder / "model.safetensors").exists()


def test_checkpoints_stay_where_the_run_file_speaks_of_them(settings):
    folder = run(settings(consistency=None, trainer={"save_total_limit": 1}))
    assert [path.name for path in (folder / "checkpoints").glob("checkpoint-*")] == ["checkpoint-4"]


def test_without_checkpoints_a_stopped_run_begins_again(settings, tmp_path):
    made = settings(consistency=None, trainer={"save_strategy": "no"})
    whole = run(made | {"output": str(tmp_path / "whole")})
    stop_after(made, 3)
    assert same_weights(whole, run(made))
    assert log(whole) == log(tmp_path / "run")


def test_two_processes_do_not_train_into_one_folder(settings):
    made = settings(consistency=None)
    folder = RunFile.from_dict(made).output
    with held(folder), pytest.raises(RunError, match="no other process at work in it"):
        run(made)
    assert not folder.exists()
    run(made)


def test_a_machine_without_accelerator_needs_no_option(settings):
    made = settings(consistency=None)
    del made["trainer"]["use_cpu"]
    assert RunDirectory(run(made)).environment()["mixed_precision"] in ("no", "bf16")


def test_weights_in_half_precision_are_warned_of(settings, base):
    with pytest.warns(UserWarning, match="loses small updates"):
        run(settings(consistency=None, model={"path": str(base), "dtype": "bfloat16"}))


def test_rows_that_the_trainer_leaves_out_are_told(settings, tmp_path):
    path = tmp_path / "long.jsonl"
    rows = [{"prompt": text, "chosen": "So.", "rejected": "No."} for text in ("Why? " * 40, "Why?", "How?")]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    made = settings(consistency=None, data={"preferences": str(path)})
    with pytest.warns(UserWarning, match="1 of 3 rows left out"):
        run(made)
    path.write_text(json.dumps(rows[0]) + "\n")
    with pytest.raises(DataError, match="shorter than 128 tokens"):
        run(made | {"output": str(tmp_path / "other")})


def test_a_model_that_does_not_load(settings, base, tmp_path):
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    with pytest.raises(ModelError, match="expected a model whose tokenizer loads"):
        run(settings(model={"path": str(folder)}))
    for file in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(base / file, folder)
    with pytest.raises(ModelError, match="expected a causal language model that loads"):
        run(settings(model={"path": str(folder)}))


def test_bad_rows_of_both_files_are_told_together(settings, tmp_path):
    for name in ("preferences", "groups"):
        (tmp_path / f"{name}.jsonl").write_text("{}\n")
    files = {name: str(tmp_path / f"{name}.jsonl") for name in ("preferences", "groups")}
    with pytest.raises(DataError) as caught:
        run(settings(data=files))
    assert all(f"{path}, line 1" in str(caught.value) for path in files.values())


@pytest.mark.filterwarnings("ignore:.*it has no isoglot.json")  # said if it comes between a checkpoint and its seal
def test_the_command_killed_and_run_again(settings, tmp_path):
    """A real kill, at whatever moment it comes."""
    made = settings(consistency=None, trainer={"max_steps": 10, "save_steps": 1})
    file = tmp_path / "run.yaml"
    file.write_text(yaml.safe_dump(made))
    command = [sys.executable, "-m", "isoglot.cli", "train", str(file)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}  # as here: more threads add in another order
    first = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    begun = tmp_path / "run" / "checkpoints" / "checkpoint-3"
    while not begun.exists() and first.poll() is None:
        time.sleep(0.01)
    first.kill()
    first.wait()
    assert not RunDirectory(tmp_path / "run").finished
    assert last_whole_checkpoint(begun.parent) is not None
    whole = run(made | {"output": str(tmp_path / "whole")})
    assert same_weights(whole, run(made))


def test_the_command_has_the_result_alone_on_stdout_and_no_bars_that_trl_draws_by_itself(settings, tmp_path):
    """DeepSpeed, where it is installed, says on stdout, from a logger of its own, that there is no GPU."""
    file = tmp_path / "run.yaml"
    file.write_text(yaml.safe_dump(settings(trainer={"max_steps": 1, "precompute_ref_log_probs": True})))
    environment = {name: value for name, value in os.environ.items() if name != "DS_ACCELERATOR"}
    command = [sys.executable, "-m", "isoglot.cli", "train", "--json", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300)
    assert json.loads(done.stdout) == {"run": str(tmp_path / "run")}
    assert "%|" not in done.stderr
    assert re.search(r"\nComputing reference log probs for train dataset: (\d+)/\1, in ", done.stderr)  # a line of ours


@pytest.mark.parametrize("method", ["sft", "dpo", "orpo"])
def test_a_stopped_adapter_run_ends_as_one_never_stopped(settings, tmp_path, method):
    made = settings(method=method, peft={"r": 2, "target_modules": "all-linear", "lora_dropout": 0.1})
    whole = run(made | {"output": str(tmp_path / "whole")})
    stop_after(made, 3)
    stopped = run(made)
    assert same_weights(whole, stopped, "adapter_model.safetensors")
    assert log(whole) == log(stopped)


def test_layers_above_the_trained_ones_stay_as_they_were(settings, base):
    made = settings()
    made["model"]["trained_layers"] = 0.5
    folder = run(made)
    before, after = load_file(base / "model.safetensors"), load_file(folder / "model.safetensors")
    changed = {name for name in before if not before[name].equal(after[name])}
    assert any(name.startswith("model.layers.0.") for name in changed)
    assert not [n for n in changed if not n.startswith(("model.layers.0.", "model.embed_tokens."))]
    assert yaml.safe_load((folder / "run.yaml").read_text())["model"]["trained_layers"] == 0.5


@pytest.mark.parametrize("options", [{"target_modules": "all-linear"}, {"exclude_modules": ["q_proj"]}, {}], ids=str)
def test_no_layer_above_the_trained_ones_is_adapted(settings, options):
    made = settings(peft={"r": 2, "target_modules": ["q_proj", "down_proj"]} | options)
    made["model"]["trained_layers"] = 1
    names = set(load_file(run(made) / "adapter_model.safetensors"))
    assert names
    assert all(".layers.0." in name for name in names)
    assert any("q_proj" in name for name in names) == ("exclude_modules" not in options)


def test_layers_to_transform_with_a_pattern_is_refused_with_what_to_set(settings):
    made = settings(peft={"target_modules": "all-linear", "layers_to_transform": [0]})
    with pytest.raises(ConfigError, match=r"peft\.layers_to_transform: .*Set model\.trained_layers instead"):
        run(made)


@pytest.mark.parametrize(
    ("layers", "peft", "message"),
    [
        (0, None, "expected a layer number"),
        ("half", None, "expected a layer number"),
        (1, {"r": 2, "layers_to_transform": [0]}, "layers_to_transform"),
        (7, {"r": 2}, "a layer from 1 to 2"),
        (7, None, "a layer from 1 to 2"),
    ],
)
def test_trained_layers_that_cannot_be_are_told(settings, layers, peft, message):
    made = settings(peft=peft)
    made["model"]["trained_layers"] = layers
    with pytest.raises(ConfigError, match=rf"model\.trained_layers: .*{message}"):
        run(made)
