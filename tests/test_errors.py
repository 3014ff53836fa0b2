"""What is raised, and how it reads."""

from __future__ import annotations

import pytest

from isoglot import errors
from isoglot.errors import ConfigError, DataError, all_at_once, did_you_mean, problem, raise_all, unknown


@pytest.mark.parametrize(
    ("error", "built_in"),
    [
        (errors.ConfigError, ValueError),
        (errors.DataError, ValueError),
        (errors.ModelError, ValueError),
        (errors.MissingFileError, FileNotFoundError),
        (errors.RunError, RuntimeError),
    ],
)
def test_errors_are_ours_and_the_fitting_built_in_one(error, built_in):
    assert issubclass(error, errors.IsoglotError)
    assert issubclass(error, built_in)
    assert str(error("what happened")) == "what happened"


def test_a_problem_is_a_sentence_with_a_next_step():
    assert problem("layer", "1 to 4", 9) == "layer: expected 1 to 4, got 9."
    assert problem("layer", "1 to 4", 9, "Choose another") == "layer: expected 1 to 4, got 9. Choose another."
    assert problem("x", "a", "b", did_you_mean("swx", ["sw", "zh"])).endswith("got b. Did you mean 'sw'?")
    assert did_you_mean("nothing like it", ["sw"]) == ""


def test_an_unknown_name_is_told_the_close_one_or_the_known_ones_or_the_nearest():
    assert unknown("guard", "name", "qwen3guard", ["qwen3guard-strict"]).endswith("Did you mean 'qwen3guard-strict'?")
    guards = [f"guard-of-{letter}" for letter in "abcdefghijklmno"]
    assert unknown("guard", "name", "nosuch", guards) == f"guard: unknown name 'nosuch'. Known: {', '.join(guards)}."
    assert unknown("guard", "name", "nosuch", []) == "guard: unknown name 'nosuch'."
    many = [f"{letter}{letter}-{n}" for letter in "abcdefgh" for n in range(20)]
    said = unknown("task", "name", "h", many)
    assert said.startswith("task: unknown name 'h'. The nearest of 160: hh-")
    assert said.count(", hh-") == 4


def test_another_librarys_full_stop_is_not_doubled():
    assert problem("model", "one", "No key.", "Set it") == "model: expected one, got No key. Set it."
    assert problem("model", "one", "(no key.)") == "model: expected one, got (no key.)."
    assert problem("path", "a file", "..") == "path: expected a file, got ..."
    assert problem("text", "more", "'abc...") == "text: expected more, got 'abc...."


def test_a_problem_of_anything_fits_a_screen():
    long = "x" * 200_000
    for said in (problem(long, long, long, "Go on"), errors.not_allowed(long, long, "Go on")):
        assert len(said) < 8_000
        assert said.endswith("xxx. Go on.")
    plain = "; ".join(f"setting {n}" for n in range(100))
    assert problem("where", "others", plain).endswith(f"got {plain}.")  # what can be read is not cut


def test_all_problems_come_together():
    raise_all([], DataError)
    with pytest.raises(DataError, match=r"^a\nb$"):
        raise_all(["a", "b"], DataError)
    with pytest.raises(DataError, match=r"^0\n1\n... and 3 more problems.$"):
        raise_all([str(n) for n in range(5)], DataError, limit=2)


def test_no_message_is_longer_than_a_screen():
    with pytest.raises(DataError) as caught:
        raise_all([f"file, line {n}: {'x' * 100_000}. Correct the row." for n in range(200)], DataError)
    text = str(caught.value)
    assert len(text) < 10_000
    first, *_, last = text.splitlines()
    assert first.startswith("file, line 0: xxx")
    assert first.endswith("xxx. Correct the row.")
    assert last == f"... and {200 - len(text.splitlines()) + 1} more problems."
    with pytest.raises(DataError) as caught:
        raise_all(["\n".join(str(n) for n in range(1000)), "more"], DataError)  # one that is those of a whole file
    assert str(caught.value).splitlines()[-2:] == ["49", "... and 951 more problems."]


def test_what_is_beyond_a_screen_is_counted_through_every_layer_that_gathers_problems():
    with pytest.raises(DataError) as inner:
        raise_all([f"row {number}" for number in range(1100)], DataError)
    with pytest.raises(DataError) as outer:
        raise_all(["first", str(inner.value)], DataError)
    assert str(outer.value).splitlines()[-1] == "... and 1,051 more problems."
    with pytest.raises(DataError, match=r"^1\n... and 1 more problem.$"):
        raise_all(["1", "2"], DataError, limit=1)


def test_steps_that_do_not_need_each_other_say_together_what_is_wrong():
    def fails(error):
        def step():
            raise error

        return step

    assert all_at_once(lambda: 1, lambda: 2) == [1, 2]
    with pytest.raises(DataError, match=r"^alone$"):
        all_at_once(lambda: 1, fails(DataError("alone")))
    with pytest.raises(ConfigError) as caught:
        all_at_once(fails(DataError("one")), fails(ConfigError("two\nthree")))
    assert str(caught.value) == "one\ntwo\nthree"
    with pytest.raises(KeyError):  # no mistake of a user's
        all_at_once(fails(KeyError("bug")), fails(DataError("one")))
