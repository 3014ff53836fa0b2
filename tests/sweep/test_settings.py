"""Settings: grids multiplied out, names, and which settings are one."""

from __future__ import annotations

from pathlib import Path

import pytest

from isoglot.settings.dotted import changed
from isoglot.sweep import SweepFile, plan
from isoglot.sweep.setting import expand

RUN = {"model": {"path": "m"}, "data": {"preferences": "p", "groups": "g"}, "consistency": {"layer": 1, "weight": 2.0}}


def expanded(**parts):
    values = {"run": RUN, "evaluate": {"groups": "t"}, "output": "o"} | parts
    return expand(SweepFile.from_dict(values, {"folder": Path()}))


def names(**parts):
    return [setting.name for setting in expanded(**parts)]


def test_a_grid_is_multiplied_out_and_explicit_settings_follow():
    settings = expanded(
        grid={"consistency.layer": [1, 2], "consistency.weight": [0.5, 2.0]},
        settings=[{"name": "dpo", "consistency": None}, {"name": "paper", "consistency": {"objective": "rank_one"}}],
    )
    assert [(setting.name, setting.run.get("consistency")) for setting in settings] == [
        ("layer=1, weight=0.5", {"layer": 1, "weight": 0.5}),
        ("layer=1, weight=2", {"layer": 1, "weight": 2.0}),
        ("layer=2, weight=0.5", {"layer": 2, "weight": 0.5}),
        ("layer=2, weight=2", {"layer": 2, "weight": 2.0}),
        ("dpo", None),
        ("paper", {"objective": "rank_one"}),
    ]


def test_several_grids_each_for_itself():
    assert names(
        grid=[
            {"consistency.objective": "rank_one", "consistency.layer": [1, -1]},
            {"consistency.objective": "pivot_cosine", "consistency.retention": [0, 1.0]},
        ]
    ) == [
        "objective=rank_one, layer=1",
        "objective=rank_one, layer=-1",
        "objective=pivot_cosine, retention=0",
        "objective=pivot_cosine, retention=1",
    ]


def test_names_hold_what_differs_and_no_more():
    assert names(grid={"consistency.layer": [3], "consistency.weight": [1, 2]}) == ["weight=1", "weight=2"]
    assert names(grid={"consistency.layer": [3]}) == ["layer=3"]
    assert names() == ["run"]
    assert names(grid={"method": ["dpo", "sft"]}) == ["method=dpo", "method=sft"]
    assert names(grid={"consistency.layer": [[1, 2], 0.5]}) == ["layer=[1, 2]", "layer=0.5"]
    section = {"trainer": [{"max_steps": 3}], "trainer.beta": [0.1, 0.2]}
    assert names(grid=section) == ["beta=0.1", "beta=0.2"]
    assert names(grid={"peft": [None, {"r": 8}]}) == ["peft=none", "peft={r: 8}"]
    assert names(grid={"trainer.beta": [0.1, 0.2], "peft.beta": [1, 2]})[0] == "trainer.beta=0.1, peft.beta=1"


def test_names_that_would_be_alike_say_more():
    settings = [{"consistency.layer": 2}, {"consistency.layer": 2, "consistency.weight": 1}, {"consistency.weight": 3}]
    assert names(settings=[*settings, {"consistency.layer": 2, "method": "sft", "name": "own"}]) == [
        "layer=2",
        "layer=2, weight=1",
        "weight=3",
        "own",
    ]
    grids = [{"consistency.layer": [2]}, {"consistency.layer": [2], "consistency.weight": [1.0]}]
    assert len(set(names(grid=grids))) == 2


def test_no_two_settings_have_one_name():
    given = [{"name": "layer=1", "consistency.layer": 3}, {"consistency.layer": 1}, {"consistency.layer": 1}]
    assert names(grid={"consistency.layer": [1, 2]}, settings=given) == [
        "layer=1 (2)",
        "layer=2",
        "layer=1",
        "layer=1 (2)",
        "layer=1 (2)",  # the same setting, written again
    ]


def test_what_is_not_written_is_named_by_its_default():
    run = {"model": {"path": "m"}, "data": RUN["data"], "consistency": {}}
    grids = [{"consistency.layer": [1, 2]}, {"consistency.layer": [2], "consistency.weight": [1.0]}]
    assert names(run=run, grid=grids) == ["layer=1", "layer=2", "layer=2, weight=1"]
    settings = [{"consistency.weight": 1.0}, {"consistency.layer": 2}, {"consistency.weight": 1.0, "trainer.beta": 1}]
    assert names(run=run, settings=[*settings, {"trainer.beta": 2, "consistency.weight": 1.0}])[0] == "weight=1"
    assert names(settings=[{"peft.r": 4}, {"peft.r": 4, "trainer.beta": 2.0}, {"trainer.beta": 2.0}])[1:] == [
        "r=4, beta=2",
        "beta=2",
    ]


