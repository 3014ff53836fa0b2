"""A run's chat template: its arguments in training, in the term and in evaluation; its date; what is saved with it."""

from __future__ import annotations

import json
import warnings
from datetime import date

import pytest
import yaml
from transformers import AutoTokenizer, GenerationConfig

from isoglot.errors import ConfigError, DataError, RunError
from isoglot.models.chat import encode
from isoglot.models.ends import end_of_turn, user_header
from isoglot.progress import Silent
from isoglot.train import RunFile, build, train
from isoglot.train.build import build_config, build_trainer, load_model, load_tokenizer, read_inputs
from isoglot.train.silence import silence

from .conftest import TEMPLATE
from .test_run import stop_after

THINKING = TEMPLATE.replace(
    "<|assistant|>{% endif %}", "<|assistant|>{% if enable_thinking is false %}<think></think>{% endif %}{% endif %}"
).replace("<|{{ message.role }}|>", "<|{{ message.role }}|>{% if message.role == 'assistant' and enable_thinking is "
          "false %}<think></think>{% endif %}")  # fmt: skip
REFUSES = "{% if messages[0].role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
DATED = "{{ strftime_now('%Y-%m-%d') }}" + TEMPLATE


@pytest.fixture
def with_template(base, settings, tmp_path):
    """Settings of a run whose model has another chat template."""

    def make(template, **changes):
        folder = tmp_path / "model"
        if not folder.exists():
            folder.mkdir()
            for file in base.iterdir():
                (folder / file.name).write_bytes(file.read_bytes())
        (folder / "chat_template.jinja").write_text(template, encoding="utf-8")
        model = {"path": str(folder), **changes.pop("model", {})}
        return settings(model=model, **changes)

    return make


@pytest.mark.training
@pytest.mark.parametrize("method", ["sft", "dpo", "orpo"])
def test_training_and_the_term_write_prompts_with_the_arguments(with_template, tmp_path, method):
    made = with_template(
        THINKING if method != "dpo" else REFUSES + THINKING,
        method=method,
        consistency=None,
        model={"chat_template_kwargs": {"enable_thinking": False}, "system_prompt": "Be brief."},
    )
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        tokenizer, run = load_tokenizer(RunFile.from_dict(made))
    assert [str(one.message).partition(",")[0] for one in told] == (
        ["system prompt: expected a chat template that takes one"] if method == "dpo" else []
    )
    assert user_header(tokenizer) == "<|user|>"
    records, _ = read_inputs(run, tokenizer)
    config = build_config(run, tmp_path / "checkpoints")
    with silence():
        trainer = build_trainer(run, config, load_model(run), tokenizer, records, callbacks=[], show=Silent())
    row = trainer.train_dataset[0]
    name = {"sft": "input_ids", "dpo": "prompt_ids", "orpo": "chosen_input_ids"}[method]
    asked = encode(tokenizer, "Question 0?")
    begins = "<|user|>Be brief.\n\nQ" if method == "dpo" else "<|system|>Be brief.<|user|>Q"
    assert tokenizer.decode(asked) == f"{begins}uestion 0?<|assistant|><think></think>"
    assert list(row[name])[: len(asked)] == asked


@pytest.mark.training
def test_the_day_on_which_a_run_was_made_stays_its_day(with_template, monkeypatch):
    made = with_template(DATED, trainer={"max_steps": 4, "save_steps": 2})

    def today_is(day):
        class Today(date):
            @classmethod
            def today(cls):
                return date.fromisoformat(day)

        monkeypatch.setattr(build, "date", Today)

    today_is("2024-02-29")
    stop_after(made, 3)
    today_is("2024-03-01")
    folder = train(RunFile.from_dict(made))
    written = yaml.safe_load((folder / "run.yaml").read_text())
    assert written["model"]["date"] == "2024-02-29"
    assert json.loads((folder / "environment.json").read_text())["resumed_at"]  # it went on, on another day
    assert train(RunFile.from_dict(made)) == folder  # finished, whatever day it is
    assert AutoTokenizer.from_pretrained(folder).chat_template == DATED  # whoever serves it asks for the date anew
    undated = with_template(TEMPLATE, output=str(folder.parent / "undated"))
    assert "date" not in RunFile.from_dict(undated).to_dict()["model"]


@pytest.mark.training
def test_what_ends_an_answer_is_saved_with_the_model(with_template, base):
    template = TEMPLATE.replace("<|end|>", "<|system|>")  # a token that the generation settings do not name
    folder = train(RunFile.from_dict(with_template(template)))
    tokenizer = AutoTokenizer.from_pretrained(folder)
    ends = GenerationConfig.from_pretrained(folder).eos_token_id
    assert ends == sorted({tokenizer.eos_token_id, end_of_turn(tokenizer)})
    assert len(ends) == 2


