"""What the benchmark on a pretrained model makes of data and trials, against values worked out by hand."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from isoglot.errors import ConfigError
from isoglot.sweep import SweepFile, plan
from isoglot.train import RunFile

pytestmark = pytest.mark.training

FOLDER = Path(__file__).parent.parent / "benchmarks" / "pretrained"


@pytest.fixture
def modules(monkeypatch):
    """Its files, which import each other by name."""
    monkeypatch.syspath_prepend(str(FOLDER))
    import data
    import losses
    import tables

    yield data, tables, losses
    for name in ("answers", "data", "losses", "tables"):
        sys.modules.pop(name, None)


def rows(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_no_prompt_of_a_test_is_near_one_that_is_trained_on(modules, data_folder, tmp_path):
    data, _, _ = modules
    data.write_data(data_folder, tmp_path)
    tests = [group["prompts"]["en"] for name in ("test", "search") for group in rows(tmp_path / f"{name}.jsonl")]
    trained = [row["prompt"] for row in rows(tmp_path / "sft.jsonl")]
    trained += [group["prompts"]["en"] for group in rows(tmp_path / "groups.jsonl")]
    assert len(tests) == 2 * (data.TEST + data.SEARCH)
    assert max(data.alike(one, other) for one in tests for other in trained) < data.ALIKE
    answered = [row["prompt"] for row in rows(tmp_path / "held-out.jsonl")]
    assert len(answered) == data.HELD_OUT
    assert max(data.alike(one, other) for one in answered for other in trained) < data.ALIKE
    groups, test = rows(tmp_path / "groups.jsonl"), rows(tmp_path / "test.jsonl")
    assert {tuple(group["prompts"]) for group in groups} == {("en", *data.IN_GROUPS)}
    assert {tuple(group["prompts"]) for group in test} == {("en", *data.IN_GROUPS, *data.IN_NO_GROUP)}
    assert len(rows(tmp_path / "sft.jsonl")) == len(rows(tmp_path / "sft-translated.jsonl"))
    again = tmp_path / "again"
    data.write_data(data_folder, again)
    assert (again / "sft.jsonl").read_bytes() == (tmp_path / "sft.jsonl").read_bytes()


def test_alike_counts_what_two_texts_share(modules):
    data, _, _ = modules
    assert data.alike("How do I bake bread?", "how do i  BAKE bread?") == 1
    assert data.alike("abcd", "wxyz") == 0
    assert data.alike("abcdef", "abcdxy") == 1 / 5  # abcd; bcde, cdef, bcdx, cdxy


def test_preferences_are_answers_against_the_models_own(modules, tmp_path):
    data, _, _ = modules
    lines = [{"prompt": f"p{n}", "completion": "good"} for n in range(3)]
    (tmp_path / "sft.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert data.write_preferences(tmp_path, {"q0": " bad ", "q1": "  ", "q2": "good"}) == 2
    assert rows(tmp_path / "preferences.jsonl") == [{"prompt": "p0", "chosen": "good", "rejected": "bad"}]


def test_own_answers_take_the_places_of_english_ones(modules, tmp_path, monkeypatch):
    data, _, _ = modules
    monkeypatch.setattr(data, "OWN_ANSWERS", 1)
    refusal = data._refusals()["de"][0]
    lines = [{"prompt": "p0", "completion": refusal}, *({"prompt": f"p{n}", "completion": "yes"} for n in (1, 2, 3))]
    (tmp_path / "sft-translated.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    own = [
        ("de", "wie?", "kein Ende"),
        ("de", "wo?", "Hier. Und d"),
        ("de", "was?", "Das."),
        ("ja", "何", "これ。そ"),
        ("nl", "hoe?", "Zo."),
    ]
    data.write_answered(tmp_path, own)
    found = rows(tmp_path / "sft-answered.jsonl")
    assert len(found) == 4
    assert found[0] == lines[0]
    taken = [row for row in found if row not in lines]
    first_whole = {"wo?": "Hier.", "何": "これ。"}
    assert {row["prompt"]: row["completion"] for row in taken} == first_whole


def test_a_few_rows_in_other_languages_are_added_to_all_english_ones(modules, tmp_path, monkeypatch):
    data, _, _ = modules
    monkeypatch.setattr(data, "OWN_ANSWERS", 1)
    german, japanese = (data._refusals()[tag][0] for tag in ("de", "ja"))
    english = [{"prompt": "p", "completion": data._refusals()["en"][0]}, {"prompt": "q", "completion": "yes"}]
    others = [("a", german), ("b", german), ("c", "Das."), ("d", "Dies."), ("e", japanese), ("q", "yes")]
    for name, lines in {
        "sft": english,
        "sft-answered": [{"prompt": one, "completion": other} for one, other in others],
    }.items():
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    data.write_added(tmp_path, {"c": "de", "d": "de"})
    found = [(row["prompt"], row["completion"]) for row in rows(tmp_path / "sft-added.jsonl")]
    assert sorted(found) == sorted(
        [*((row["prompt"], row["completion"]) for row in english), ("a", german), ("c", "Das."), ("e", japanese)]
    )


def test_the_plainly_aligned_model_is_a_run_without_the_term(modules, tiny_folder, tmp_path):
    import answers

    run = yaml.safe_load((FOLDER / "common-run.yaml").read_text(encoding="utf-8"))
    run["model"]["path"] = str(tiny_folder)
    (tmp_path / "sft.jsonl").touch()
    plain = RunFile.from_dict(answers._plain(run, tmp_path / "sft.jsonl", tmp_path / "aligned"))
    assert (plain.consistency, plain.data.groups, plain.method) == (None, None, "sft")
    assert plain.trainer["learning_rate"] == run["trainer"]["learning_rate"]


def test_a_difference_is_paired_and_its_interval_holds_it(modules):
    _, tables, _ = modules
    rng = np.random.default_rng(0)
    base = [(rng.random((60, 4)) < 0.4).astype(float) for _ in range(3)]
    better = [np.maximum(one, (rng.random((60, 4)) < 0.3).astype(float)) for one in base]
    found = tables.difference(better, base)
    assert found.value == pytest.approx(np.mean([(b - a).mean() for a, b in zip(base, better, strict=True)]))
    assert 0 < found.low < found.value < found.high
    same = tables.difference(base, base)
    assert (same.value, same.low, same.high) == (0, 0, 0)


def test_tables_are_written_from_a_sweeps_trials(modules, tmp_path):
    _, tables, _ = modules
    codes = {"plain": "0011", "default": "1111"}
    settings = []
    for name, outcome in codes.items():
        trials = {}
        for seed in (0, 1):
            folder = tmp_path / "sweep" / "trials" / name / str(seed)
            folder.mkdir(parents=True)
            outcomes = {measure: dict.fromkeys(("en", "de", "nl"), outcome) for measure in tables.CRITERIA}
            (folder / "trial.json").write_text(json.dumps({"seed": seed, "outcomes": outcomes}))
            (folder / "losses.json").write_text(json.dumps({"answers": 1.5, "nl": 2.0 + seed}))
            environment = {"usage": {"cpu_seconds": 60.0 + seed, "peak_memory_bytes": 3 * 2**30}}
            (folder / "environment.json").write_text(json.dumps(environment))
            (folder / "log.jsonl").write_text('{"consistency/token_share": 0.4}\n{"loss": 1}\n')
            trials[str(seed)] = f"trials/{name}/{seed}"
        settings.append({"name": name, "trials": trials})
    (tmp_path / "sweep" / "sweep.json").write_text(json.dumps({"settings": settings}))
    tables.write_tables(tmp_path / "sweep", tmp_path / "out", "sft")
    lines = (tmp_path / "out" / "sft.csv").read_text()
    assert "\ndefault,plain,harmful_refused,in groups,mean difference,0.5," in lines
    assert "\nplain,,harmful_refused,English,mean,0.5," in lines
    page = (tmp_path / "out" / "sft.md").read_text()
    assert "| default | 2 | 100 | 100 | 100 |" in page
    assert "| setting | seeds | English answers | nl* |" in page
    assert "| default | 2 | 1.5 | 2.5 |" in page
    assert "| setting | seeds | training, CPU s | peak memory, GiB | share of tokens |" in page
    assert "| default | 2 | 60.5 | 3 | 0.4 |" in page
    assert "default,1,loss nl,3.0" in (tmp_path / "out" / "sft.costs.csv").read_text()


def test_a_loss_is_the_mean_over_the_tokens_that_count(modules, tiny_model):
    """Against one text at a time, token by token."""
    _, _, losses = modules
    texts = [([5, 6, 7, 8, 9], 3), ([4, 9], 1), ([7, 7, 7, 8], 1)]
    tiny_model.eval()
    expected = []
    for ids, first in texts:
        logits = tiny_model(torch.tensor([ids])).logits[0].log_softmax(-1)
        expected += [-logits[place - 1, ids[place]].item() for place in range(first, len(ids))]
    assert len(expected) == 2 + 1 + 3
    assert losses.mean_loss(tiny_model, texts) == pytest.approx(np.mean(expected), rel=1e-5)


def test_losses_are_measured_once_and_weights_deleted_then(modules, tiny_model, tiny_folder, tmp_path):
    _, _, losses = modules
    data = tmp_path / "data"
    data.mkdir()
    (data / "held-out.jsonl").write_text(json.dumps({"prompt": "how?", "completion": "so"}) + "\n")
    group = {"kind": "harmless", "prompts": {"en": "how do i bake bread", "de": "wie backe ich brot"}}
    (data / "test.jsonl").write_text(json.dumps(group) + "\n")
    trial = tmp_path / "trials" / "default-1" / "seed-0"
    shutil.copytree(tiny_folder, trial)
    (trial / "trial.json").write_text("{}")
    losses.measure_losses(tmp_path, data, {"path": str(tiny_folder), "dtype": "float32"})
    assert not list(trial.glob("*.safetensors"))
    found = json.loads((trial / "losses.json").read_text())
    assert set(found) == {"answers", "en", "de"}
    assert all(0 < value < 20 for value in found.values())
    when = (trial / "losses.json").stat().st_mtime_ns
    losses.measure_losses(tmp_path, data, {"path": str(tiny_folder), "dtype": "float32"})
    assert (trial / "losses.json").stat().st_mtime_ns == when


SWEEPS = sorted(path for path in FOLDER.parent.glob("*/*.yaml") if "seeds" in yaml.safe_load(path.read_text()))


@pytest.mark.parametrize("path", SWEEPS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_of_a_sweep_file_only_models_and_data_are_missing(path):
    with pytest.raises(ConfigError) as caught:
        plan(SweepFile.read(path))
    fields = {line.split(":")[0].split(".", 1)[1] for line in str(caught.value).split("\n")}
    assert fields <= {"data.preferences", "data.groups", "model.path", "groups"}
