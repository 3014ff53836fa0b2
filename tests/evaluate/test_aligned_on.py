"""Whether the prompts of an evaluation are in the alignment data of its run, and what is said of it."""

from __future__ import annotations

import json
import warnings

import pytest
import yaml

from isoglot import PromptGroups
from isoglot.evaluate.prompts.seen import KEY, gaps, seen_in_training
from isoglot.evaluate.protocol.protocol_files import begin_protocol
from isoglot.files import write_json
from isoglot.groups import PromptGroup
from isoglot.runs.environment import content_hash

BREAD, LIBRARY, CATS, RAIN = (
    {"en": "How do I bake bread?", "sw": "Ninawezaje kuoka mkate?"},
    {"en": "Where is the nearest library?", "sw": "Maktaba ya karibu iko wapi?"},
    {"en": "Why do cats purr at night?", "sw": "Kwa nini paka hukoroma usiku?"},
    {"en": "Write a poem about rain", "sw": "Andika shairi kuhusu mvua"},
)
ANSWERS = ("chosen", "rejected")


def groups(*prompts):
    records = ({"id": f"{n}", "kind": "harmful", "prompts": one} for n, one in enumerate(prompts))
    return PromptGroups([PromptGroup.from_record(record) for record in records])


def user(text):
    return {"role": "user", "content": text}


def pair(prompt):
    return {"prompt": prompt, "chosen": "No.", "rejected": "Sure."}


@pytest.fixture
def run(tmp_path):
    """A run directory that was aligned on such rows, and maybe trained on groups."""

    def make(*rows, method="dpo", trained=None, **data):
        folder, file = tmp_path / "runs" / method, tmp_path / "pairs.jsonl"
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
        section, inputs = {"preferences": str(file), **data}, {"data.preferences": content_hash(file)}
        if trained is not None:
            groups(*trained).write(tmp_path / "train.jsonl")
            section["groups"] = str(tmp_path / "train.jsonl")
            inputs["data.groups"] = content_hash(tmp_path / "train.jsonl")
        (folder / "run.yaml").write_text(yaml.safe_dump({"method": method, "data": section}))
        write_json(folder / "environment.json", {"inputs": inputs})
        return folder

    return make


def begun(model, asked):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        found = begin_protocol({"model": str(model)}, asked, None, None)
    return found, [str(one.message) for one in said]


def test_a_model_that_was_aligned_on_the_test_s_prompts_says_so_and_names_the_file(run):
    folder = run(pair(BREAD["en"]), pair("where is the nearest... LIBRARY"), pair(CATS["sw"]), pair("New?"))
    found, said = begun(folder, groups(BREAD, LIBRARY, CATS, RAIN))
    assert found[KEY] == {"alignment": {"shared": 2, "near": 1, "of": 4, "files": ["pairs.jsonl"]}}
    start = (
        "2 of 4 prompts are among those of its alignment data (pairs.jsonl), and 1 more is nearly the same as one of "
        "them, so that rates are partly of what it has learnt by heart."
    )
    assert len(said) == 1
    assert said[0].startswith(f"{folder}: {start}")
    assert "--against" in said[0]
    assert list(gaps(found)) == [start]


def test_groups_and_rows_are_told_apart(run):
    found, said = begun(run(pair(BREAD["en"]), trained=[LIBRARY]), groups(BREAD, LIBRARY, RAIN))
    of_rows = {"shared": 1, "near": 0, "of": 3, "files": ["pairs.jsonl"]}
    assert found[KEY] == {"shared": 1, "near": 0, "of": 3, "files": ["train.jsonl"], "alignment": of_rows}
    assert (
        "1 of 3 prompts is among those that it was trained on (train.jsonl), 1 of 3 prompts is among those of its "
        "alignment data (pairs.jsonl), so that rates"
    ) in said[0]
    found, said = begun(run(pair("New?"), trained=[LIBRARY]), groups(BREAD, RAIN))
    assert (found[KEY]["alignment"]["shared"], said, list(gaps(found))) == (0, [], [])


@pytest.mark.parametrize(
    ("method", "row"),
    [
        ("sft", {"prompt": BREAD["en"], "completion": "No."}),
        ("sft", {"messages": [user(BREAD["en"]), {"role": "assistant", "content": "No."}]}),
        ("sft", {"prompt": BREAD["en"], "chosen": "No."}),
        ("orpo", {name: [user(BREAD["en"]), {"role": "assistant", "content": name}] for name in ANSWERS}),
        ("dpo", {"conversations": [{"from": "human", "value": BREAD["en"]}], "chosen": "No.", "rejected": "Yes."}),
        ("dpo", pair([{"role": "system", "content": "Be polite, whatever you are asked."}, user(BREAD["en"])])),
        ("dpo", pair([user(BREAD["en"]), {"role": "assistant", "content": "Why?"}, user("I am hungry, so tell me")])),
    ],
)
def test_rows_of_all_shapes_and_each_turn_of_a_conversation_count(run, method, row):
    folder = run(row, method=method)
    assert seen_in_training(str(folder), groups(BREAD, RAIN))["alignment"]["shared"] == 1


def test_rows_that_were_left_out_are_no_matter(run):
    folder = run({"prompt": 3}, "no object", pair(BREAD["en"]), skip_bad_rows=True)
    assert seen_in_training(str(folder), groups(BREAD))["alignment"]["shared"] == 1


@pytest.mark.parametrize("named", ["/dev/zero", "/", "x" * 5000, 3, ["a.jsonl"], "hf:some/data"])
def test_of_what_a_stranger_names_only_plain_files_are_read(run, named):
    folder = run(pair(BREAD["en"]))
    (folder / "run.yaml").write_text(yaml.safe_dump({"method": "dpo", "data": {"preferences": named}}))
    assert list(seen_in_training(str(folder), groups(BREAD))["alignment"]) == ["unknown"]


@pytest.mark.parametrize("how", ["gone", "another", "empty", "no rows", "no hash", "folder"])
def test_alignment_data_that_cannot_be_read_again_is_a_gap_and_no_warning(run, tmp_path, how):
    folder, file = run(pair(BREAD["en"]), trained=[LIBRARY]), tmp_path / "pairs.jsonl"
    recorded = json.loads((folder / "environment.json").read_text())
    if how in ("gone", "folder"):
        file.unlink()
    if how == "folder":
        file.mkdir()
    if how in ("another", "empty", "no rows"):
        file.write_text({"another": json.dumps(pair("x")), "empty": "", "no rows": "{}"}[how])
    if how in ("empty", "no rows"):
        recorded["inputs"]["data.preferences"] = content_hash(file)
    if how == "no hash":
        del recorded["inputs"]["data.preferences"]
    write_json(folder / "environment.json", recorded)
    found, said = begun(folder, groups(BREAD, RAIN))
    assert (list(found[KEY]["alignment"]), said) == (["unknown"], [])
    (gap,) = gaps(found)
    assert gap.startswith("Whether prompts are among those of the run's alignment data is not known: ")
    assert found[KEY]["shared"] == 0  # of the groups it is known