def test_arguments_that_the_template_does_not_read_are_refused(with_template):
    run = RunFile.from_dict(with_template(TEMPLATE, model={"chat_template_kwargs": {"enable_thinking": False}}))
    with pytest.raises(
        ConfigError, match=r"kwargs\.enable_thinking: expected an argument that the chat template reads"
    ):
        load_tokenizer(run)
    with pytest.raises(ConfigError, match=r"model\.date: expected a day, as in 2026-11-27, got 'today'"):
        RunFile.from_dict(with_template(TEMPLATE, model={"date": "today"}))


def test_somebody_else_in_an_answer_is_refused_by_line(with_template, tmp_path):
    said = {"prompt": "Why?", "rejected": "No."}
    rows = [
        {"chosen": "So.", **said},
        {"chosen": "So.<|user|>And then?", **said},
        {"chosen": [{"role": "assistant", "content": "So."}, {"role": "user", "content": "And?"},
                    {"role": "assistant", "content": "So."}], **said},
        {"chosen": "So: user", **said},
    ]  # fmt: skip
    file = tmp_path / "pairs.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    run = RunFile.from_dict(with_template(TEMPLATE, data={"preferences": str(file)}, consistency=None))
    with pytest.raises(DataError) as caught:
        read_inputs(run, load_tokenizer(run)[0])
    lines = str(caught.value).split("\n")
    assert [line.split("pairs.jsonl, ")[1].split(":")[0] for line in lines] == ["line 2", "line 3"]
    assert "got a turn of the user, '<|user|>'" in lines[0]
    assert "expected turns of the assistant only, got one of user" in lines[1]


@pytest.mark.training
def test_a_template_of_the_runs_own_is_that_of_training_term_and_what_is_saved(with_template, tmp_path):
    """With the run's system prompt in it, as with the model's own; TRL would take it for training alone."""
    file = tmp_path / "own.jinja"
    file.write_text(own := TEMPLATE.replace("<|{{ message.role }}|>", "<|{{ message.role }}|>: "), encoding="utf-8")
    made = with_template(
        TEMPLATE,
        method="sft",
        model={"system_prompt": "Be brief."},
        trainer={"chat_template_path": str(file), "max_steps": 1, "save_steps": 1},
        spectrum=False,
    )
    run = RunFile.from_dict(made)
    tokenizer, run = load_tokenizer(run)
    records, _ = read_inputs(run, tokenizer)
    config = build_config(run, tmp_path / "checkpoints")
    with silence():
        trainer = build_trainer(run, config, load_model(run), tokenizer, records, callbacks=[], show=Silent())
    asked = encode(tokenizer, "Question 0?")
    assert tokenizer.decode(asked) == "<|system|>: Be brief.<|user|>: Question 0?<|assistant|>"
    assert list(trainer.train_dataset[0]["input_ids"])[: len(asked)] == asked
    assert encode(trainer.processing_class, "Question 0?") == asked  # with which the term writes its prompts
    folder = train(run)
    assert AutoTokenizer.from_pretrained(folder).chat_template == own
    file.write_text(TEMPLATE, encoding="utf-8")
    with pytest.raises(RunError, match=r"trainer\.chat_template_path"):
        train(run)  # which is another run


def test_a_template_of_another_model_is_refused(with_template, tmp_path):
    (tmp_path / "bad.jinja").write_bytes(b"\xff")
    for given, said in (
        ("org/other", r"expected a file with a chat template, \.jinja or \.j2, got 'org/other'\. Save the template"),
        (str(tmp_path), "expected a file with a chat template"),
        (str(tmp_path / "none.jinja"), "expected a file with a chat template"),
        (str(tmp_path / "bad.jinja"), "expected a text in UTF-8"),
    ):
        with pytest.raises(ConfigError, match=rf"trainer\.chat_template_path: {said}"):
            RunFile.from_dict(with_template(TEMPLATE, method="sft", trainer={"chat_template_path": given}))


CLOSED = TEMPLATE.replace(
    "<|assistant|>{% endif %}", "<|assistant|><think>\n\n</think>\n\n{% endif %}"
)  # for prompts only


@pytest.mark.training
@pytest.mark.parametrize(
    ("template", "system", "said"),
    [(CLOSED, "", "writes a prompt differently"), (TEMPLATE, "Be brief.", "system prompt")],
    ids=["an empty thought that training never sees", "rows with system prompts of their own"],
)
def test_what_is_wrong_with_how_prompts_are_written_is_said_once(with_template, tmp_path, template, system, said):
    asked = [{"role": "system", "content": "Answer at length."}] if system else []
    rows = [
        {
            "prompt": [*asked, {"role": "user", "content": f"Why {n}?"}],
            "completion": [{"role": "assistant", "content": "So."}],
        }
        for n in range(8)
    ]
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    made = with_template(template, method="sft", model={"system_prompt": system} if system else {}, spectrum=False)
    made["data"]["preferences"] = str(file)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        train(RunFile.from_dict(made))
    written = [
        str(one.message) for one in heard if "template" in str(one.message) or "system prompt" in str(one.message)
    ]
    assert len(written) == 1, written
    assert said in written[0]