def test_axes_have_the_values_that_settings_have_by_default(planned):
    from isoglot.sweep.results import axes

    made = planned(
        grid=[{"consistency.retention": [0.0, 1.0]}, {"consistency.separation": [0.5], "consistency.kinds": ["all"]}],
        settings=[{"name": "without", "consistency": None}],
    )
    assert axes(made.settings[1:]) == {
        "consistency.retention": [0.0, 0.4, 1.0],
        "consistency.separation": [0.0, 0.5],
        "consistency.kinds": [["harmful"], "all"],
    }


def test_what_is_trained_does_not_make_another_model_before_training(planned):
    made = planned(grid={"model.trained_layers": [None, 0.25]})
    assert [one.name for one in made.settings if one.base] == ["base"]


def test_changes_go_in_from_the_whole_to_its_parts():
    made = changed(RUN, {"consistency.layer": 3, "consistency": {"objective": "rank_one"}, "trainer.beta": 0.1})
    assert made["consistency"] == {"objective": "rank_one", "layer": 3}
    assert made["trainer"] == {"beta": 0.1}
    assert "trainer" not in RUN
    assert changed(RUN, {"consistency.extractor": None})["consistency"]["extractor"] is None
    assert "consistency" not in changed(RUN, {"consistency": None})


def test_seeds_and_paths_are_filled_in():
    setting = expanded(grid={"data.groups": ["{seed}/g"]})[0]
    run = setting.filled(4, Path("/x"), Path("/out"))
    assert run["data"] == {"preferences": "/x/p", "groups": "/x/4/g"}
    assert run["trainer"]["seed"] == run["consistency"]["seed"] == 4
    assert run["output"] == "/out"
    assert run["model"]["path"] == "m"  # a name on the hub: no such folder


def test_a_template_of_the_runs_own_is_found_from_the_sweep_file_and_is_an_input_of_its_trials(values, tmp_path):
    """By its content: the same file elsewhere is the same work, another text in its place is not."""
    run = values()["run"]
    run["method"], run["trainer"] = "sft", run["trainer"] | {"chat_template_path": "own.jinja"}
    keys = []
    for folder, text in (("a", "one"), ("b", "one"), ("a", "two")):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "own.jinja").write_text(text)
        there = SweepFile.from_dict(values(run=run), {"folder": tmp_path / folder})
        trial = plan(there).settings[-1].trials[0]
        assert trial.run["trainer"]["chat_template_path"] == str(tmp_path / folder / "own.jinja")
        keys.append(trial.key)
    assert keys[0] == keys[1] != keys[2]


def test_equal_settings_are_one_however_they_are_written(planned):
    made = planned(
        grid={"consistency.weight": [2.0, 1]},
        settings=[
            {"name": "by default", "consistency": {"groups_per_step": 2}},
            {"name": "text", "consistency.weight": 1.0, "trainer.learning_rate": "1e-6"},
            {"trainer.learning_rate": 1e-6, "consistency.weight": 1.0},
        ],
    )
    assert [one.name for one in made.settings] == ["base", "by default", "weight=1", "text"]
    assert len(made.trials) == 2 * 3 + 2


def test_digests_do_not_depend_on_seeds_names_or_later_settings(planned, monkeypatch):
    def digests(**parts):
        return [one.digest for one in planned(**parts).settings]

    first = digests(grid={"consistency.weight": [0.5, 1]})
    assert digests(grid={"consistency.weight": [0.5, 1]}, seeds=[1, 0]) == first
    named = [{"name": "a", "consistency.weight": 0.5}, {"name": "b", "consistency.weight": 1}]
    assert digests(settings=named) == first
    assert len(set(first)) == 3


@pytest.mark.parametrize(
    ("layers", "count"),
    [([0.25, 0.5, 1], 1), ([[0.5, 1]], 1), ([0.25, 0.5, 1.0], 0), ([1, 2, 3], 0), ([0.5, 2], 0)],
    ids=str,
)
def test_a_layer_1_among_shares_is_said_to_be_the_first(planned, layers, count):
    notes = [note for note in planned(grid={"consistency.layer": layers}).notes if "consistency.layer" in note]
    assert (
        notes
        == ["consistency.layer: 1 is the first layer. The last one is 1.0, as a share of the depth, or -1."] * count
    )
