"""An evaluation's chat template: as the run was trained, on one day, in the protocol, and seen in comparisons."""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import date

import pytest
import yaml

from isoglot.collect.differences import differing
from isoglot.collect.run import Run
from isoglot.models import chat
from isoglot.runs.evaluations import asked_of, own_folder

pytestmark = pytest.mark.training

TEMPLATE = (
    "{{ strftime_now('%Y-%m-%d') }}{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}"
    "{% if enable_thinking is false %}<no thinking>{% endif %}"
)
SECTION = {
    "chat_template_kwargs": {"enable_thinking": False},
    "date": "2024-02-29",
    "system_prompt": "Be brief.",
}


@pytest.fixture
def begun(tiny_folder, tmp_path, monkeypatch, few):
    """A finished run's folder, its prompts, and the texts that were asked, filled as it is evaluated."""
    run, asked = tmp_path / "run", []
    shutil.copytree(tiny_folder, run)
    (run / "chat_template.jinja").write_text(TEMPLATE, encoding="utf-8")
    (run / "run.yaml").write_text(yaml.safe_dump({"model": {"path": "x", **SECTION}}), encoding="utf-8")
    (run / "environment.json").write_text('{"finished": true}', encoding="utf-8")

    def rendered(*given, **more):
        text = write(*given, **more)
        if "isoglot-" not in text:  # which only tries what a template takes
            asked.append(text)
        return text

    write = chat.rendered
    monkeypatch.setattr(chat, "rendered", rendered)
    monkeypatch.chdir(tmp_path)
    few.select(limit=1).write(tmp_path / "groups.jsonl")
    return run, asked


def protocols(folder):
    return [json.loads(path.read_text()) for path in sorted(folder.rglob("protocol.json"))]


def test_a_run_is_asked_as_it_was_trained(begun, call):
    run, asked = begun
    command = ("evaluate", run, "--prompts", "groups.jsonl", "--max-new-tokens", "2", "--json")
    status, _, err = call(*command)
    assert status == 0, err
    (protocol,) = protocols(run)
    told = {"arguments": {"enable_thinking": False}, "date": "2024-02-29", "system_prompt": "Be brief."}
    assert protocol["template"] == told
    assert protocol["card"]["template"]["arguments"] == {
        "add_generation_prompt": True, "enable_thinking": False, "date": "2024-02-29", "system_prompt": "Be brief."
    }  # fmt: skip
    assert "the system prompt is added" in protocol["card"]["mode"]
    assert len(asked) == 6
    assert all(text.startswith("2024-02-29<system>Be brief.<user>") for text in asked)
    assert all(text.endswith("<no thinking>") for text in asked)
    before = len(asked)
    assert call(*command)[0] == 0
    assert len(asked) == before  # it is all there
    status, _, err = call(*command, "--chat-template-kwargs", "enable_thinking=true", "--system-prompt", "")
    assert status == 0, err
    assert {json.dumps(one["template"]) for one in protocols(run)} == {
        json.dumps(told), json.dumps({"arguments": {"enable_thinking": True}, "date": "2024-02-29"})
    }  # fmt: skip


def test_another_model_goes_on_with_the_day_on_which_it_was_begun(begun, call):
    run, asked = begun
    model = run.rename(run.with_name("model"))
    (model / "run.yaml").unlink()
    command = ("evaluate", model, "--prompts", "groups.jsonl", "--max-new-tokens", "2", "--json")
    assert call(*command, "--date", "2024-03-01")[0] == 0
    (path,) = run.parent.rglob("protocol.json")
    lines = (path.parent / "responses.jsonl").read_text().splitlines(keepends=True)
    (path.parent / "responses.jsonl").write_text("".join(lines[:2]))
    asked.clear()
    status, _, err = call(*command)  # on any other day
    assert status == 0, err
    assert json.loads(path.read_text())["template"] == {"date": "2024-03-01"}
    assert len(asked) == len(lines) - 2
    assert all(text.startswith("2024-03-01<user>") for text in asked)
    status, _, err = call(*command, "--date", "2024-03-02")
    assert status == 1
    assert "template.date ('2024-03-01' there, '2024-03-02' now)" in err
    status, _, err = call(*command, "--chat-template-kwargs", "thinking", "--date", "today")
    assert status == 2
    assert "--chat-template-kwargs: expected NAME=VALUE, as in enable_thinking=false" in err
    for path in run.parent.glob("runs/*"):
        shutil.rmtree(path)
    assert call(*command)[0] == 0
    (protocol,) = protocols(run.parent)
    assert protocol["template"] == {"date": date.today().isoformat()}


def test_the_folder_of_an_evaluation_depends_on_arguments_and_not_on_the_day(tmp_path):
    plain = {"prompts_hash": "a", "languages": ["en"], "decoding": {"greedy": True, "max_new_tokens": 256}}
    as_ever = f"p-{hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()[:8]}"
    assert own_folder(tmp_path, "p", plain).name == as_ever
    folders = [
        own_folder(tmp_path, "p", plain | {"template": template}).name
        for template in ({}, {"date": "2024-03-01"}, {"arguments": {"a": 1}}, {"arguments": {"a": 1}, "date": "x"})
    ]
    assert folders[0] == folders[1] == as_ever
    assert folders[2] == folders[3] != folders[0]
    assert asked_of(plain | {"template": {"date": "x"}})["template"] == {"date": "x"}


def test_runs_asked_otherwise_are_not_compared_in_silence(tmp_path):
    def run(template):
        protocol = {"judge": "rules", "prompts_hash": "a", "decoding": {"greedy": True}, "template": template}
        return Run("a", tmp_path, protocol=protocol)

    thinking, plain = run({"arguments": {"enable_thinking": False}}), run({})
    assert differing([thinking, plain]) == ["template"]
    assert differing([thinking, thinking]) == differing([plain, plain]) == []
    assert differing([run({"date": "2024-03-01"}), run({"date": "2024-03-02"})]) == ["template"]
