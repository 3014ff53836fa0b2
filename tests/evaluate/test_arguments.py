"""Arguments of ``evaluate`` and of what follows it, in the wrong place or of another kind."""

from __future__ import annotations

import pytest
import torch

from isoglot import RuleJudge, evaluate
from isoglot.errors import ConfigError
from isoglot.evaluate import judge_with
from isoglot.report import write_report


def said(call, *arguments, **named):
    with pytest.raises(ConfigError) as caught:
        call(*arguments, **named)
    return str(caught.value).splitlines()


def test_all_that_is_of_another_kind_is_told_at_once(tmp_path):
    model, tokenizer, groups, judge = said(evaluate, "my/model", None, "groups.jsonl", tmp_path, judge="rules")
    assert model.startswith("evaluate, model: expected a Hugging Face model, got 'my/model'. Load it")
    assert tokenizer.startswith("evaluate, tokenizer: expected the model's tokenizer, got None.")
    read = "Read them: PromptGroups.read('groups.jsonl')."
    assert groups == f"evaluate, groups: expected PromptGroups, got 'groups.jsonl'. {read}"
    expected = "an object with name and version that can be called, or has a method judge"
    assert judge.startswith(f"evaluate, judge: expected {expected}, got 'rules'")
    assert not any(tmp_path.iterdir())


def test_what_was_given_is_named_and_made_into_groups(tmp_path):
    model, tokenizer, groups = said(evaluate, dict, torch.nn.Linear(1, 1), [{"id": "1"}], tmp_path)
    assert "got the class dict. Load it" in model
    assert "got a model, Linear. Load it" in tokenizer
    assert groups.endswith("Make them: PromptGroups.from_dataset(rows).")


@pytest.mark.parametrize(
    ("wrong", "got"),
    [
        (object(), ", without name, version."),
        (RuleJudge, "got the class RuleJudge."),
        (len, ", without name, version."),
    ],
)
def test_what_is_no_judge(tmp_path, wrong, got):
    (tmp_path / "responses.jsonl").write_text("")
    (told,) = said(judge_with, tmp_path, [wrong])
    assert got in told


def test_one_in_place_of_a_list(tmp_path):
    assert said(judge_with, tmp_path, "rules") == ["judges: expected a list of judges, got 'rules'. Write ['rules']."]
    expected = "runs: expected a list of run directories, got 'runs/dpo'. Write [Path('runs/dpo')]."
    assert said(write_report, "runs/dpo", tmp_path / "page.html") == [expected]
