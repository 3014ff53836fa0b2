"""A pivot that no group has."""

from __future__ import annotations

import pytest

from isoglot.errors import DataError

from .conftest import check, write


@pytest.mark.usefixtures("rules")
def test_python_reads_of_the_argument_and_not_of_the_option_of_a_command(tmp_path):
    file = write(tmp_path / "g.jsonl", {"id": "a", "prompts": {"sw": "Habari?", "de": "Wie?"}})
    for options, said in (
        ({"pivot": "zz"}, "pivot: expected a language that the groups have, got 'zz'. Languages there: sw, de."),
        ({}, f"{file}: expected groups with their pivot, got none that has en. "
        "Languages there: sw, de. Name one as the pivot, such as sw."),
    ):  # fmt: skip
        with pytest.raises(DataError) as caught:
            check(file, tmp_path / "out", reading=options)
        assert str(caught.value) == said
