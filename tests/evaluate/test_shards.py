"""Shards: every part answered once, put together in the order of a whole evaluation, missing ones named."""

from __future__ import annotations

import re

import pytest

from isoglot.errors import ConfigError, RunError
from isoglot.evaluate import judge_again
from isoglot.evaluate.answering.cells import Assignment
from isoglot.evaluate.answering.decoding import Decoding
from isoglot.evaluate.evaluation import run_evaluation
from isoglot.runs import read_responses
from isoglot.runs.folder import held
from isoglot.runs.shards import Shard


def test_a_shard_is_named_by_number_and_how_many():
    assert Shard.parse("2/4") == (2, 4)
    for text in ("0/4", "5/4", "2", "2/0", "a/b", "-1/4", "2/4/8"):
        with pytest.raises(ConfigError, match="--shard: expected a part and how many there are, as in 2/4"):
            Shard.parse(text)


@pytest.mark.training
def test_shards_make_what_one_process_makes(tiny_model, tokenizer, groups, tmp_path):
    some = groups.select(languages=["en", "sw"], limit=3)

    def run(folder, shard=None):
        assignment = Assignment(some, Decoding(2), shard)
        return run_evaluation(tiny_model, tokenizer, assignment, tmp_path / folder, batch_size=2, name="tiny")

    whole = run("whole")
    assert run("parts", Shard(3, 3)) is None
    with held(tmp_path / "parts", Shard(1, 3).lock):
        assert run("parts", Shard(2, 3)) is None  # side by side with the first
        with pytest.raises(RunError, match="no other process at work in it"):
            run("parts", Shard(1, 3))
    assert sorted(path.name for path in (tmp_path / "parts").glob("responses*")) == [
        "responses.2-of-3.jsonl",
        "responses.3-of-3.jsonl",
    ]
    with (  # judged before all is there
        pytest.warns(UserWarning, match=r"expected a file of each shard, got none of 1/3\."),
        pytest.warns(UserWarning, match="expected an answer to each of 12 prompts, got 8"),
    ):
        judge_again(tmp_path / "parts")

    last = run("parts", Shard(1, 3))
    assert last.metrics == whole.metrics
    assert last.responses == whole.responses
    assert not list((tmp_path / "parts").glob("responses.*-of-*"))
    assert not list((tmp_path / "parts").glob(".lock*"))


@pytest.mark.training
def test_files_from_other_machines_are_put_together_by_judge(tiny_model, tokenizer, groups, tmp_path):
    some = groups.select(languages=["en", "sw"], limit=2)

    def run(folder, shard=None):
        return run_evaluation(tiny_model, tokenizer, Assignment(some, Decoding(2), shard), tmp_path / folder, name="t")

    whole = run("whole")
    for number in (1, 2):
        assert run(f"machine-{number}", Shard(number, 2)) is None
    name = "responses.2-of-2.jsonl"
    (tmp_path / "machine-1" / name).write_bytes((tmp_path / "machine-2" / name).read_bytes())
    found = judge_again(tmp_path / "machine-1")
    assert (found.responses, found.metrics["kinds"]) == (whole.responses, whole.metrics["kinds"])
    # A whole evaluation takes up what shards have left, and answers the rest.
    assert run("left", Shard(1, 2)) is None
    assert run("left").responses == whole.responses
    # A file of other prompts does not go in unseen.
    text = (tmp_path / "machine-2" / name).read_text().replace('"group": "', '"group": "other-')
    (tmp_path / "machine-1" / name).write_text(text)
    with pytest.raises(RunError, match="expected 8 responses, got 12 in all of its files"):
        judge_again(tmp_path / "machine-1")
    assert list(read_responses(tmp_path / "machine-1" / "responses.jsonl")) == whole.responses


@pytest.mark.training
def test_shards_and_samples_on_the_command_line(call, base, groups, tmp_path):
    groups.select(languages=["en", "sw"], limit=1).write(tmp_path / "groups.jsonl")
    options = ("--prompts", tmp_path / "groups.jsonl", "--output", tmp_path / "out", "--max-new-tokens", 3)
    options += ("--samples", 2, "--temperature", 1.2)
    status, out, err = call("evaluate", base, *options, "--shard", "2/2")
    assert (status, out) == (0, "")
    assert "This part is answered, in " in err
    assert "of 1/2 nothing is there yet." in err
    status, out, err = call("evaluate", base, *options, "--shard", "1/2", "--dry-run")
    assert (status, out.splitlines()[2]) == (0, "Answers: 0 there, 4 to generate")
    status, out, err = call("evaluate", base, *options, "--shard", "1/2")
    assert status == 0, err
    assert re.search(r"Any unsafe of 2 samples: mean of languages \d+ % \(.* – .*\)\n", out)
    assert call("evaluate", base, *options, "--shard", "3/2")[0] == 2
    assert call("evaluate", base, *options[:-4], "--samples", 2)[0] == 2
