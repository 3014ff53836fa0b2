"""``isoglot probe`` from the command line, on the embedded model."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import pytest

from isoglot.quickstart.world.data import held_out_groups
from isoglot.quickstart.world.text import World

BASE = Path(str(resources.files("isoglot.quickstart").joinpath("world", "base")))


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    path = tmp_path / "groups.jsonl"
    held_out_groups(World.load(), 8, seed=0).write(path)
    return path


def test_tables_a_sentence_and_a_file(call, prompts: Path, tmp_path: Path):
    folder = tmp_path / "probe"
    given = ("--prompts", prompts, "--languages", "en,sw,zh", "--limit", "6", "-o", folder)
    status, shown, said = call("probe", BASE, *given, "--layer", "0.75")
    assert status == 0
    assert "6 harmful, 6 harmless prompts in en, zh, sw" in " ".join(shown.split())
    assert "Languages at layer 3" in shown
    (row,) = [line for line in shown.splitlines() if line.startswith("│ zh ")]
    assert row.split("│")[-2].strip() == "8 %"  # by chance: one of 12 prompts
    assert f"The page is {folder / 'probe.html'}: open it in a browser. Next: " in said
    assert "few prompts (6 harmful, 6 harmless)" in said
    written = json.loads((folder / "probe.json").read_text(encoding="utf-8"))
    layer = written["recommended_layer"]
    step = (
        f"consistency.layer: {layer} in a run file" if layer <= 2 else f"{{consistency.layer: [2, {layer}]}} in a sweep"
    )
    assert step in said
    assert f"Recommended: layer {written['recommended_layer']} of 4" in shown
    status, found, _ = call("probe", BASE, *given, "--layer", "3", "--json")
    assert (status, json.loads(found)) == (0, written)
    assert [layer["layer"] for layer in written["layers"]] == [1, 2, 3, 4]
    assert set(written["layers"][0]["retrieval"]) == {"sw", "zh"}
    assert set(written["layers"][0]["transfer"]) == {"en", "sw", "zh"}


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        (["--layer", "9"], 2, "--layer: expected a layer from 1 to 4"),
        (["--layer", "middle"], 2, "--layer: expected a layer from 1 to 4"),
        (
            ["--languages", "en"],
            1,
            "groups: expected at least two groups with their pivot and another language, got 0 of",
        ),
        (["--languages", "en,xx"], 1, "languages: expected some of"),
        (["--data", "there"], 2, "--data: expected --suite in the same command"),
    ],
)
def test_mistakes_are_named(call, prompts: Path, given, status, said):
    ended, shown, complaint = call("probe", BASE, "--prompts", prompts, *given)
    assert (ended, shown) == (status, "")
    assert said in complaint


def test_what_cannot_work_is_said_before_the_model_is_loaded(call, prompts: Path, tmp_path: Path):
    blocked = tmp_path / "file"
    blocked.touch()
    ended, _, complaint = call("probe", tmp_path / "no-model", "--prompts", prompts, "-o", blocked / "probe")
    assert ended == 1
    assert f"{blocked / 'probe'}: expected a file or folder that can be used, got Not a directory" in complaint
    there = ("--prompts", prompts, "--languages", "sw,zh", "-o", tmp_path / "new" / "probe")
    ended, _, complaint = call("probe", tmp_path / "no-model", *there)
    assert ended == 1
    assert "Have en among the languages" in complaint
    assert not (tmp_path / "new").exists()


def test_tables_fit_into_80_columns(call, prompts: Path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    _, shown, _ = call("probe", BASE, "--prompts", prompts, "--languages", "en,sw,zh")
    tables = shown.partition("Recommended:")[0].splitlines()
    assert max(map(len, tables)) <= 80
    for word in ("elsewhere", "translation", "translations", "language", "* recommended"):
        assert any(word in line for line in tables)


def test_a_served_model_shows_no_states(call, prompts: Path):
    ended, _, complaint = call("probe", "openai-api/local/some", "--prompts", prompts)
    assert ended == 2
    assert "model: expected a model that is loaded here, whose states can be seen" in complaint
    ended, _, complaint = call("probe", BASE)
    assert ended == 2
    assert "--prompts: expected a file of prompt groups, or a name for --suite, got neither" in complaint


def test_a_language_of_one_kind_alone_has_a_dash_and_no_interval_of_dashes(call, prompts: Path, tmp_path: Path):
    lines = [json.loads(line) for line in prompts.read_text(encoding="utf-8").splitlines()]
    for record in lines:
        if record["kind"] == "harmless":
            del record["prompts"]["zh"]
    path = tmp_path / "one-kind.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in lines), encoding="utf-8")
    status, shown, _ = call("probe", BASE, "--prompts", path, "--languages", "en,sw,zh")
    assert status == 0
    (row,) = [line for line in shown.splitlines() if line.startswith("│ zh ")]
    cells = [cell.strip() for cell in row.strip("│").split("│")]
    assert cells[:3] == ["zh", "–", "–"]
    assert "(–" not in shown
