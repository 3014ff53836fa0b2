"""A run that ends with its harmless prompts far away and all alike says so."""

import json
import math
import warnings

import pytest

from isoglot.train.ending import concern, warn_of


def log(drift, cosine, lines=20):
    """A log that passes both bounds on its way, and ends with these numbers."""
    on_the_way = [{"step": n, "consistency/retention": 1.5, "consistency/between_cosine": 0.9} for n in range(lines)]
    end = {"consistency/retention": drift, "consistency/between_cosine": cosine}
    return [line | end if n >= 0.7 * lines else line for n, line in enumerate(on_the_way)]


@pytest.mark.parametrize(("drift", "cosine"), [(1.68, 0.81), (1.09, 0.77), (0.93, 0.74)])
def test_where_harmless_answers_were_lost_it_is_said(drift, cosine):
    said = concern(log(drift, cosine))
    assert f"consistency/retention {drift:.2f}" in said
    assert f"consistency/between_cosine {cosine:.2f}" in said


@pytest.mark.parametrize(
    "lines",
    [
        log(1.30, 0.34),  # far away, but prompts still differ: six in ten harmless prompts are answered
        log(0.34, 0.68),  # alike, but where they were: 95 % are answered
        log(1.68, 0.81, lines=9),  # too short a log
        log(1.68, math.nan, lines=12),  # what is no number does not count
        [{"step": n, "loss": 1.0} for n in range(30)],
        [],
    ],
)
def test_of_other_logs_nothing_is_said(lines):
    assert concern(lines) is None


def test_lines_that_are_none_and_raw_states_are_left_out(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in log(1.68, 0.81)) + '{"step": 3, "consi')
    with pytest.warns(UserWarning, match="harmless prompts are far from where they were"):
        warn_of(path, "standardized")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of(path, "raw")
        warn_of(tmp_path / "none.jsonl", "standardized")
