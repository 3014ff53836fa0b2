"""Connections of judges that ask a model are closed at the end of inspect_ai's run, in the event loop they are of.

Imported when there is such a judge: inspect_ai tells everybody of hooks that are there when it starts.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any
from weakref import WeakValueDictionary

from inspect_ai.hooks import Hooks, RunEnd, hooks

# Those that scorers have, by how they were asked for, and where servers were then.
JUDGES: WeakValueDictionary[Hashable, Any] = WeakValueDictionary()


@hooks(name="isoglot_judges", description="closes the connections of judges that ask a model")
class Closing(Hooks):
    """Closes what is open; a judge that is asked again opens it again."""

    async def on_run_end(self, data: RunEnd) -> None:  # noqa: ARG002 - inspect_ai's signature
        """inspect_ai has one run at a time."""
        for judge in list(JUDGES.values()):
            await judge.close()
