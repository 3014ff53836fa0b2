"""Writes ``protocol.json`` and ``protocol.md``, and sees what is missing before a strict judging."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...files import without_home, write_json, write_text
from ...judges import RuleJudge
from ...measures import Judged
from ...runs.calibration import find_calibration, folders_of
from ...runs.card import KEY
from ...runs.evaluations import PROTOCOL, PROTOCOL_PAGE
from ..prompts.seen import KEY as TRAINED_ON
from ..prompts.seen import seen_in_training, warn_of_seen
from .card import About, check_info, facts_before, must_be_known, with_stated
from .card_text import protocol_text
from .judged_card import begun, card_after, judge_facts
from .made_with import protocol_of


def begin_protocol(
    protocol: Mapping[str, Any], groups: Any, judge: Any, about: About | None, model: Any = None, tokenizer: Any = None
) -> dict[str, Any]:
    """The protocol with all that is known before anything is generated; warns of prompts that were trained on.

    Args:
        protocol: the plain settings.
        groups: the prompts.
        judge: who will judge; None: the rules.
        about: what the caller knows, and whether all must be known.
        model: a model in this process; None for one that a server runs.
        tokenizer: the model's; None likewise.

    Raises:
        RunError: if the caller is strict, naming every field that is not known.
        ConfigError: for something stated by hand that is of no unknown field.
    """
    about, model_name = about or About(), str(protocol.get("model", ""))
    protocol = {**protocol, "model": without_home(model_name)}
    if trained_on := seen_in_training(model_name, groups):
        protocol[TRAINED_ON] = trained_on
        warn_of_seen(protocol)
    made = {**protocol, **facts_before(groups, protocol, model, tokenizer, about)}
    info = made.get("info", {})
    _look(made, [judge or RuleJudge(), *about.judges], info, about.calibrations, strict=about.strict)
    return made


def look_again(
    folder: Path,
    judges: Sequence[Any] = (),
    *,
    info: Mapping[str, str] | None = None,
    strict: bool = False,
    calibration: Path | None = None,
) -> None:
    """Before a folder is judged again: keeps what is stated by hand, and sees that all is known if that is asked.

    Args:
        folder: of the evaluation.
        judges: who will judge; none: the rules.
        info: field -> what somebody states.
        strict: whether a field that is not known is an error.
        calibration: a file; None: the first that is found for each judge.

    Raises:
        RunError, ConfigError: as :func:`begin_protocol`.
    """
    protocol = protocol_of(folder)
    judges = judges or [RuleJudge()]
    _look(protocol, judges, info or {}, calibrations(judges, folder, calibration), strict=strict)
    if info:
        write_json(folder / PROTOCOL, protocol | {"info": _info(protocol) | dict(info)})


def calibrations(judges: Sequence[Any], folder: Path, given: Path | None) -> dict[str, Any]:
    """Judge -> its calibration's file, hash and number of labels, of those that have one of their version.

    Args:
        judges: with ``name`` and ``version``.
        folder: of the evaluation.
        given: a file; None: the first that is found for each.
    """
    found = {one.name: find_calibration(one.name, str(one.version), folders_of(folder), given) for one in judges}
    protocol = protocol_of(folder)
    return {name: said["judge_calibration"] for name, one in found.items() if (said := one.signature(protocol))}


def _look(
    protocol: Mapping[str, Any],
    judges: Sequence[Any],
    info: Mapping[str, str],
    labelled: Mapping[str, Any],
    *,
    strict: bool,
) -> None:
    said = ({"judge_calibration": labelled.get(judge.name)} for judge in judges)
    facts = {judge.name: judge_facts(judge, one).model_dump() for judge, one in zip(judges, said, strict=True)}
    card = begun(protocol) | {"judges": list(facts.values())}
    check_info(card, info)
    if strict:
        must_be_known(with_stated(card, _info(protocol) | dict(info)))


def _info(protocol: Mapping[str, Any]) -> dict[str, str]:
    """What was stated by hand before."""
    found = protocol.get("info")
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, Mapping) else {}


def judged_protocol(
    folder: Path, protocol: Mapping[str, Any], judged: Sequence[Judged], kinds: Mapping[str, Any], judge: Any
) -> dict[str, Any]:
    """The protocol of a folder that has been judged, with the whole card.

    Args:
        folder: of the evaluation.
        protocol: what the responses were made with and who judged them.
        judged: responses with their verdicts.
        kinds: the numbers, as ``metrics.json`` holds them.
        judge: who gave the verdicts.
    """
    card = with_stated(card_after(folder, protocol, judged, kinds, judge), _info(protocol))
    return {**protocol, KEY: card}


def rewrite_protocol(folder: Path, full: Mapping[str, Any]) -> None:
    """Writes both files of what a protocol says now, its card included."""
    write_json(folder / PROTOCOL, dict(full))
    write_text(folder / PROTOCOL_PAGE, protocol_text(full))
