"""Folders that are no prompts: what isoglot itself has written says what it is and what to name."""

from __future__ import annotations

import pytest

from isoglot import PromptGroups
from isoglot.errors import DataError


@pytest.mark.parametrize(
    ("files", "what", "step"),
    [
        (("check.json", "groups.jsonl"), "the folder of a check", "Name its prompts: {}/groups.jsonl"),
        (("settings.json", "data/groups.jsonl"), "a quickstart's folder", "Name its prompts: {}/data/groups.jsonl"),
        (("run.yaml", "log.jsonl"), "a run", "Name the file of prompts, as data.groups in {}/run.yaml says it"),
        (("evaluations/a/protocol.json",), "a run", "Name the file of prompts."),
        (("protocol.json", "responses.jsonl"), "the folder of an evaluation", "Name the file of prompts."),
        (("trials/a/run.yaml",), "a sweep's folder", "Name the file of prompts."),
        (("b.csv", "a.jsonl", "x.png"), "a folder of other files", "Name a file: {0}/a.jsonl, {0}/b.csv. A folder is"),
        ((), "an empty folder", "A folder is read as PolyRefuse's or XSafety's, or with {{lang}} in place"),
    ],
)  # fmt: skip
def test_a_folder_in_place_of_a_file(tmp_path, files, what, step):
    folder = tmp_path / "it"
    folder.mkdir()
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("{}")
    with pytest.raises(DataError) as caught:
        PromptGroups.read(folder)
    assert str(caught.value).startswith(
        f"{folder}: expected a file of prompts, or a folder of a known shape, got {what}."
    )
    assert step.format(folder) in str(caught.value)
