"""Arguments of ``evaluate`` and of what follows it, in the wrong place or of another kind."""

from __future__ import annotations

import pytest

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
    assert judge.startswith("evaluate, judge: expected an object with name, version, and judge or a call, got 'rules'")
    assert not any(tmp_path.iterdir())


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
