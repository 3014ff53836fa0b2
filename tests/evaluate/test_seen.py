"""Whether the prompts of an evaluation are ones that its run was trained on, and who is told."""

from __future__ import annotations

import warnings

import pytest
import yaml

from isoglot import PromptGroups
from isoglot.evaluate.keeping import begin_protocol
from isoglot.evaluate.seen import KEY, gaps
from isoglot.files import write_json
from isoglot.groups import PromptGroup
from isoglot.groups.shared import shared
from isoglot.runs.environment import content_hash


def of(number, **prompts):
    prompts = prompts or {"en": f"Question number {number}?", "sw": f"Swali la {number}?"}
    return PromptGroup.from_record({"id": f"p{number}", "kind": "harmful", "prompts": prompts})


def test_a_prompt_is_shared_in_its_language_case_and_spaces_aside():
    trained = PromptGroups([of(1), of(2), of(3)])
    tested = PromptGroups(
        [of(1), of(9, en="  question NUMBER 2? "), of(8, sw="Swali la 3?"), of(7, fr="Swali la 3?"), of(6, en="New?")]
    )
    assert shared(tested, trained) == 3  # by id nothing is shared, and what is Swahili is no French
    talk = [{"role": "user", "content": "Question number 1?"}]
    assert shared(PromptGroups([of(5, en=talk)]), PromptGroups([of(4, en=talk)])) == 1


@pytest.fixture
def run(tmp_path):
    """A run directory that was trained on three groups."""
    folder, file = tmp_path / "runs" / "dpo", tmp_path / "train.jsonl"
    PromptGroups([of(1), of(2), of(3)]).write(file)
    folder.mkdir(parents=True)
    (folder / "run.yaml").write_text(yaml.safe_dump({"method": "dpo", "data": {"groups": str(file)}}))
    write_json(folder / "environment.json", {"inputs": {"data.groups": content_hash(file)}})
    return folder


def begun(model, *groups):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        found = begin_protocol({"model": str(model)}, PromptGroups(groups), None, None)
    return found, [str(one.message) for one in said]


def test_an_evaluation_on_prompts_of_the_training_says_so(run):
    for model in (run, f"isoglot/{run}"):
        found, said = begun(model, of(1), of(2), of(7), of(8))
        assert found[KEY] == {"shared": 2, "of": 4, "files": ["train.jsonl"]}
        assert len(said) == 1
        assert said[0].startswith(f"{run}: 2 of 4 prompts are among those that it was trained on (train.jsonl)")
        assert "isoglot groups split" in said[0]
        (gap,) = gaps(found)
        assert "2 of 4 prompts" in gap


def test_prompts_that_are_new_are_no_matter(run, tmp_path):
    found, said = begun(run, of(7), of(8))
    assert (found[KEY]["shared"], said, list(gaps(found))) == (0, [], [])
    for model in ("Qwen/Qwen2.5-0.5B", "openai-api/local/x", tmp_path):
        found, said = begun(model, of(1))
        assert (KEY in found, said) == (False, [])
    (run / "run.yaml").write_text("method: dpo\ndata: {preferences: a.jsonl}\n")
    found, said = begun(run, of(1))
    assert (KEY in found, said) == (False, [])


@pytest.mark.parametrize("how", ["gone", "another", "broken"])
def test_training_groups_that_are_not_there_any_more_are_a_gap_and_no_warning(run, tmp_path, how):
    file = tmp_path / "train.jsonl"
    if how == "gone":
        file.unlink()
    elif how == "another":
        PromptGroups([of(1)]).write(file)
    else:
        file.write_text("{")
        write_json(run / "environment.json", {"inputs": {"data.groups": content_hash(file)}})
    found, said = begun(run, of(1))
    assert (said, "shared" in found[KEY]) == ([], False)
    (gap,) = gaps(found)
    assert gap.startswith("Whether prompts are among those that the run was trained on is not known")
