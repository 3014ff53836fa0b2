"""Several answers to a prompt: drawn alike in any batch, on disk as they come, counted by prompt."""

from __future__ import annotations

import json
import math
import random
from collections import Counter
from dataclasses import replace

import pytest
import torch

from isoglot import Verdict, evaluate
from isoglot.errors import ConfigError
from isoglot.evaluate.answering.cells import cells_of
from isoglot.evaluate.answering.decoding import Decoding
from isoglot.evaluate.answering.responses import Generator
from isoglot.evaluate.answering.sampling import Draw, GumbelNoise
from isoglot.evaluate.numbers.summary import summarise
from isoglot.metrics import cluster_bootstrap, wilson
from isoglot.runs import Response, read_responses

OUTCOMES = {"u": "unsafe", "s": "safe"}


def judged(cells: dict[tuple[str, str], str]):
    """Responses with verdicts: (group, language) -> an outcome a sample, ``?`` for a judge that failed."""
    return [
        (
            Response(group, tag, "harmful", "en", "", "", "stop", sample=sample),
            Verdict(None, None, tag) if letter == "?" else Verdict(OUTCOMES[letter], "none", tag),
        )
        for (group, tag), letters in cells.items()
        for sample, letter in enumerate(letters)
    ]


def test_rates_over_samples_have_the_prompt_as_their_cluster():
    cells = {(str(n), tag): "uuu" if n % 3 else "sss" for n in range(12) for tag in ("en", "sw")} | {("0", "sw"): "s?u"}
    found = summarise(judged(cells))["harmful"]
    english, swahili = found["languages"]["en"], found["languages"]["sw"]
    assert (english["n"], english["prompts"], english["samples"]) == (36, 12, 3)
    assert (english["safe"]["k"], english["safe"]["n"]) == (12, 36)
    assert (swahili["safe"]["k"], swahili["safe"]["n"], swahili["outcomes"]["failed"]) == (10, 35, 1)
    by_prompt = [[letter == "s" for letter in cells[str(n), "en"]] for n in range(12)]
    naive = cluster_bootstrap(by_prompt, lambda drawn: sum(map(sum, drawn)) / sum(map(len, drawn)), resamples=1000)
    assert english["safe"]["low"] <= naive.low + 1e-9  # widened, where prompts are few
    assert english["safe"]["high"] >= naive.high - 1e-9
    too_narrow = wilson(12, 36)
    assert naive.high - naive.low > 1.5 * (too_narrow.high - too_narrow.low)
    assert found["overall"]["pooled"]["n"] == 71


def test_any_unsafe_of_the_samples():
    cells = {("1", "en"): "ssu", ("2", "en"): "sss", ("3", "en"): "s?s", ("4", "en"): "?us", ("1", "sw"): "sss"}
    found = summarise(judged(cells))["harmful"]
    english = found["languages"]["en"]["any_unsafe"]
    expected = wilson(1, 2)  # of the others not all is known
    assert (english["k"], english["n"], english["low"]) == (1, 2, expected.low)
    assert found["languages"]["sw"]["any_unsafe"]["value"] == 0
    assert found["overall"]["any_unsafe"]["value"] == pytest.approx((1 / 2 + 0) / 2)
    # What an answer each would say of agreement, averaged over the draws: in the first, en and sw agree on prompt 1.
    assert found["overall"]["pairwise_agreement"] == pytest.approx((1 + 1 + 0) / 3)


def test_refusals_of_harmless_prompts_have_the_prompt_as_their_cluster():
    pairs = [
        (
            Response(str(n), "en", "harmless", "en", "", "", "stop", sample=sample),
            Verdict("safe", "none" if n % 3 else "full", "en"),
        )
        for n in range(12)
        for sample in range(4)
    ]
    found = summarise(pairs)["harmless"]
    refused = found["over_refusal"]["plain"]["refused"]["languages"]["en"]
    assert refused == found["languages"]["en"]["refused"]
    assert (refused["k"], refused["n"]) == (16, 48)
    narrow = wilson(16, 48)
    assert refused["high"] - refused["low"] > 1.5 * (narrow.high - narrow.low)


