"""What a browser makes of a sweep's page: it fits a telephone, and every column can be reached."""

from __future__ import annotations

import pytest

from isoglot.sweep.results import collect
from isoglot.sweep.writing import PAGE, write

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [390, 1280])
def test_every_column_can_be_reached(opened, unreachable, planned, works, width):
    names = ["a", "b", "c", "objective=pivot_cosine, layer=[1, 2], weight=2.5, retention=0.25", "e", "W" * 60]
    made = planned(settings=[{"name": name, "consistency.weight": place} for place, name in enumerate(names)])
    for trial in made.trials:
        works.write_result(trial)
    write(collect(made))
    tab, requests, said = opened(made.file.output / PAGE, width)
    assert (requests, said) == ([(made.file.output / PAGE).as_uri()], [])
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert unreachable(tab) == []
