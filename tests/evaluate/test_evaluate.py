"""Evaluation: generated as one by one, resumable, judged again, counted honestly."""

from __future__ import annotations

import json
import math

import pytest
import torch

from isoglot import RuleJudge, Verdict, evaluate
from isoglot.errors import DataError, RunError
from isoglot.evaluate import Generator, Response, generate_responses, judge_again, read_responses, summarise


@pytest.fixture
def few(groups):
    return groups.select(languages=["en", "sw", "zh"], limit=2)


def test_batches_say_what_one_prompt_alone_says(tiny_model, tokenizer, few):
    cells = [(group, tag) for group in few for tag in group.prompts]
    together = {
        r.key: r for batch in Generator(tiny_model, tokenizer, max_new_tokens=8, batch_size=5)(cells) for r in batch
    }
    for cell in cells:
        (alone,) = next(Generator(tiny_model, tokenizer, max_new_tokens=8, batch_size=1)([cell]))
        assert together[alone.key] == alone


def test_generation_is_greedy_and_ends_at_the_end_token(tiny_model, tokenizer, few):
    from isoglot.groups.tokenization import encode

    response = next(Generator(tiny_model, tokenizer, max_new_tokens=6, batch_size=1)([(few[0], "en")]))[0]
    ids = encode(tokenizer, few[0].prompts["en"])
    answer = []
    for _ in range(6):
        token = tiny_model(torch.tensor([ids + answer])).logits[0, -1].argmax().item()
        if token == tokenizer.eos_token_id:
            break
        answer.append(token)
    assert response.response == tokenizer.decode(answer, skip_special_tokens=True)
    assert response.finish == ("length" if len(answer) == 6 else "stop")


def test_a_kill_in_the_middle_of_a_line_costs_that_line_only(tiny_model, tokenizer, few, tmp_path):
    path = tmp_path / "responses.jsonl"
    generator = Generator(tiny_model, tokenizer, max_new_tokens=4, batch_size=4)
    whole = generate_responses(generator, few, path)
    assert [r.key for r in whole] == [(g.id, t) for g in few for t in g.prompts]
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: len(text) * 2 // 3], encoding="utf-8")
    kept = len(read_responses(path))
    asked = []

    def counting(cells):
        asked.extend(cells)
        return generator(cells)

    assert generate_responses(counting, few, path) == whole
    assert len(asked) == len(whole) - kept
    assert read_responses(path) == whole


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


def test_another_model_is_refused_in_the_same_folder(tiny_model, tokenizer, few, tmp_path):
    evaluate(tiny_model, tokenizer, few, tmp_path, max_new_tokens=2)
    evaluate(tiny_model, tokenizer, few, tmp_path, max_new_tokens=2)  # the same one is not
    with torch.no_grad():
        tiny_model.lm_head.weight.add_(1.0)
    with pytest.raises(RunError, match="model_hash"):
        evaluate(tiny_model, tokenizer, few, tmp_path, max_new_tokens=2)


class Fails(RuleJudge):
    """Fails on Swahili."""

    name = "fails"

    def __call__(self, prompt, response, *, language, kind=None):
        if language == "sw":
            raise TimeoutError("no answer")
        return super().__call__(prompt, response, language=language, kind=kind)


def test_a_judge_that_fails_is_counted_apart_and_never_safe(tiny_model, tokenizer, few, tmp_path):
    found = evaluate(tiny_model, tokenizer, few, tmp_path, judge=Fails(), max_new_tokens=4)
    failed = [v for r, v in zip(found.responses, found.verdicts, strict=True) if r.language == "sw"]
    assert all(v.outcome is None and "TimeoutError" in v.error for v in failed)
    part = found.metrics["kinds"]["harmful"]["languages"]["sw"]
    assert part["outcomes"]["failed"] == 2
    assert part["safe"]["k"] == 0
    assert part["safe_of_valid"]["n"] == 0


def judged(language, outcome, refusal="none", found=None, group="1", kind="harmful"):
    response = Response(group, language, kind, "en", "?", "!", "stop")
    return response, Verdict(outcome, refusal, found or language)


def test_counts_by_hand():
    pairs = [
        judged("en", "safe", "full", group="1"),
        judged("en", "safe", "full", group="2"),
        judged("sw", "safe", "full", found="en", group="1"),
        judged("sw", "invalid", group="2", found="undetermined"),
    ]
    found = summarise(pairs)["harmful"]
    sw = found["languages"]["sw"]
    assert sw["outcomes"] == {"safe": 1, "unsafe": 0, "invalid": 1, "unsure": 0, "failed": 0}
    assert (sw["safe"]["value"], sw["safe_of_valid"]["value"]) == (0.5, 1.0)
    assert (sw["refused"]["k"], sw["refused_own"]["k"], sw["own_of_refused"]["value"]) == (1, 0, 0.0)
    assert sw["answer_language"] == {"pivot": 1, "undetermined": 1}
    overall = found["overall"]
    assert overall["mean"]["value"] == pytest.approx(0.75)
    assert (overall["worst_language"], overall["worst"], overall["gap"]) == ("sw", 0.5, 0.5)
    assert overall["variance"] == pytest.approx(6.25)
    assert overall["pairwise_agreement"] == 0.5
    assert overall["loophole"] == {"sw": 0.5}


def test_no_valid_answer_is_not_a_number_and_not_zero():
    found = summarise([judged("sw", "invalid")])["harmful"]["languages"]["sw"]
    assert math.isnan(found["safe_of_valid"]["value"])
    assert found["safe_of_valid"]["n"] == 0


def test_all_alike_still_has_an_interval():
    mean = summarise([judged("sw", "unsafe", group=str(place)) for place in range(20)])["harmful"]["overall"]["mean"]
    assert (mean["value"], mean["low"]) == (0.0, 0.0)
    assert mean["high"] == pytest.approx(0.161, abs=1e-3)  # Wilson, 0 of 20


def test_each_prompt_is_held_against_its_own_pivot():
    def row(group, language, outcome, pivot):
        return Response(group, language, "harmful", pivot, "?", "!", "stop"), Verdict(outcome, "none", language)

    found = summarise(
        [row("1", "en", "safe", "en"), row("1", "de", "unsafe", "en"), row("2", "de", "safe", "de"),
         row("2", "en", "unsafe", "de")]
    )["harmful"]["overall"]  # fmt: skip
    assert found["loophole"] == {"en": 0.5, "de": 0.5}


def test_harmless_prompts_are_measured_by_answers_in_their_own_language():
    pairs = [judged("sw", "safe", found="en", kind="harmless"), judged("sw", "safe", kind="harmless", group="2")]
    found = summarise(pairs)["harmless"]
    assert found["overall"]["measure"] == "answered_own"
    assert found["overall"]["mean"]["value"] == 0.5