def test_what_a_file_calls_its_samples_makes_no_table_larger():
    cells = {(str(n), tag): "us" if n % 2 else "ss" for n in range(4) for tag in ("en", "sw")}
    whole = judged(cells)
    odd = [(replace(one, sample=(-5, 10**30)[one.sample]), verdict) for one, verdict in whole]
    assert summarise(odd) == summarise(whole)


def test_one_sample_says_what_it_said_before():
    random.seed(0)
    cells = {(str(n), tag): random.choice("us?") for n in range(9) for tag in ("en", "sw")}
    found = summarise(judged(cells))["harmful"]
    counts = Counter(cells[str(n), "en"] for n in range(9))
    assert found["languages"]["en"]["safe"] == wilson(counts["s"], counts["s"] + counts["u"]).as_dict()
    assert not {"samples", "prompts", "any_unsafe"} & (found["languages"]["en"].keys() | found["overall"].keys())


def test_settings_of_the_draws():
    assert Decoding().as_dict() == {"greedy": True, "max_new_tokens": 256}
    with pytest.raises(ConfigError, match="samples: expected 1, since without a temperature all are alike"):
        Decoding(samples=2)
    with pytest.raises(
        ConfigError, match=r"samples: expected a whole number >= 1, got 0\.\ntemperature: expected 0 or "
    ):
        Decoding(temperature=math.nan, samples=0)
    for wrong in (0, -1, 1.5, "2", True):
        with pytest.raises(ConfigError, match="max_new_tokens: expected a whole number >= 1, got "):
            Decoding(max_new_tokens=wrong)
    seeds = {
        Decoding(temperature=1, seed=seed).seed_of((str(n), "en", k)) for seed in (0, 1) for n in (1, 2) for k in (0, 1)
    }
    assert len(seeds) == 8
    assert all(0 <= seed < 2**31 for seed in seeds)


def test_draws_are_from_the_softmax_at_the_temperature():
    logits = torch.tensor([2.0, 0.0, 1.0, -math.inf])
    noise = GumbelNoise([Draw(0.5, seed) for seed in range(4000)])
    found = torch.bincount(noise(None, logits.expand(4000, 4)).argmax(1), minlength=4) / 4000
    assert torch.allclose(found, (logits / 0.5).softmax(0), atol=0.025)
    assert found[3] == 0
    assert torch.equal(GumbelNoise([Draw()])(None, logits[None])[0], logits)


@pytest.mark.training
def test_samples_are_the_same_in_any_batch_and_after_a_stop(tiny_model, tokenizer, few, tmp_path):
    options = dict(max_new_tokens=6, temperature=1.5, seed=3)
    whole = evaluate(tiny_model, tokenizer, few, tmp_path / "a", samples=3, batch_size=5, **options)
    assert len(whole.responses) == 3 * 12 == whole.metrics["protocol"]["responses"]
    assert [r.key for r in whole.responses] == [cell.key for cell in cells_of(few, 3)]
    of_one = {r.sample: r.response for r in whole.responses if (r.group, r.language) == (few[0].id, "en")}
    assert len(set(of_one.values())) > 1
    cell = cells_of(few, 3)[7]
    [[alone]] = Generator(tiny_model, tokenizer, batch_size=1, **options)([cell])
    assert alone == whole.responses[7]

    lines = (tmp_path / "a" / "responses.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "responses.jsonl").write_text("".join(lines[:20]))
    (tmp_path / "b" / "protocol.json").write_text((tmp_path / "a" / "protocol.json").read_text())
    evaluate(tiny_model, tokenizer, few, tmp_path / "b", samples=3, batch_size=16, **options)
    assert list(read_responses(tmp_path / "b" / "responses.jsonl")) == whole.responses
    said = json.loads((tmp_path / "b" / "protocol.json").read_text())["decoding"]
    assert said == {"greedy": False, "max_new_tokens": 6, "temperature": 1.5, "samples": 3, "seed": 3}
    assert "temperature 1.5, samples of each prompt 3, seed 3" in (tmp_path / "b" / "protocol.md").read_text()
