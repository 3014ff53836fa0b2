"""A trial's folder: what stays, what goes, what is set aside."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from isoglot.files import write_json
from isoglot.judges import Verdict
from isoglot.runs import Response
from isoglot.sweep import worker
from isoglot.sweep.outcomes import CRITERIA, record_outcomes
from isoglot.sweep.trial import Trial

WHOLE = {
    "prompts": {"harmful": [], "harmless": []},
    "outcomes": {name: {} for name in CRITERIA},
    "protocol": {"prompts_hash": "abc", "judge": "rules", "judge_version": "3"},
    "warnings": [],
    "isoglot": "0.1.0",
}


def trial(folder: Path, model: str = "a") -> Trial:
    key = {"run": {}, "inputs": {"model": model}, "evaluate": {"test": "t"}, "judge": {}}
    return Trial(
        setting="s", name="s", seed=0, folder=folder, run={"method": "dpo"}, model={}, test=folder, key=key, meta={},
        max_new_tokens=8, batch_size=1, keep_model=False, reference=folder,
    )  # fmt: skip


def test_finished_work_of_other_inputs_is_set_aside(tmp_path):
    first = trial(tmp_path / "seed-0")
    first.prepare()
    write_json(first.folder / "trial.json", WHOLE | {"key": dict(first.key)})
    (first.folder / "responses.jsonl").write_text("hours of work")
    assert first.result() is not None
    other = trial(tmp_path / "seed-0", model="b")
    assert other.result() is None
    other.prepare()
    assert not (other.folder / "responses.jsonl").exists()
    assert (tmp_path / "seed-0.replaced" / "responses.jsonl").read_text() == "hours of work"
    assert (tmp_path / "seed-0.replaced" / "trial.json").exists()


def test_what_was_only_begun_with_other_inputs_goes(tmp_path):
    first = trial(tmp_path / "seed-0")
    first.prepare()
    (first.folder / "responses.jsonl").write_text("a few")
    first.prepare()
    assert (first.folder / "responses.jsonl").exists()
    trial(tmp_path / "seed-0", model="b").prepare()
    assert [path.name for path in tmp_path.iterdir()] == ["seed-0"]
    assert not (first.folder / "responses.jsonl").exists()


def test_of_a_test_that_is_another_now_nothing_stays_and_the_training_does(tmp_path):
    """Numbers of a judge that stayed would say which languages it expects of the next test's answers."""
    first = trial(tmp_path / "seed-0")
    first.prepare()
    write_json(first.folder / "environment.json", {"finished": True})
    training = ["environment.json", "model.safetensors", "run.yaml", "started.json", "labels/labels.csv"]
    evaluation = ["responses.jsonl", "responses.1-of-2.jsonl", "protocol.json", "protocol.md", "again.json"]
    judged = ["verdicts.rules.jsonl", "verdicts.guard.partial", "metrics.rules.json", "metrics.json", "agreement.json"]
    (first.folder / "labels").mkdir()
    for name in (*training[1:3], training[4], *evaluation, *judged):
        (first.folder / name).write_text("{}")
    other = replace(first, key={**first.key, "evaluate": {"test": "another"}})
    other.prepare()
    left = (path.relative_to(first.folder) for path in first.folder.rglob("*") if path.is_file())
    assert sorted(map(str, left)) == sorted(training)


def test_weights_that_go_are_all_weights(tmp_path):
    tried = trial(tmp_path / "seed-0")
    aside = "aside-checkpoint-3"  # a kill came between the checkpoint and its seal
    for place in (".", "checkpoints/checkpoint-4", "reference", aside):
        (tried.folder / place).mkdir(parents=True, exist_ok=True)
        (tried.folder / place / "model.safetensors").write_bytes(b"")
    (tried.folder / "responses.jsonl").write_text("hours of work")
    tried.drop_weights()
    assert [path.name for path in tried.folder.rglob("*")] == ["responses.jsonl"]


@pytest.mark.parametrize(
    "damage",
    [
        {"outcomes": {}},
        {"outcomes": ["1"]},
        {"prompts": {"harmful": 3}},
        {"protocol": {"judge": "rules"}},
        {"warnings": None},
        {"isoglot": 1},
        {"key": []},
        {"prompts": {"harmful": ["one"], "harmless": []}},
    ],
    ids=str,
)
def test_a_record_that_cannot_be_counted_is_of_a_trial_to_be_run(planned, works, damage):
    trial = planned().trials[0]
    works.write_result(trial)
    record = trial.result()
    assert record is not None
    write_json(trial.folder / "trial.json", record | damage)
    assert trial.result() is None


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError("x" * 200_000), f"ValueError: {'x' * 200}"),
        (FileNotFoundError(2, "No such file or directory", "a/b"), "a/b: expected a file or folder that can be used, "),
        (OSError(28, "No space left on device", "a/b"), "a/b: expected room on the disk, got a full disk"),
        (OSError("what a library says"), "OSError: what a library says"),
    ],
)
def test_why_a_trial_failed_is_a_sentence(tmp_path, monkeypatch, error, said):
    def fail(trial):
        raise error

    monkeypatch.setattr(worker, "_run", fail)
    one = trial(tmp_path / "seed-0")
    assert worker.run_trial(one).startswith(said)
    assert one.failure() == worker.run_trial(one)
    assert len(one.failure()) < 300


def test_borderline_prompts_are_counted_among_the_harmless_and_by_themselves():
    kinds = {"a": ("harmful", "borderline"), "b": ("harmless", "borderline: homonyms"), "c": ("harmless", "food")}
    responses = [Response(group, "en", kind, "en", "", "", "", category=of) for group, (kind, of) in kinds.items()]
    verdicts = [Verdict("safe", "full", "en", ""), Verdict("safe", "full", "en", ""), Verdict("safe", "none", "en", "")]
    ids, found = record_outcomes(responses, verdicts)
    assert ids == {"harmful": ["a"], "harmless": ["b", "c"], "borderline": ["b"]}
    assert (found["harmless_refused"], found["borderline_refused"]) == ({"en": "10"}, {"en": "1"})
    ids, found = record_outcomes(responses[::2], verdicts[::2])
    assert (ids.keys(), found.keys()) == ({"harmful", "harmless"}, CRITERIA.keys())
