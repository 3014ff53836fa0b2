"""The model card: what the hub reads of it, what people read, and that nobody's text is more than text in it."""

from __future__ import annotations

import re

import pytest
import yaml
from huggingface_hub import ModelCard

import isoglot
from isoglot.escaping import code, code_block
from isoglot.groups import PromptGroup, PromptGroups
from isoglot.runs.environment import content_hash
from isoglot.train import RunFile, train
from isoglot.train.card import model_card

pytestmark = pytest.mark.training


def test_the_card_of_a_run(settings, data):
    folder = train(RunFile.from_dict(settings(consistency={"groups_per_step": 2, "weight": 1.5})))
    text = (folder / "README.md").read_text()
    card = ModelCard(text)
    assert card.data.library_name == "transformers"
    assert card.data.base_model is None  # a folder is no model of the hub
    assert {"isoglot", "trl", "dpo"} <= set(card.data.tags)
    assert f"4 optimizer steps by isoglot {isoglot.__version__}" in text
    assert "- 24 rows of alignment data: `preferences.jsonl`" in text
    assert "- 6 prompt groups (3 harmful, 3 harmless) in `en`, `sw`, `th`: `groups.jsonl`" in text
    for name in ("preferences", "groups"):
        assert f"`data.{name}` `{content_hash(data / f'{name}.jsonl')}`" in text
    term = yaml.safe_load(re.search(r"## Consistency term\n\n```yaml\n(.*?)```", text, re.DOTALL)[1])
    assert term == yaml.safe_load((folder / "run.yaml").read_text())["consistency"]
    assert term["weight"] == 1.5
    assert str(data) not in text  # nothing of this machine
    assert "isoglot evaluate FOLDER --prompts TEST.jsonl" in text


def test_an_adapter_s_card_is_ours_not_peft_s(settings):
    made = settings(peft={"r": 2, "target_modules": "all-linear"}, consistency=None)
    text = (train(RunFile.from_dict(made)) / "README.md").read_text()
    assert ModelCard(text).data.library_name == "peft"
    assert "target_modules: all-linear" in text
    assert "None: the method alone." in text
    assert "More Information Needed" not in text


@pytest.mark.parametrize("peft", [None, {"r": 2, "target_modules": "all-linear"}])
def test_a_text_of_somebody_s_own_is_left_as_it_is(settings, tmp_path, peft):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "README.md").write_text("My project.")
    with pytest.warns(UserWarning, match="README.md: expected a model card of isoglot, or none, got another text"):
        folder = train(RunFile.from_dict(settings(peft=peft, consistency=None)))
    assert (folder / "README.md").read_text() == "My project."


def test_where_files_lie_is_not_said(settings, tmp_path):
    run = RunFile.from_dict(settings(trainer={"deepspeed": str(tmp_path / "zero.json")}))
    assert str(tmp_path) not in model_card(run, {}, 3, None, 5)


@pytest.mark.parametrize(("peft", "relation"), [(None, "finetune"), ({"r": 4}, "adapter")])
def test_a_model_of_the_hub_is_named_as_the_hub_wants_it(settings, peft, relation):
    run = RunFile.from_dict(settings(model={"path": "Qwen/Qwen2.5-0.5B"}, peft=peft))
    card = ModelCard(model_card(run, {}, 3, None, 5))
    assert card.data.base_model == "Qwen/Qwen2.5-0.5B"
    assert card.data.to_dict()["base_model_relation"] == relation


NASTY = "x`]( javascript:alert(1))<script>\x1b[2J\n---\n# Title ``` \u202e"


def test_text_of_strangers_is_text(settings, tmp_path):
    groups = PromptGroups([PromptGroup("a", {"en": "Why?", "sw": "Kwa nini?"})])
    run = RunFile.from_dict(settings(output=str(tmp_path / NASTY.replace("/", "")), peft={"r": 2, "bias": "none"}))
    text = model_card(run, {"data`": NASTY}, 1, groups, 1)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert [line for line in text.splitlines() if line.startswith("# ")] == [f"# {code(NASTY)}"]
    assert [line for line in text.splitlines() if line == "---"] == ["---", "---"]
    assert ModelCard(text).data.tags


@pytest.mark.parametrize("text", ["plain", "`", "a ``` b", "````", " ", "two\nlines", NASTY])
def test_code_ends_where_it_should(text):
    shown = code(text)
    fence = re.match("`+", shown)[0]
    assert shown.endswith(fence)
    assert fence not in shown[len(fence) : -len(fence)]
    assert "\n" not in shown
    block = code_block(text).split("\n")
    assert block[-1] == re.match("`+", block[0])[0]
    assert not any(block[-1] in line for line in block[1:-1])


def test_how_prompts_were_written_is_said(settings):
    asked = {"system_prompt": "Answer ```briefly```.", "chat_template_kwargs": {"enable_thinking": False}}
    made = settings()
    text = model_card(RunFile.from_dict(made | {"model": made["model"] | asked}), {}, 3, None, 5)
    said = re.search(r"## Prompts\n.*?(`{3,})yaml\n(.*?)\n\1\n", text, re.DOTALL)
    assert yaml.safe_load(said[2]) == asked
    assert "## Prompts" not in model_card(RunFile.from_dict(made), {}, 3, None, 5)
