"""Where an evaluation's judges leave what they found: the names of their files, and which judges there are."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .evaluations import PROTOCOL
from .json_file import readable_object

METRICS = "metrics.json"  # of the last judge that has given verdicts
AGREEMENT = "agreement.json"
_LONGEST = 80  # characters of a judge's name within a file's
_HASHED = re.compile(r".*-[0-9a-f]{8}")


def stem(judge: str) -> str:
    """The part of file names that stands for a judge; no two judges have the same.

    A name that cannot be a part of one, or might be another's, is written with a hash of it.

    Example:
        >>> stem("rules"), stem("org/judge"), stem("org_judge")
        ('rules', 'org_judge-4f9f19c8', 'org_judge')
    """
    plain = re.sub(r"[^A-Za-z0-9_.@+-]+", "_", judge)[:_LONGEST].strip(".")
    if plain == judge and plain and not _HASHED.fullmatch(plain):
        return plain
    return f"{plain}-{hashlib.sha256(judge.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def verdicts_path(folder: Path, judge: str) -> Path:
    """The file of a judge's verdicts, one on each response, in the responses' order."""
    return folder / f"verdicts.{stem(judge)}.jsonl"


def partial_path(folder: Path, judge: str) -> Path:
    """The file to which a judge's verdicts are added as they come; it is gone when they are all there."""
    return folder / f"verdicts.{stem(judge)}.partial"


def metrics_path(folder: Path, judge: str) -> Path:
    """The file of the numbers that a judge's verdicts give."""
    return folder / f"metrics.{stem(judge)}.json"


def files_of_judges(folder: Path) -> list[Path]:
    """All that judges have left in an evaluation's folder: verdicts, whole or in part, numbers, and how they agree."""
    patterns = ("verdicts.*.jsonl", "verdicts.*.partial", "metrics.*.json", METRICS, AGREEMENT)
    return [path for pattern in patterns for path in sorted(folder.glob(pattern))]


def is_silent(metrics: Mapping[str, Any]) -> bool:
    """Whether a judge has given no verdict at all, as its numbers say; of numbers of nothing it is not known."""
    languages = [one for part in _objects(metrics.get("kinds")) for one in _objects(part.get("languages"))]
    outcomes = [(one.get("n"), one.get("outcomes")) for one in languages]
    return bool(outcomes) and all(isinstance(of, Mapping) and of.get("failed") == n != 0 for n, of in outcomes)


def silent_judges(folder: Path) -> list[str]:
    """Those of :func:`judges_of` that have given no verdict at all."""
    return [name for name in judges_of(folder) if is_silent(readable_object(metrics_path(folder, name)))]


def _objects(found: Any) -> list[Mapping[str, Any]]:
    return [one for one in found.values() if isinstance(one, Mapping)] if isinstance(found, Mapping) else []


def judges_of(folder: Path) -> dict[str, Mapping[str, Any]]:
    """The judges that have judged a whole evaluation, by name, each with its protocol; sorted."""
    found: dict[str, Mapping[str, Any]] = {}
    for path in sorted(folder.glob("metrics.*.json")):
        protocol = readable_object(path).get("protocol")
        if not isinstance(protocol, Mapping):
            continue
        name = protocol.get("judge")
        if isinstance(name, str) and path == metrics_path(folder, name) and verdicts_path(folder, name).is_file():
            found[name] = protocol
    last = readable_object(folder / PROTOCOL)  # the only one of an older version
    name = last.get("judge")
    if isinstance(name, str) and name not in found and verdicts_path(folder, name).is_file():
        found[name] = last
    return dict(sorted(found.items()))
