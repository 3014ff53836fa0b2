"""What inspect_ai finds of isoglot, by the entry point ``isoglot`` of the group ``inspect_ai``."""

from .model_api import IsoglotAPI
from .rates import rates
from .scorers import answered_own, over_refused, refused, safe
from .tasks import groups, multijail, pku, polyrefuse, xstest

__all__ = [
    "IsoglotAPI",
    "answered_own",
    "groups",
    "multijail",
    "over_refused",
    "pku",
    "polyrefuse",
    "rates",
    "refused",
    "safe",
    "xstest",
]
