"""When somebody who answers nothing is asked no further, and what is said then."""

from __future__ import annotations

from collections import Counter

import pytest

from isoglot.errors import RunError
from isoglot.providers.patience import Patience


def failures_until_over(patience: Patience) -> int:
    count = 0
    while not patience.over:
        patience.failed()
        count += 1
    return count


@pytest.mark.parametrize(("at_a_time", "many"), [(1, 10), (8, 10), (32, 32)])
def test_as_many_must_fail_in_a_row_as_one_outage_may_take(at_a_time, many):
    patience = Patience(at_a_time)
    for _ in range(many - 1):
        patience.failed()
    patience.answered()
    assert failures_until_over(patience) == many


def test_what_is_said_names_what_is_missing_why_and_what_to_do():
    patience = Patience()
    reasons = Counter({"no answer in 5 seconds.": 9, "refused": 1})
    error = patience.error("m", "an answer to each of 3 questions", Counter(["refused"]), missing="1")
    assert isinstance(error, RunError)
    assert str(error) == (
        "m: expected an answer to each of 3 questions, got none to 1: refused. "
        "What came is kept: the same command asks for the rest."
    )
    failures_until_over(patience)
    assert str(patience.error("m", "answers", reasons, missing="1,200 (en 1,200)", unasked=1190, step="Mend it")) == (
        "m: expected answers, got none to 1,200 (en 1,200), 1,190 of them not asked after 10 failures in a row: "
        "no answer in 5 seconds (9), refused (1). Mend it."
    )
    assert "got none after 10 failures in a row: refused." in str(patience.error("m", "x", Counter(["refused"])))
    assert "got none to 2, 2 of them not asked: the run was stopped." in str(
        Patience().error("m", "x", Counter(), missing="2", unasked=2)
    )
