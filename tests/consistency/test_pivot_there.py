"""Groups none of which has its pivot: the message names it, and the languages that there are."""

from __future__ import annotations

import pytest

from isoglot import PromptGroups
from isoglot.consistency.prompts import parted
from isoglot.consistency.settings import Consistency
from isoglot.errors import DataError
from isoglot.groups import PromptGroup


def test_the_pivot_that_is_missing_is_named():
    groups = PromptGroups([PromptGroup("a", {"sw": "Habari?", "de": "Wie geht es?"}, kind="harmful")])
    with pytest.raises(DataError) as caught:
        parted(groups, Consistency(retention=0))
    said = str(caught.value)
    assert "at least one group of kind harmful with its pivot (en) and another language" in said
    assert "got PromptGroups(1 group: 1 harmful; 2 languages)." in said
    assert "Languages there: sw, de. Name it: isoglot groups convert FILE --pivot TAG" in said
