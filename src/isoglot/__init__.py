"""isoglot: align a language model in one language, and transfer the alignment to others.

The public names are imported when they are first used; ``import isoglot`` itself loads no heavy library.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from .attach import attach  # now, or the folder of that name would hide it once it is imported
from .evaluate import evaluate

__version__ = "0.1.0"

_HOME = {
    "Attachment": "attach.attachment",
    "Consistency": "consistency",
    "IsoglotError": "errors",
    "PromptGroup": "groups",
    "PromptGroups": "groups",
    "RuleJudge": "judges",
    "Verdict": "judges",
    "pivot_cosine": "objectives",
    "pivot_distance": "objectives",
    "rank_one": "objectives",
}
_SUBPACKAGES = ("judges", "metrics", "objectives", "representation")

__all__ = ["__version__", "attach", "evaluate", *sorted(_HOME)]  # noqa: PLE0604 - names resolved by __getattr__

if TYPE_CHECKING:
    from .attach.attachment import Attachment as Attachment
    from .consistency import Consistency as Consistency
    from .errors import IsoglotError as IsoglotError
    from .groups import PromptGroup as PromptGroup
    from .groups import PromptGroups as PromptGroups
    from .judges import RuleJudge as RuleJudge
    from .judges import Verdict as Verdict
    from .objectives import pivot_cosine as pivot_cosine
    from .objectives import pivot_distance as pivot_distance
    from .objectives import rank_one as rank_one


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)
    elif name in _SUBPACKAGES:
        return importlib.import_module(f".{name}", __name__)
    else:
        raise AttributeError(f"module 'isoglot' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, *_SUBPACKAGES])
