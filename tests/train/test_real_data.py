"""The whole road with the paper's data and MultiJail, where the checkout has them beside it, and a random model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from isoglot import PromptGroups
from isoglot.alignment.data import read_data
from isoglot.cli import main
from isoglot.errors import DataError

from .conftest import TEMPLATE, tiny_model

SHARED = Path(__file__).parents[3] / "shared" / "data"
TEST = SHARED / "mlc-paper" / "pku_saferlhf_safety_test.jsonl"
PARALLEL = SHARED / "mlc-paper" / "multilin-pku-saferlhf-alpaca3-8b-test-sft.json"
MULTIJAIL = SHARED / "multijail" / "MultiJail.csv"

pytestmark = [pytest.mark.training, pytest.mark.skipif(not SHARED.exists(), reason=f"no real data at {SHARED}")]


@pytest.fixture(scope="module")
def groups() -> PromptGroups:
    """The parallel set without the prompts that are tested on."""
    tested = {group.prompts["en"] for group in PromptGroups.read(TEST)}
    parallel = PromptGroups.read(PARALLEL)
    return parallel.select(without=[group.id for group in parallel if group.prompts["en"] in tested])


@pytest.fixture(scope="module")
def base(groups, tmp_path_factory) -> Path:
    """A random two-layer model and a byte-level BPE trained on the prompts."""
    special = ["<|pad|>", "<|end|>", "<|user|>", "<|assistant|>", "<|system|>"]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=2000, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator((text for group in groups for text in group.prompts.values()), trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=special[0],
        eos_token=special[1],
        additional_special_tokens=special[2:],
    )
    fast.chat_template = TEMPLATE
    folder = tmp_path_factory.mktemp("base")
    tiny_model(fast).save_pretrained(folder)
    fast.save_pretrained(folder)
    return folder


def test_the_released_pairs_have_one_row_without_an_answer(tmp_path):
    with pytest.raises(DataError) as caught:
        read_data(TEST, ("chosen", "rejected"), chat=True)
    lines = str(caught.value).split("\n")
    assert len(lines) == 1
    assert "expected a message with a role and text" in lines[0]


def run(capsys, *arguments) -> str:
    with pytest.raises(SystemExit) as caught:
        main([str(argument) for argument in arguments])
    shown = capsys.readouterr()
    assert caught.value.code == 0, shown.err
    return shown.out


def pairs() -> list[dict]:
    """The English pairs of the test file, without the row that has no answer."""
    rows = [json.loads(line) for line in TEST.read_text(encoding="utf-8").splitlines()]
    return [row for row in rows if row["chosen"]["value"].strip()]


def demonstrations(groups: PromptGroups) -> list[dict]:
    """The English prompts of the groups with the answers that the parallel set gives."""
    return [{"prompt": group.prompts["en"], "completion": group.extra["output"]} for group in groups]


def test_train_evaluate_report(groups, base, tmp_path, capsys):
    assert len(groups) == 157
    assert len(groups.languages) == 10
    groups.write(tmp_path / "groups.jsonl")
    for method, rows in {"sft": demonstrations(groups), "dpo": pairs()}.items():
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (tmp_path / f"{method}.jsonl").write_text("".join(lines), encoding="utf-8")
        settings = {
            "model": {"path": str(base), "dtype": "float32"},
            "method": method,
            "data": {"preferences": str(tmp_path / f"{method}.jsonl"), "groups": str(tmp_path / "groups.jsonl")},
            "consistency": {"retention": 0.0, "budget": None},  # the set has harmful prompts only
            "trainer": {"max_steps": 3, "per_device_train_batch_size": 4, "logging_steps": 1, "use_cpu": True},
            "output": str(tmp_path / "runs" / method),
        }
        (tmp_path / f"{method}.yaml").write_text(yaml.safe_dump(settings))
        folder = Path(settings["output"])

        assert json.loads(run(capsys, "train", tmp_path / f"{method}.yaml", "--json")) == {"run": str(folder)}
        log = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
        assert [line["consistency/num_groups"] for line in log] == [8, 8, 8]
        spectrum = json.loads((folder / "spectrum.json").read_text())
        assert spectrum["after"]["kinds"]["harmful"]["groups"] == 64

        options = ("--prompts", MULTIJAIL, "--limit", 2, "--max-new-tokens", 8, "--json")
        metrics = json.loads(run(capsys, "evaluate", folder, *options))
        languages = metrics["kinds"]["harmful"]["languages"]
        assert len(languages) == 10
        assert all(found["n"] == 2 for found in languages.values())

    page = tmp_path / "report.html"
    run(capsys, "report", tmp_path / "runs" / "sft", tmp_path / "runs" / "dpo", "--output", page)
    assert page.read_text(encoding="utf-8").startswith("<!")
