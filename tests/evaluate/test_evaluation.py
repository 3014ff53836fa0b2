"""A folder with an evaluation: what is in it, what it refuses, and judges that fail."""

from __future__ import annotations

import copy
import json
import math
from dataclasses import asdict

import pytest
import torch

from isoglot import PromptGroups, RuleJudge, Verdict, evaluate
from isoglot.errors import DataError, RunError
from isoglot.evaluate import judge_again
from isoglot.files import write_text
from isoglot.models.fingerprint import model_hash
from isoglot.runs import Response
from isoglot.runs.folder import held
from isoglot.runs.judged import verdicts_path

RESPONSE = Response("1", "en", "harmful", "en", "?", "!", "stop")


def test_progress_counts_cells(tiny_model, tokenizer, few, tmp_path):
    told = []
    evaluate(tiny_model, tokenizer, few, tmp_path, max_new_tokens=2, batch_size=5, progress=lambda *x: told.append(x))
    assert told == [(0, 12), (5, 12), (10, 12), (12, 12)]


def test_files_and_judging_again(tiny_model, tokenizer, few, tmp_path):
    first = evaluate(tiny_model, tokenizer, few, tmp_path, max_new_tokens=4)
    assert json.loads((tmp_path / "metrics.json").read_text())["kinds"].keys() == {"harmful", "harmless"}
    protocol = json.loads((tmp_path / "protocol.json").read_text())
    assert {"model_hash", "prompts_hash", "languages", "decoding", "judge", "judge_version", "isoglot"} <= set(protocol)
    (tmp_path / "metrics.json").unlink()
    again = judge_again(tmp_path)
    assert again.metrics == first.metrics or json.dumps(again.metrics) == json.dumps(first.metrics)
    lines = (tmp_path / "verdicts.rules.jsonl").read_text().splitlines()
    assert len(lines) == 12
    with pytest.raises(DataError, match="isoglot evaluate"):
        judge_again(tmp_path / "nowhere")


def test_a_part_is_called_a_part_and_what_stands_twice_counts_once(tiny_model, tokenizer, few, tmp_path):
    """As after a kill: short prompts are answered first, so that the part is no sample of the whole."""
    evaluate(tiny_model, tokenizer, few, tmp_path, max_new_tokens=2)
    lines = (tmp_path / "responses.jsonl").read_text().splitlines(keepends=True)
    other = json.loads(lines[0]) | {"response": "another"}
    write_text(tmp_path / "responses.jsonl", "".join([*lines[:7], json.dumps(other) + "\n", lines[1]]))
    with (
        pytest.warns(
            UserWarning, match=r": expected an answer to each of 12 prompts, got 7\. They are no random sample"
        ),
        pytest.warns(
            UserWarning, match=r"responses\.jsonl: expected one response to each prompt, got 2 more\. The first"
        ),
    ):
        found = judge_again(tmp_path)
    assert len(found.responses) == len(found.verdicts) == 7
    assert json.loads(lines[0])["response"] == found.responses[0].response
    protocol = json.loads((tmp_path / "protocol.json").read_text())
    assert (protocol["answered"], protocol["prompts"]) == (7, 12)
    assert "7 of 12 prompts" in (tmp_path / "protocol.md").read_text()
    with pytest.warns(UserWarning, match="one response to each prompt, got 2 more"):
        found = evaluate(tiny_model, tokenizer, few, tmp_path, max_new_tokens=2)
    assert json.loads(lines[0])["response"] == found.responses[0].response  # what is gone on with, too
    assert json.loads((tmp_path / "protocol.json").read_text())["answered"] == 12


def test_another_model_is_refused_in_the_same_folder(tiny_model, tokenizer, few, tmp_path):
    evaluate(tiny_model, tokenizer, few, tmp_path, max_new_tokens=2)
    # The same one is not, by whatever name and however many at a time.
    evaluate(tiny_model, tokenizer, few, tmp_path, max_new_tokens=2, batch_size=3, name="other")
    with pytest.raises(RunError, match=r"decoding\.max_new_tokens \(2 there, 3 now\)"):
        evaluate(tiny_model, tokenizer, few, tmp_path, max_new_tokens=3)
    with pytest.raises(RunError, match="prompts_hash"):
        evaluate(tiny_model, tokenizer, few[:2], tmp_path, max_new_tokens=2)
    with torch.no_grad():
        tiny_model.lm_head.weight.add_(1.0)
    with pytest.raises(RunError, match="model_hash"):
        evaluate(tiny_model, tokenizer, few, tmp_path, max_new_tokens=2)


def test_two_processes_do_not_evaluate_into_one_folder(tiny_model, tokenizer, few, tmp_path):
    with held(tmp_path), pytest.raises(RunError, match="no other process at work in it"):
        evaluate(tiny_model, tokenizer, few, tmp_path, max_new_tokens=2)
    evaluate(tiny_model, tokenizer, few, tmp_path, max_new_tokens=2)
    with held(tmp_path), pytest.raises(RunError, match="no other process at work in it"):
        judge_again(tmp_path)
    assert not (tmp_path / ".lock").exists()


