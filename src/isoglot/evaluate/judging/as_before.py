"""The offline judge as it has judged a folder before: the same folder, the same judge, the same numbers."""

from __future__ import annotations

from pathlib import Path

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
    settings = judges_of(folder).get(plain.name, {}).get("judge_settings")
    expected = settings.get(CANDIDATES_SETTING) if isinstance(settings, dict) else None
    if not isinstance(expected, list) or not all(isinstance(tag, str) for tag in expected):
        return judge
    return as_batch_judge(RuleJudge(expected))
