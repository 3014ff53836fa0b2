"""What one process meets, all of them hear of: nobody waits for one that is gone."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.training

SECONDS = 120
TRAINED = dict(name="it", kind="trainer", term={}, args=dict(per_device_train_batch_size=2))


@pytest.mark.parametrize(
    ("fails", "reason"),
    [
        ("raises", "the reason of the second process"),
        ("killed", "SIGKILL|Connection (reset|closed) by peer"),
        ("poisoned", r"expected finite values, got infinity or not a number"),
    ],
)
def test_a_process_that_dies_ends_the_run_with_its_reason(fails, reason, failing):
    status, said = failing(TRAINED | dict(fails=fails), seconds=SECONDS)
    assert status != 0
    assert re.search(reason, said), said[-4000:]


@pytest.fixture(scope="module")
def skipped(run):
    loop = dict(kind="loop", mode="sequential", steps=1, poison=1)
    return run(
        [
            loop | dict(name=name, engine="ddp", term=dict(on_nonfinite="skip") | term)
            for name, term in {"chunks": dict(tokens_per_pass=150), "together": dict(objective="info_nce")}.items()
        ]
    )


@pytest.mark.parametrize("name", ["chunks", "together"])
def test_what_one_process_must_leave_out_all_leave_out(name, skipped):
    notes = skipped[name].notes
    assert notes["metrics"] == [{"consistency/skipped": 1.0}]
    assert notes["empty"]
