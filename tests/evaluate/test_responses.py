"""Responses: batches say what one prompt alone says; a kill costs a line at most."""

from __future__ import annotations

import copy
import json
import math
import subprocess
import sys
from dataclasses import asdict

import pytest
import torch

from isoglot import PromptGroup, PromptGroups, evaluate
from isoglot.errors import ConfigError, ModelError, RunError
from isoglot.evaluate.answering.answers import Answers
from isoglot.evaluate.answering.cells import cells_of
from isoglot.evaluate.answering.responses import Generator
from isoglot.runs import Response, read_responses

pytestmark = pytest.mark.training

RESPONSE = Response("1", "en", "harmful", "en", "?", "!", "stop")


def test_batches_say_what_one_prompt_alone_says(tiny_model, tokenizer, few):
    cells = [(group, tag) for group in few for tag in group.prompts]
    together = {
        r.key: r for batch in Generator(tiny_model, tokenizer, max_new_tokens=8, batch_size=5)(cells) for r in batch
    }
    for cell in cells:
        (alone,) = next(Generator(tiny_model, tokenizer, max_new_tokens=8, batch_size=1)([cell]))
        assert together[alone.key] == alone


def test_nothing_is_warned_of_where_nothing_is_drawn(tiny_model, tokenizer, few, monkeypatch):
    from transformers.generation import configuration_utils

    said = []
    monkeypatch.setattr(configuration_utils.logger, "warning_once", lambda text, *_: said.append(text))
    next(Generator(tiny_model, tokenizer, max_new_tokens=2, batch_size=1)([(few[0], "en")]))
    assert said == []


def test_generation_is_greedy_and_ends_at_the_end_token(tiny_model, tokenizer, few):
    from isoglot.models.chat import encode

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


def answered(generator, groups, path):
    """The responses to all cells, those that the file has already not generated again."""
    answers = Answers(path, cells_of(groups))
    with answers.writing():
        for batch in generator(answers.missing):
            answers.add(batch)
    return answers.ordered()


def test_a_kill_in_the_middle_of_a_line_costs_that_line_only(tiny_model, tokenizer, few, tmp_path):
    path = tmp_path / "responses.jsonl"
    generator = Generator(tiny_model, tokenizer, max_new_tokens=4, batch_size=4)
    whole = answered(generator, few, path)
    assert [r.key for r in whole] == [(g.id, t, 0) for g in few for t in g.prompts]
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: len(text) * 2 // 3], encoding="utf-8")
    kept = len(list(read_responses(path)))
    asked = []

    def counting(cells):
        asked.extend(cells)
        return generator(cells)

    assert answered(counting, few, path) == whole
    assert len(asked) == len(whole) - kept
    assert list(read_responses(path)) == whole


def test_a_kill_in_the_middle_of_a_character_is_no_harm(tiny_model, tokenizer, few, tmp_path):
    path = tmp_path / "responses.jsonl"
    whole = answered(Generator(tiny_model, tokenizer, max_new_tokens=2), few, path)
    data = path.read_bytes()
    cut = next(n for n in range(len(data) - 1, 0, -1) if data[n] & 0xC0 == 0x80)  # within a multi-byte character
    path.write_bytes(data[:cut])
    assert len(list(read_responses(path))) < len(whole)
    assert answered(Generator(tiny_model, tokenizer, max_new_tokens=2), few, path) == whole


def test_logits_that_are_not_numbers_are_no_answer(tiny_model, tokenizer, few, tmp_path):
    """Weights may all be finite, and what they make of a prompt not: greedy decoding would answer all the same."""
    model = copy.deepcopy(tiny_model)
    with torch.no_grad():
        model.lm_head.weight.fill_(3e38)
    with pytest.raises(ModelError, match="model: expected finite logits, got infinity or not a number"):
        evaluate(model, tokenizer, few, tmp_path / "run", max_new_tokens=2)
    assert not (tmp_path / "run" / "metrics.json").exists()


def test_tokens_that_a_model_leaves_out_are_no_fault(tiny_model, tokenizer, few):
    model = copy.deepcopy(tiny_model)
    model.lm_head.register_forward_hook(lambda _, __, logits: logits.index_fill(-1, torch.tensor([7]), -math.inf))
    cells = [(few[0], "en")]
    [[response]] = Generator(model, tokenizer, max_new_tokens=2)(cells)
    assert response.group == few[0].id


