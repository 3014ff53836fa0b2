"""The offline judge as it has judged a folder before: the same folder, the same judge, the same numbers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...judges import BatchJudge, RuleJudge, as_batch_judge
from ...judges.offline.rules import CANDIDATES_SETTING
from ...runs.judged import judges_of


def as_before(judge: BatchJudge, folder: Path) -> BatchJudge:
    """The judge; of the rules, where nobody says which languages they are to expect, with those of the last time.

    A sweep and the quickstart expect the languages of their test. Without this ``isoglot judge`` would find other
    languages in the same responses.

    Args:
        judge: any.
        folder: of the evaluation, whose protocol says what was expected.
    """
    plain = getattr(judge, "plain", None)
    if type(plain) is not RuleJudge or plain.settings:  # a subclass may be anything
        return judge
    expected = _expected(judges_of(folder).get(plain.name, {}))
    return judge if expected is None else as_batch_judge(RuleJudge(expected))


def rules_as_in(protocol: Mapping[str, Any], folder: Path) -> RuleJudge:
    """The rules as they have judged an evaluation, to judge one that is made again like it.

    Args:
        protocol: of the evaluation, which says it of the judge that judged last.
        folder: where the evaluation lies; files of other judges need not be there.
    """
    is_of_rules = protocol.get("judge") == RuleJudge.name
    return RuleJudge(_expected(protocol if is_of_rules else judges_of(folder).get(RuleJudge.name, {})))


def _expected(said: Mapping[str, Any]) -> list[str] | None:
    """The languages that the rules expected, as a protocol says; None where it does not say."""
    settings = said.get("judge_settings")
    expected = settings.get(CANDIDATES_SETTING) if isinstance(settings, dict) else None
    return expected if isinstance(expected, list) and all(isinstance(tag, str) for tag in expected) else None