def test_responses_of_a_model_that_is_not_known_are_not_gone_on_with(tiny_model, tokenizer, few, tmp_path):
    evaluate(tiny_model, tokenizer, few, tmp_path, max_new_tokens=2)
    (tmp_path / "protocol.json").write_text("{broken")
    with pytest.raises(RunError, match=r"protocol\.json: expected the settings"):
        evaluate(tiny_model, tokenizer, few, tmp_path, max_new_tokens=2)
    (tmp_path / "protocol.json").unlink()
    with pytest.raises(RunError, match=r"responses without protocol\.json"):
        evaluate(tiny_model, tokenizer, few, tmp_path, max_new_tokens=2)
    assert len(judge_again(tmp_path).verdicts) == 12  # judging needs no model


def test_hashes_tell_models_and_prompts_apart(tiny_model, few):
    before = model_hash(tiny_model)
    assert before == model_hash(copy.deepcopy(tiny_model).train())
    with torch.no_grad():
        tiny_model.model.layers[2].mlp.up_proj.weight.mul_(1.001)
    assert model_hash(tiny_model) != before
    assert few.prompts_hash == PromptGroups(list(few)).prompts_hash
    assert len({groups.prompts_hash for groups in (few, few[:1], few[::-1], few.select(languages=["en"]))}) == 4


class Fails(RuleJudge):
    """Fails on Swahili."""

    name = "fails"

    def __call__(self, prompt, response, *, language, kind=None):
        if language == "sw":
            raise TimeoutError("no answer")
        return super().__call__(prompt, response, language=language, kind=kind)


def test_a_judge_that_fails_is_counted_apart_and_never_safe(tiny_model, tokenizer, few, tmp_path):
    with pytest.warns(UserWarning, match=r"none on 4 of 12; the first: TimeoutError: no answer\. "):
        found = evaluate(tiny_model, tokenizer, few, tmp_path, judge=Fails(), max_new_tokens=4)
    failed = [v for r, v in zip(found.responses, found.verdicts, strict=True) if r.language == "sw"]
    assert all(v.outcome is None and "TimeoutError" in v.error for v in failed)
    part = found.metrics["kinds"]["harmful"]
    assert part["languages"]["sw"]["outcomes"]["failed"] == part["languages"]["sw"]["n"] == 2
    for share in ("safe", "safe_of_valid", "invalid", "refused", "answered"):
        assert part["languages"]["sw"][share]["n"] == 0  # neither safe nor 0
        assert math.isnan(part["languages"]["sw"][share]["value"])
    assert part["overall"]["worst_language"] != "sw"
    assert math.isnan(part["overall"]["loophole"]["sw"])
    assert (
        json.loads((tmp_path / "metrics.json").read_text())["kinds"]["harmful"]["languages"]["sw"]["safe"]["value"]
        is None
    )


@pytest.mark.parametrize("raised", [True, False])
def test_a_judge_that_fails_at_length_is_cut_short(tmp_path, raised):
    class Long:
        name, version = "long", "1"

        def __call__(self, prompt, response, *, language, kind):
            if raised:
                raise ValueError("x" * 200_000 + "\n" + "y" * 200_000)
            return Verdict(None, None, language, error="x" * 200_000)

    write_text(tmp_path / "responses.jsonl", json.dumps(asdict(RESPONSE)) + "\n")
    with pytest.warns(UserWarning, match="judge long: expected a verdict on each response, got none on 1 of 1") as told:
        judge_again(tmp_path, judge=Long())
    assert len(str(told[0].message)) < 3_000
    assert not raised or (tmp_path / "verdicts.long.jsonl").stat().st_size < 3_000


@pytest.mark.parametrize("answer", ["safe", None, True, {"outcome": "safe"}, "misspelt"])
def test_a_judge_that_returns_anything_else_has_failed(tmp_path, answer):
    class Odd:
        name, version = "org/odd judge", "3"

        def __call__(self, prompt, response, *, language, kind):
            return Verdict("Safe", "full", language) if answer == "misspelt" else answer

    write_text(tmp_path / "responses.jsonl", json.dumps(asdict(RESPONSE)) + "\n")
    with pytest.warns(UserWarning, match="judge org/odd judge: .* got none on 1 of 1"):
        found = judge_again(tmp_path, judge=Odd())
    assert found.verdicts[0].outcome is None
    assert found.verdicts[0].error
    assert found.metrics["kinds"]["harmful"]["languages"]["en"]["outcomes"]["failed"] == 1
    assert verdicts_path(tmp_path, "org/odd judge").exists()
    assert json.loads((tmp_path / "protocol.json").read_text())["judge"] == "org/odd judge"