def test_a_line_that_is_no_response_is_told_unless_it_is_the_last(tmp_path):
    path = tmp_path / "responses.jsonl"
    line = json.dumps(asdict(RESPONSE))
    for bad in (
        '{"group": "1"}',
        "{broken",
        "[1]",
        "[" * 100_000,
        "9" * 5000,
        '{"a":1,"a":1}',
    ):
        path.write_text(f"{line}\n{bad}\n{line}\n")
        with pytest.raises(RunError, match="line 2"):
            list(read_responses(path))
        path.write_text(f"{line}\n{bad}")
        assert len(list(read_responses(path))) == 1


def test_a_killed_process_continues(tiny_folder, tiny_model, tokenizer, groups, tmp_path):
    """A process of its own, killed without warning in the middle; the same call, here, ends it."""
    groups.select(limit=3).write(tmp_path / "groups.jsonl")
    code = f"""
import os, transformers
from isoglot import PromptGroups, evaluate
model = transformers.AutoModelForCausalLM.from_pretrained({str(tiny_folder)!r})
tokenizer = transformers.AutoTokenizer.from_pretrained({str(tiny_folder)!r})
kill = lambda done, all: done >= 20 and os.kill(os.getpid(), 9)
evaluate(model, tokenizer, PromptGroups.read({str(tmp_path / "groups.jsonl")!r}), {str(tmp_path / "out")!r},
         max_new_tokens=2, batch_size=10, progress=kill)
"""
    killed = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert killed.returncode == -9
    before = list(read_responses(tmp_path / "out" / "responses.jsonl"))
    assert len(before) == 20
    assert not (tmp_path / "out" / "metrics.json").exists()
    read = PromptGroups.read(tmp_path / "groups.jsonl")
    evaluate(tiny_model, tokenizer, read, tmp_path / "out", max_new_tokens=2, batch_size=10)
    after = {r.key: r for r in read_responses(tmp_path / "out" / "responses.jsonl")}
    assert len(after) == 60
    assert all(after[response.key] == response for response in before)
    assert (tmp_path / "out" / "metrics.json").exists()


def test_the_models_own_generation_settings_and_mode_change_nothing(tiny_model, tokenizer, few, tmp_path):
    plain = answered(Generator(tiny_model, tokenizer, max_new_tokens=6), few, tmp_path / "a.jsonl")
    for key, value in dict(do_sample=True, temperature=9.0, repetition_penalty=5.0, top_k=1).items():
        setattr(tiny_model.generation_config, key, value)
    tiny_model.train()
    assert answered(Generator(tiny_model, tokenizer, max_new_tokens=6), few, tmp_path / "b.jsonl") == plain
    assert tiny_model.training


def test_prompts_that_do_not_fit_are_cut_and_counted(tiny_model, tokenizer, tmp_path):
    groups = PromptGroups([PromptGroup("1", {"en": "the house " * 200, "sw": "the house"})])
    with pytest.warns(UserWarning, match="left out"):
        found = evaluate(tiny_model, tokenizer, groups, tmp_path, max_new_tokens=2)
    assert [response.prompt_cut for response in found.responses] == [True, False]
    numbers = found.metrics["kinds"]["unknown"]["languages"]
    assert (numbers["en"]["prompts_cut"], numbers["sw"]["prompts_cut"]) == (1, 0)


def test_settings_that_cannot_work_are_told_together(tiny_model, tokenizer):
    with pytest.raises(ConfigError) as raised:
        Generator(tiny_model, tokenizer, max_new_tokens=128, batch_size=0)
    assert "max_new_tokens: expected 1 to 127" in str(raised.value)
    assert "batch_size: expected a whole number >= 1, got 0" in str(raised.value)


def test_answers_longer_than_the_context_name_the_option(tiny_model, tokenizer):
    context = tiny_model.config.max_position_embeddings
    with pytest.raises(ConfigError) as caught:
        Generator(tiny_model, tokenizer, max_new_tokens=context)
    assert f"expected 1 to {context - 1}, so that a prompt fits the context, got {context}" in str(caught.value)
    assert f"Give --max-new-tokens {context // 2}" in str(caught.value)
