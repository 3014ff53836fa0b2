"""What earlier calls found in a folder stays beside what a call finds, and what cannot stay is said."""

from __future__ import annotations

import json
import warnings

import pytest

from isoglot.metrics import wilson
from isoglot.utility import Chosen, Sample, run_utility
from isoglot.utility.samples import samples_path

SCORES = {"en": [1, 1, 0, 1], "sw": [0, 1, 0, 0], "de": [1, 0, 1, 0]}
OF_BASE = {"en": [1, 0, 0, 0], "sw": [1, 1, 0, 0], "de": [0, 0, 0, 0]}


class Subject:
    compares, through_template = True, False

    def __init__(self, name, scores):
        self.name, self.scores = name, scores

    def facts(self):
        return {"model": self.name, "model_hash": self.name, "chat_template": False}

    def for_task(self, kept, show):
        return self


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Runs made-up tasks: ``(subject, families, languages, folder name)``; what utility.json holds, and warnings."""

    def find_tasks(names, include_path, languages):
        lacks = {name: ["ps"] for name in names if "ps" in languages}
        return None, [Chosen(name, tag, f"{name}_{tag}") for name in names for tag in languages if tag != "ps"], lacks

    def run_task(subject, task, index, limit, *, template):
        scores = subject.scores[task.language]
        return [Sample(f"/{place}", float(score), "acc", "none") for place, score in enumerate(scores)]

    monkeypatch.setattr("isoglot.utility.run.find_tasks", find_tasks)
    monkeypatch.setattr("isoglot.utility.run.run_task", run_task)

    def call(subject, names, languages, folder="out", **more):
        output = tmp_path / folder
        if "base" in more:
            more["base"] = tmp_path / more["base"]
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            found = run_utility(subject, names.split(), output, languages=languages.split(), **more)
        assert json.loads((output / "utility.json").read_text()) == found
        return found, [str(one.message) for one in caught]

    return call


MODEL, BASE = Subject("model", SCORES), Subject("base", OF_BASE)


def mean(*tags):
    return sum(sum(SCORES[tag]) / 4 for tag in tags) / len(tags)


def test_earlier_languages_of_a_task_stay_and_count_in_its_mean(run):
    both, _ = run(MODEL, "t other", "en sw ps")
    found, said = run(MODEL, "t", "de")
    assert said == []
    task = found["tasks"]["t"]
    assert sorted(task["languages"]) == ["de", "en", "sw"]
    assert {tag: one["score"] for tag, one in task["languages"].items()} == {
        tag: wilson(sum(scores), 4).as_dict() for tag, scores in SCORES.items()
    }
    assert task["mean"]["value"] == pytest.approx(mean("en", "sw", "de"))
    assert task["missing"] == ["ps"]
    assert found["tasks"]["other"] == both["tasks"]["other"]
    again, said = run(MODEL, "t", "en")  # which is there already
    assert (again["tasks"]["t"]["languages"], said) == ({**task["languages"]}, [])


def test_differences_stay_where_the_base_has_the_language_and_what_goes_is_said(run, tmp_path):
    run(BASE, "t other", "en sw", "base")
    before, _ = run(MODEL, "t other", "en sw", base="base")
    assert before["tasks"]["t"]["difference"]["value"] == pytest.approx((0.5 - 0.25) / 2)
    run(BASE, "t", "de", "base")
    found, said = run(MODEL, "t", "de", base="base")
    differences = {tag: one["difference"]["value"] for tag, one in found["tasks"]["t"]["languages"].items()}
    assert (differences, said) == ({"de": 0.5, "en": 0.5, "sw": -0.25}, [])
    assert found["tasks"]["t"]["difference"]["value"] == pytest.approx(0.25)
    assert found["tasks"]["other"] == before["tasks"]["other"]

    run(Subject("small", OF_BASE), "t", "de", "small")
    found, said = run(MODEL, "t", "de", base="small")
    path = tmp_path / "out" / "utility.json"
    lost = "Without a difference to base now: other in en, sw; t in en, sw. To have it, give that --base."
    assert said == [f"{path}: {lost}"]
    languages = found["tasks"]["t"]["languages"]
    assert [tag for tag, one in languages.items() if "difference" in one] == ["de"]
    assert found["tasks"]["t"]["difference"]["value"] == 0.5  # of the one language that both have
    assert found["tasks"]["t"]["mean"]["value"] == pytest.approx(mean("en", "sw", "de"))
    assert found["tasks"]["other"]["mean"] == before["tasks"]["other"]["mean"]
    assert "difference" not in found["tasks"]["other"]
    assert not any("difference" in one for one in found["tasks"]["other"]["languages"].values())
    back, said = run(MODEL, "t other", "en sw", base="base")
    assert back["tasks"]["other"] == before["tasks"]["other"]
    assert said == []  # de has one again: the base has it


def test_numbers_whose_samples_are_gone_are_named(run, tmp_path):
    run(MODEL, "t other", "en sw")
    samples_path(tmp_path / "out", "t_sw").unlink()
    found, said = run(MODEL, "t", "de")
    assert sorted(found["tasks"]["t"]["languages"]) == ["de", "en"]
    path = tmp_path / "out" / "utility.json"
    assert said == [f"{path}: Not there any more, as the samples are not: t in sw."]
    for file in (tmp_path / "out").glob("*.jsonl"):
        file.unlink()
    found, said = run(MODEL, "t", "en", limit=3)  # other settings, with which nothing of before can stand
    assert (list(found["tasks"]), list(found["tasks"]["t"]["languages"])) == (["t"], ["en"])
    assert said == [f"{path}: Not there any more, as the samples are not: other in en, sw; t in de."]
