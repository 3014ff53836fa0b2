"""Runs with several evaluations: which one a page shows."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from isoglot.collect.collect import collect
from isoglot.collect.evaluations import chosen
from isoglot.errors import DataError


def evaluated(run: Path, **prompts_hash: str) -> Path:
    """A run with evaluations by name, each of prompts with a hash."""
    for name, value in prompts_hash.items():
        folder = run / "evaluations" / name if name != "own" else run
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "responses.jsonl").touch()
        (folder / "protocol.json").write_text(json.dumps({"prompts_hash": value}))
    return run


def test_the_one_that_all_runs_share_is_taken(tmp_path: Path):
    first = evaluated(tmp_path / "first", a="1", b="2")
    second = evaluated(tmp_path / "second", other="2", c="3")
    third = evaluated(tmp_path / "third", own="2")
    trained = tmp_path / "trained"
    names = [first / "evaluations" / "b", second / "evaluations" / "other", third, trained]
    assert chosen([first, second, third, trained]) == names


def test_what_may_mean_several_is_asked(tmp_path: Path):
    first = evaluated(tmp_path / "first", a="1", b="2")
    second = evaluated(tmp_path / "second", a="1", b="2")
    with pytest.raises(DataError) as caught:
        chosen([first, second])
    assert str(caught.value).splitlines() == [
        f"{run}: expected one evaluation, got 2: a, b. Choose one: --evaluation a, --evaluation b."
        for run in (first, second)
    ]
    assert chosen([first, second], "a") == [run / "evaluations" / "a" for run in (first, second)]
    assert chosen([first / "evaluations" / "a", second]) == [first / "evaluations" / "a", second / "evaluations" / "a"]


def test_the_evaluation_of_the_folder_itself_has_a_name(tmp_path: Path):
    run = evaluated(tmp_path / "run", own="1", a="2", b="3")
    with pytest.raises(DataError) as caught:
        chosen([run])
    assert str(caught.value) == (
        f"{run}: expected one evaluation, got 3: . (of the folder itself), a, b. "
        "Choose one: --evaluation ., --evaluation a, --evaluation b."
    )
    assert chosen([run], ".") == [run]
    assert chosen([run], "a") == [run / "evaluations" / "a"]
    with pytest.raises(DataError, match=r"expected an evaluation 'c', got \., a, b"):
        chosen([run], "c")
    lacks = evaluated(tmp_path / "lacks", a="1")
    with pytest.raises(DataError, match=r"expected an evaluation '\.', got a"):
        chosen([lacks], ".")


def test_an_attempt_without_numbers_is_passed_over(tmp_path: Path):
    run = evaluated(tmp_path / "run", failed="1", whole="2")
    (run / "evaluations" / "whole" / "metrics.json").write_text("{}")
    assert chosen([run]) == [run / "evaluations" / "whole"]
    assert chosen([run], "failed") == [run / "evaluations" / "failed"]
    with pytest.raises(DataError, match=r"expected an evaluation 'none', got failed, whole. Name one of them."):
        chosen([run], "none")


def test_runs_that_share_none_each_need_to_have_one(tmp_path: Path):
    first, second = evaluated(tmp_path / "first", a="1", b="2"), evaluated(tmp_path / "second", c="3")
    with pytest.raises(DataError, match=r"first: expected one evaluation, got 2: a, b"):
        chosen([first, second])
    one = evaluated(tmp_path / "one", a="1")
    assert chosen([one, second]) == [one / "evaluations" / "a", second / "evaluations" / "c"]


def test_a_name_may_be_its_beginning(tmp_path: Path):
    run = evaluated(tmp_path / "run", **{"multijail-1": "1", "multijail-12": "2", "xstest-3": "3"})
    assert chosen([run], "xst")[0].name == "xstest-3"
    assert chosen([run], "multijail-1")[0].name == "multijail-1"  # in full
    with pytest.raises(DataError, match="got 2: multijail-1, multijail-12"):
        chosen([run], "multi")
    with pytest.raises(DataError, match=r"expected an evaluation 'xtest-3', got .*Did you mean 'xstest-3'"):
        chosen([run], "xtest-3")


def test_a_run_and_its_evaluation_are_one_run_on_the_page(four_runs: list[Path], tmp_path: Path):
    run = Path(shutil.copytree(four_runs[1], tmp_path / "dpo"))
    own = run / "evaluations" / "test-1"
    own.mkdir(parents=True)
    for name in ("metrics.json", "protocol.json", "responses.jsonl", "verdicts.rules.jsonl"):
        (run / name).rename(own / name)
    [at_run], [at_evaluation], [before] = collect([run]), collect([own]), collect([four_runs[1]])
    for found in (at_run, at_evaluation):
        assert found.name == before.name
        assert found.trained
        assert not found.notes
        assert found.cells == before.cells
        assert found.kinds.keys() == before.kinds.keys()
        assert found.log == before.log


def made_again(run: Path, name: str) -> None:
    """What ``isoglot evaluate --from`` leaves."""
    folder = run / "evaluations" / name
    folder.mkdir()
    for file in ("protocol.json", "responses.jsonl"):
        shutil.copy(folder.with_name(name.removesuffix("-again")) / file, folder)
    (folder / "again.json").write_text("{}")


def test_of_one_that_was_made_again_the_later_is_taken_and_said(tmp_path: Path):
    run = evaluated(tmp_path / "run", a="1")
    made_again(run, "a-again")
    there = run / "evaluations"
    said = f"{run}: a was made again, and a-again is taken. For the other: --evaluation a."
    with pytest.warns(UserWarning, match="made again") as told:
        assert chosen([run]) == [there / "a-again"]
    assert [str(one.message) for one in told] == [said]
    assert chosen([run], "a") == [there / "a"]
    other = evaluated(tmp_path / "other", a="1", b="2")
    with pytest.warns(UserWarning, match="a-again is taken"):
        assert chosen([run, other]) == [there / "a-again", other / "evaluations" / "a"]


def test_where_other_prompts_were_asked_too_or_several_made_again_it_is_asked(tmp_path: Path):
    run = evaluated(tmp_path / "run", a="1", b="2")
    made_again(run, "a-again")
    with pytest.raises(DataError, match="got 3: a, a-again, b"):
        chosen([run])
    with pytest.warns(UserWarning, match="a was made again"):
        assert chosen([run, evaluated(tmp_path / "other", a="1")])[0].name == "a-again"
    several = evaluated(tmp_path / "several", a="1", c="1")  # nobody knows which is later
    with pytest.raises(DataError, match="got 2: a, c"):
        chosen([several])
    made_again(several, "a-again")
    made_again(several, "c-again")
    with pytest.raises(DataError, match="got 4: a, a-again, c, c-again"):
        chosen([several])
