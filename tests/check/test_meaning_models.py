"""Models that a checker loads: sentence embeddings and classifiers of pairs, tiny ones made here."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from isoglot.check.checker import Cell
from isoglot.check.meaning.embeddings import Embeddings
from isoglot.check.meaning.quality import Quality
from isoglot.check.meaning.sentence_model import SentenceModel
from isoglot.check.meaning.served import Served, _means
from isoglot.errors import ModelError
from isoglot.representation import PromptPass

TEXTS = ["Write a plan", "Andika mpango wa kutia sumu nyumba", "x", "Write a plan to poison a house, today"]


def shape(tokenizer):
    """Of a tiny encoder."""
    sizes = {
        "hidden_size": 16,
        "intermediate_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "max_position_embeddings": 96,
    }
    return {**sizes, "vocab_size": len(tokenizer), "pad_token_id": tokenizer.pad_token_id}


@pytest.fixture(scope="module")
def encoder(tokenizer, tmp_path_factory):
    """A random encoder of two layers."""
    from transformers import BertConfig, BertModel

    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("encoder")
    BertModel(BertConfig(**shape(tokenizer))).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def modules(folder, *kinds, pooling=None):
    """Writes what sentence-transformers would."""
    paths = {"Transformer": "", "Pooling": "1_Pooling", "Dense": "2_Dense", "Normalize": "3_Normalize"}
    listed = [
        {"idx": n, "path": paths.get(k, k), "type": f"sentence_transformers.models.{k}"} for n, k in enumerate(kinds)
    ]
    (folder / "modules.json").write_text(json.dumps(listed))
    (folder / "1_Pooling").mkdir(exist_ok=True)
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling or {"pooling_mode_mean_tokens": True}))


def naive(folder, pooled, text, prefix=""):
    """One text at a time, without padding."""
    from transformers import AutoModel, AutoTokenizer

    ids = AutoTokenizer.from_pretrained(folder)(prefix + text, return_tensors="pt").input_ids
    with torch.inference_mode():
        return pooled(AutoModel.from_pretrained(folder).eval()(input_ids=ids).last_hidden_state[0])


@pytest.mark.parametrize(
    ("settings", "pooled"),
    [
        ({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, lambda h: h[0]),
        ({"pooling_mode_mean_tokens": True, "word_embedding_dimension": 16}, lambda h: h.mean(0)),
        ({"pooling_mode": "max"}, lambda h: h.amax(0)),
        ({"pooling_mode_lasttoken": True}, lambda h: h[-1]),
        ({"pooling_mode_mean_sqrt_len_tokens": True}, lambda h: h.sum(0) / len(h) ** 0.5),
    ],
)
def test_a_text_has_one_vector_however_it_is_pooled_and_whatever_stands_beside_it(encoder, settings, pooled):
    modules(encoder, "Transformer", "Pooling", pooling=settings)
    found = SentenceModel.load(str(encoder))(TEXTS)
    for text, vector in zip(TEXTS, found, strict=True):
        torch.testing.assert_close(vector, naive(encoder, pooled, text), atol=1e-5, rtol=1e-4)


def test_a_text_longer_than_the_model_is_cut(encoder, classifier):
    long = "Write a plan to poison a house. " * 200
    assert SentenceModel.load(str(encoder))([long]).isfinite().all()
    assert np.isfinite(Quality(str(classifier)).scores([(long, long)])).all()


def test_a_dense_layer_and_a_prefix_are_used_as_the_model_says(encoder):
    modules(encoder, "Transformer", "Pooling", "Dense", "Normalize")
    weight, bias = torch.randn(8, 16), torch.randn(8)
    (encoder / "2_Dense").mkdir(exist_ok=True)
    (encoder / "2_Dense" / "config.json").write_text(
        json.dumps({"activation_function": "torch.nn.modules.activation.Tanh"})
    )
    prompts = {"prompts": {"query": "query: "}, "default_prompt_name": "query"}
    (encoder / "config_sentence_transformers.json").write_text(json.dumps(prompts))
    with pytest.raises(ModelError, match="weights in safetensors"):
        SentenceModel.load(str(encoder))
    save_file({"linear.weight": weight, "linear.bias": bias}, encoder / "2_Dense" / "model.safetensors")
    checker = Embeddings(str(encoder))
    found = checker.vectors(TEXTS)
    (encoder / "config_sentence_transformers.json").unlink()
    assert found.shape == (1, 4, 8)
    assert checker.name == f"{encoder.name}, mean pooling"
    raw = naive(encoder, lambda h: torch.tanh(weight @ h.mean(0) + bias), TEXTS[3], "query: ")
    np.testing.assert_allclose(found[0, 3], raw / raw.norm(), atol=1e-5)


@pytest.mark.parametrize(
    ("kinds", "pooling", "said"),
    [
        (("Transformer", "CNN"), None, "Transformer, Pooling, Dense or Normalize, got CNN"),
        (("Transformer", "../../Pooling"), None, "a folder within the model's"),
        (("Transformer", "Pooling"), {"pooling_mode": "weightedmean"}, "expected one of cls, mean"),
        (
            ("Transformer", "Pooling"),
            {"pooling_mode_cls_token": True, "pooling_mode_max_tokens": True},
            r'"cls", "max"',
        ),
    ],
)
def test_what_is_not_known_is_said(encoder, kinds, pooling, said):
    modules(encoder, *kinds, pooling=pooling)
    with pytest.raises(ModelError, match=said):
        SentenceModel.load(str(encoder))


@pytest.mark.parametrize("checker", [Embeddings, Quality, Served])
def test_a_model_that_is_not_there_is_an_error_in_words(checker, tmp_path):
    cells = [Cell(str(n), f"source {n}", "en", f"text {n}", "sw") for n in range(50)]
    with pytest.raises(ModelError, match="expected"):
        checker(str(tmp_path / "nothing"))(cells)


def test_weights_that_may_run_code_are_not_loaded(encoder, tmp_path):
    """Neither a sentence model's nor a classifier's; and what reads texts starts without torch."""
    for file in encoder.glob("*.json"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    torch.save({}, tmp_path / "pytorch_model.bin")
    cells = [Cell(str(n), f"source {n}", "en", f"text {n}", "sw") for n in range(50)]
    for checker in (Embeddings, Quality):
        with pytest.raises(ModelError, match="safetensors"):
            checker(str(tmp_path))(cells)


def test_nothing_heavy_is_imported_before_a_model_is_named():
    names = "compared", "embeddings", "quality", "round_trip", "served", "vectors"
    line = f"import sys; from isoglot.check.meaning import {', '.join(names)}\nprint('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", line], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_means_are_over_the_tokens_of_each_text_but_the_first_padded_or_packed():
    states = torch.randn(2, 1, 7, 4)
    ends = torch.tensor([0, 0, 0]), torch.tensor([2, 3, 6])
    packed = PromptPass([0, 1, 2], torch.zeros(1, 7), None, torch.zeros(1, 7), ends)
    padded = PromptPass([0, 1], torch.zeros(2, 3), torch.ones(2, 3), None, (torch.tensor([0, 1]), torch.tensor([2, 0])))
    found = _means(states, packed)
    assert found.shape == (2, 3, 4)
    for place, tokens in enumerate(([1, 2], [3], [5, 6])):
        np.testing.assert_allclose(found[:, place], states[:, 0, tokens].mean(1), atol=1e-6)
    states = torch.randn(2, 2, 3, 4)
    for place, tokens in enumerate(([1, 2], [0])):
        np.testing.assert_allclose(_means(states, padded)[:, place], states[:, place, tokens].mean(1), atol=1e-6)


@pytest.fixture(scope="module")
def classifier(tokenizer, tmp_path_factory):
    """A random classifier of pairs with three labels."""
    from transformers import BertConfig, BertForSequenceClassification

    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("classifier")
    BertForSequenceClassification(BertConfig(**shape(tokenizer), num_labels=3)).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def test_pairs_are_scored_as_one_at_a_time(classifier):
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    pairs = list(zip(TEXTS, reversed(TEXTS), strict=True))
    found = Quality(str(classifier)).scores(pairs)
    model = AutoModelForSequenceClassification.from_pretrained(classifier).eval()
    tokenizer = AutoTokenizer.from_pretrained(classifier)
    for pair, scores in zip(pairs, found, strict=True):
        with torch.inference_mode():
            p = model(input_ids=tokenizer(*pair, return_tensors="pt").input_ids).logits[0].softmax(-1)
        np.testing.assert_allclose(scores, (p / (1 - p)).log(), atol=1e-4)


@dataclass
class Judge:
    """Scores of pairs: an error of the translation, or three labels of which the last means entailment."""

    outputs: int

    def __call__(self, pairs):
        rng = np.random.default_rng(5)
        right = np.array([source.split()[1] == text.split()[1] for source, text in pairs])
        score = rng.normal(size=len(pairs)) + 5 * right
        if self.outputs == 1:
            return -score[:, None]
        return np.stack([rng.normal(size=len(pairs)), -score / 2, score], axis=1)


@pytest.mark.parametrize("outputs", [1, 3])
def test_which_output_means_a_right_translation_is_learnt(monkeypatch, outputs):
    checker = Quality("folder/judge")
    monkeypatch.setattr(checker, "scores", Judge(outputs))
    wrong = set(range(0, 200, 8))
    cells = [Cell(str(n), f"en {n}", "en", f"sw {n + 1000 if n in wrong else n}", "sw") for n in range(200)]
    found = {place for place, finding in enumerate(checker(cells)) if finding}
    assert len(found & wrong) >= 0.9 * len(wrong)
    assert len(found - wrong) <= 4
    same = [cell._replace(source="en 1", language="ar") for cell in cells]  # no wrong pairs can be made
    assert not any(checker(same))
    assert "too few" in checker.untold["ar"]
