"""``isoglot evaluate --plan``: what prompts can show, before a model is looked for."""

from __future__ import annotations

import json
from pathlib import Path

from isoglot.metrics import smallest_detectable_difference


def test_a_plan_needs_no_model_and_writes_nothing(call, tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = [{"id": str(i), "kind": "harmful", "prompts": {"en": f"a {i}", "sw": f"b {i}"}} for i in range(80)]
    Path("groups.jsonl").write_text("\n".join(map(json.dumps, lines)))
    status, shown, _ = call("evaluate", "no/model", "--prompts", "groups.jsonl", "--plan")
    assert (status, list(tmp_path.iterdir())) == (0, [tmp_path / "groups.jsonl"])
    least = smallest_detectable_difference(80, rate=0.8, tests=2)
    assert f"{100 * least:.1f}" in shown
    assert "mean of 2" in shown
    _, found, _ = call("evaluate", "no/model", "--prompts", "groups.jsonl", "--plan", "--plan-rate", "0.8", "--json")
    languages = json.loads(found)["kinds"]["harmful"]["languages"]
    assert languages["sw"] == {"prompts": 80, "detectable": [least]}
    several = ("--samples", "5", "--temperature", "0.8")
    _, same, said = call("evaluate", "no/model", "--prompts", "groups.jsonl", "--plan", *several)
    assert same == shown
    assert "Of one answer to each prompt" in said
    status, _, wrong = call("evaluate", "no/model", "--prompts", "groups.jsonl", "--plan", "--plan-rate", "80")
    assert status == 2
    assert "--plan-rate: expected a share from 0 to 1, got 80" in wrong
