"""Requests that failed for good: which, why, and whether any more is sent."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from ..errors import RunError, some
from ..providers.failure import without_known_secrets, without_secrets
from ..providers.patience import KEPT, Patience
from ..runs import Key

_LONGEST = 300  # characters of what an error says
_MARKUP = re.compile(r"\[/?(?:bold|blue|green|italic|dim)[a-z ]*\]")  # in what inspect_ai says of what is missing


class Failures:
    """What failed, and why.

    Args:
        at_a_time: requests that are under way together.
    """

    def __init__(self, at_a_time: int = 1) -> None:
        self._reasons: dict[Key, str] = {}
        self._patience, self._count = Patience(at_a_time), 0

    @property
    def any(self) -> bool:
        """Whether a request failed, be it that it was answered later."""
        return self._count > 0

    @property
    def hopeless(self) -> bool:
        """Whether so many failed, one after the other, that the next would, too."""
        return self._patience.over

    def add(self, key: Key, error: BaseException) -> RunError:
        """Notes a failure; gives the error to raise in its place, which holds no secret."""
        self._patience.failed()
        self._count += 1
        attempt = getattr(error, "last_attempt", None)  # of tenacity, whose error says nothing itself
        cause = attempt.exception() if attempt is not None else None
        self._reasons[key] = spoken(cause or error)
        return RunError(self._reasons[key])

    def answered(self, key: Key) -> None:
        """The request was answered in the end."""
        self._patience.answered()
        self._reasons.pop(key, None)

    def raise_for(self, missing: int, wanted: int, folder: Path) -> None:
        """Raises if answers are missing.

        Raises:
            RunError: with how many, in which languages, the first cells, and why.
        """
        if not missing:
            return
        keys = sorted(self._reasons)  # they failed in any order
        languages = Counter(tag for _, tag, _ in keys)
        by_language = ", ".join(f"{tag} {count}" for tag, count in languages.items())
        cells = some((f"{group}:{tag}" for group, tag, _ in keys), 5)
        raise self._patience.error(
            str(folder),
            f"an answer to each of {wanted} requests",
            Counter(self._reasons.values()),
            missing=f"{missing:,} ({by_language}: {cells})" if keys else f"{missing:,}",
            unasked=missing - len(keys),
            step=f"{KEPT}; isoglot judge counts what is there",
        )


def spoken(error: BaseException) -> str:
    """What a provider's error says, in one line of plain text without secrets; its type where that tells more."""
    plain = without_secrets(" ".join(_MARKUP.sub("", str(error)).split()))  # before half of one is cut off
    said, kind = plain.removeprefix("ERROR: ").rstrip(".:")[:_LONGEST], type(error).__name__
    return said if kind == "PrerequisiteError" else f"{kind}: {said}" if said else kind


def clean_logs(folder: Path) -> None:
    """Writes logs anew in which secrets stand: servers repeat a key in what they say of a failure."""
    from inspect_ai.log import EvalLog, read_eval_log, write_eval_log

    for path in folder.glob("*.eval"):
        text = read_eval_log(str(path)).model_dump_json()
        cleaned = without_known_secrets(text)
        if cleaned != text:
            write_eval_log(EvalLog.model_validate_json(cleaned), str(path))
