"""Worker processes: one that dies, and one that is alone in the world."""

from __future__ import annotations

import multiprocessing

import pytest

from isoglot.sweep.pool import DIED, run_trials

pytestmark = pytest.mark.training


def test_a_trial_that_kills_its_process_costs_the_others_nothing(planned, works, tmp_path):
    settings = [{"name": name, "consistency.weight": n} for n, name in enumerate(["a", "deadly", "b", "broken"], 1)]
    made = planned(settings=settings, seeds=[0])
    ended, handed_out = {}, []
    run_trials(
        made.trials,
        lambda trial, reason: ended.setdefault(trial.name, reason),
        processes=2,
        threads=1,
        work=works.die_if_told,
        begun=lambda trial: handed_out.append(trial.name),
    )
    assert ended == {"base": None, "a": None, "deadly": DIED, "b": None, "broken": "it is broken"}
    begun = (tmp_path / "out" / "trials.log").read_text().split()
    assert {*begun} <= {*handed_out}
    assert handed_out.count("deadly") == 2
    assert begun.count("deadly") == 2
    assert max(begun.count(name) for name in ("base", "a", "b", "broken")) <= 2
    failed = {trial.name: trial.failure() for trial in made.trials}
    assert failed == {"base": None, "a": None, "deadly": DIED, "b": None, "broken": "it is broken"}


def test_ctrl_c_ends_the_workers_at_once(planned, works):
    made = planned(seeds=[0])

    def stop(trial, reason):
        raise KeyboardInterrupt

    before = set(multiprocessing.active_children())
    with pytest.raises(KeyboardInterrupt):
        run_trials(made.trials, stop, processes=1, threads=1, work=works.finish)
    assert set(multiprocessing.active_children()) <= before
