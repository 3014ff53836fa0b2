"""The same evaluation again: what a protocol says of the command, and what came out differently."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter
from pathlib import Path
from typing import Any

from ..errors import DataError, MissingFileError, first_line, problem, short, some
from ..groups.borderline import BORDERLINE, is_borderline
from ..json_text import decode
from ..measures import ALL, Judged, in_words, outcome_table
from ..metrics import macro, paired_difference
from ..pages.words import points
from ..runs import RESPONSES, Key, first_of_each, read_responses, read_verdicts
from ..runs.card import KEY
from ..runs.evaluations import EVALUATIONS, PROTOCOL, asked_of
from ..runs.folder import differences
from ..validation import as_number
from .numbers.summary import leading
from .protocol.judged_card import verdict_file

_OWN = ("model", "model_hash", "judge", "judge_version", "judge_settings", "isoglot")
_CARD = ("mode", "template", "software", "unit", "aggregation", "seeds", "utility")
Pair = tuple[Judged, Judged]  # before and now, of one prompt


def read_protocol_file(path: Path) -> dict[str, Any]:
    """What a ``protocol.json`` says; of a folder, the one in it.

    Raises:
        MissingFileError: if it is not there.
        DataError: if it holds no object of JSON, or another one.
    """
    file = path / PROTOCOL if path.is_dir() else path
    try:
        found = decode(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        inside = sorted(str(one.parent) for one in path.glob(f"{EVALUATIONS}/*/{PROTOCOL}"))  # of a run
        step = f"Name an evaluation in it: {some(inside, 4)}" if inside else "Check the path"
        raise MissingFileError(problem(str(file), "the protocol of an evaluation", "nothing", step)) from None
    except (OSError, ValueError) as error:
        raise DataError(problem(str(file), "the protocol of an evaluation", first_line(error))) from None
    if not isinstance(found, dict):
        raise DataError(problem(str(file), "the protocol of an evaluation", short(found)))
    if not ({"prompts_hash", "command"} & found.keys()):
        beside = file.parent / PROTOCOL
        step = f"Did you mean {beside}?" if beside.is_file() and beside != file else "Name a protocol.json"
        raise DataError(problem(str(file), "the protocol of an evaluation", "another file of JSON", step))
    return found


def same_prompts(before: Mapping[str, Any], now: Mapping[str, Any], files: Sequence[Path]) -> None:
    """Sees that an evaluation that is made again has the same prompts.

    Args:
        before: the protocol it is made again from.
        now: what is asked now.
        files: where the prompts were read.

    Raises:
        DataError: if they are others.
    """
    was, got = before.get("prompts_hash"), now.get("prompts_hash")
    if was != got:
        where, step = ", ".join(map(str, files)) or "the prompt sets", "Say with --prompts where those prompts are"
        raise DataError(problem(where, f"the prompts of the protocol, hash {was}", f"others, hash {got}", step))


def compared(before: Mapping[str, Any], old: Path, new: Path, now: Mapping[str, Any]) -> dict[str, Any]:
    """What differs between an evaluation and the one made again.

    Args:
        before: the protocol of the first.
        old: its folder; responses and verdicts need not be there.
        new: the folder of the second.
        now: its protocol.

    Returns:
        Plain values: ``settings`` (sentences), ``responses`` (``compared``, ``changed``; None without the old ones) and
        ``kinds``: kind -> ``measure``, ``before``, ``now`` and ``difference``, each an estimate; the difference is
        paired, prompt by prompt. Borderline prompts are in the harmless kind, and have an entry ``borderline`` too.
    """
    there, here = _judged(old, before), _judged(new, now)
    both = [key for key in here if key in there]
    texts = {"compared": len(both), "changed": sum(there[key][0].response != here[key][0].response for key in both)}
    return {
        "settings": differences(_plain(before), _plain(now)),
        "responses": texts if both else None,
        "kinds": {name: _kind(name, pairs) for name, pairs in _by_kind([(there[key], here[key]) for key in both])},
    }


def sentences(found: Mapping[str, Any]) -> list[str]:
    """The same for people."""
    settings = [_setting_words(text) for text in found["settings"]]
    said = [f"Settings that differ: {'; '.join(settings)}" if settings else "Settings: the same"]
    texts = found["responses"]
    if texts is None:
        said.append("Responses: those of the first evaluation are not there, so that nothing can be compared")
    else:
        said.append(f"Responses: {texts['changed']} of {texts['compared']} differ")
    for kind, one in found["kinds"].items():
        said.append(_moved(f"{kind} prompts, mean of languages, {in_words(one['measure'])}", one, "prompts"))
    for task, one in found.get("utility", {}).items():
        said.append(_moved(f"Utility, {task}, mean of languages", one, "samples"))
    return said


def _setting_words(text: str) -> str:
    """``decoding, max new tokens (6 there, 3 now)`` of a dotted path with both values."""
    path, bracket, values = text.partition(" (")
    return path.replace("_", " ").replace(".", ", ") + bracket + values


def _moved(what: str, one: Mapping[str, Any], of: str) -> str:
    was, now, change = (one[name] for name in ("before", "now", "difference"))
    ends = [as_number(change[name]) for name in ("value", "low", "high")]
    return (
        f"{what}: {_percent(was['value'])} before, {_percent(now['value'])} now; difference {points(*ends)} "
        f"over {change['n']} {of}"
    )


def _by_kind(pairs: Sequence[Pair]) -> Iterator[tuple[str, list[Pair]]]:
    """The pairs of each kind of prompt; then the borderline ones again, which are harmless."""
    for kind in dict.fromkeys(now.kind or "unknown" for _, (now, _) in pairs):
        yield kind, [pair for pair in pairs if (pair[1][0].kind or "unknown") == kind]
    if borderline := [pair for pair in pairs if is_borderline(pair[1][0].category)]:
        yield BORDERLINE, borderline


def _kind(kind: str, pairs: Sequence[Pair]) -> dict[str, Any]:
    sides = [[pair[side] for pair in pairs] for side in (0, 1)]
    measure = ALL["refused"] if kind == BORDERLINE else leading(kind, sides[1])
    tags = list(dict.fromkeys(response.language for response, _ in sides[1]))
    rows = list(dict.fromkeys(response.group for response, _ in sides[1]))
    old, new = (outcome_table(side, measure, tags, rows) for side in sides)
    return {
        "measure": measure.name,
        "before": macro(old).as_dict(),
        "now": macro(new).as_dict(),
        "difference": paired_difference(new, old).as_dict(),
    }


def _judged(folder: Path, protocol: Mapping[str, Any]) -> dict[Key, Judged]:
    """A folder's responses with their verdicts; none where either file is not there."""
    responses, verdicts = folder / RESPONSES, verdict_file(folder, str(protocol.get("judge", "")))
    if not responses.is_file() or not verdicts.is_file():
        return {}
    of_key = dict(read_verdicts(verdicts))
    found = first_of_each(read_responses(responses), attrgetter("key"))
    return {response.key: (response, of_key[response.key]) for response in found if response.key in of_key}


def _plain(protocol: Mapping[str, Any]) -> dict[str, Any]:
    """What of a protocol two evaluations are compared by."""
    card = protocol.get(KEY)
    card = card if isinstance(card, Mapping) else {}
    judges = card.get("judges")
    last = judges[-1] if isinstance(judges, list) and judges else None
    model = card.get("model")
    hardware = model.get("hardware") if isinstance(model, Mapping) else None
    own = {name: protocol.get(name) for name in _OWN}
    facts = {name: card.get(name) for name in _CARD} | {"hardware": hardware, "judged_by": last}
    return {**own, **asked_of(protocol), **{name: _without_steps(fact) for name, fact in facts.items()}}


def _without_steps(fact: Any) -> Any:
    """What a card says, an unknown field without what would make it known."""
    if not isinstance(fact, Mapping):
        return fact
    return "unknown" if list(fact) == ["unknown"] else {name: _without_steps(one) for name, one in fact.items()}


def _percent(value: float | None) -> str:
    return "–" if value is None or math.isnan(value) else f"{100 * value:.1f} %"
