"""What processes make of what each of them has, by hand: three processes, of which the second has 2 and the third 4."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.training


@pytest.fixture(scope="module")
def met(run):
    return run([dict(name="met", kind="meeting")], processes=3)["met"].notes


def test_numbers_are_added_and_compared(met):
    assert (met["total"], met["most"]) == (1 + 2 + 4, 4)


def test_a_mean_is_that_of_all_processes(met):
    assert met["mean"] == [pytest.approx([7 / 3, 1]), pytest.approx(-7 / 3)]


def test_states_of_all_stand_one_after_another_and_each_process_has_the_gradient_of_its_own(met):
    """Of the sum of squares, 2 x; times three processes, over which it is averaged later."""
    assert met["joined"] == [2, 4, 4]
    assert met["gradients"] == [[], [3 * 2 * 2], [3 * 2 * 4] * 2]
