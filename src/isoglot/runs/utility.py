"""``utility.json`` as typed numbers: what else a model can do, by task and language."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field

from ..metrics.estimate import UNKNOWN
from ..validation import Record
from .evaluations import EVALUATIONS
from .metrics import EstimateOf

UTILITY = "utility.json"
ALONE = "utility"  # the folder among a run's evaluations of a utility that was measured without prompts


def utility_files(run: Path, evaluation: Path) -> tuple[Path, Path]:
    """Where a run's numbers of utility may stand: next to its evaluation, or of their own."""
    return evaluation / UTILITY, run / EVALUATIONS / ALONE / UTILITY


class UtilityLanguage(Record):
    """One task in one language.

    Attributes:
        task: its name in lm-eval.
        metric, filter: what is counted, of lm-eval's.
        score: mean over samples.
        own: of generated answers whose language can be told, the share in the task's language.
        answers: language of a generated answer, or ``undetermined`` -> how many.
        empty: share of generated answers without a text; each counts in ``score`` as its task has it, mostly as wrong.
        empty_finish: why these ended, as ``tool_calls``, or ``not said`` -> how many.
        score_of_answered: mean over the samples that have an answer.
        difference: of the score to that of the base model, on the same samples.
    """

    task: str = ""
    metric: str = ""
    filter: str = ""
    score: EstimateOf = UNKNOWN
    own: EstimateOf = UNKNOWN
    answers: Mapping[str, int] = Field(default_factory=dict)
    empty: EstimateOf = UNKNOWN
    empty_finish: Mapping[str, int] = Field(default_factory=dict)
    score_of_answered: EstimateOf = UNKNOWN
    difference: EstimateOf = UNKNOWN


class UtilityTask(Record):
    """One task in all its languages.

    Attributes:
        languages: tag -> numbers.
        missing: languages that were asked for and that the task does not have.
        mean: of the languages' scores.
        difference: of that mean to the base model's, on the same samples.
    """

    languages: Mapping[str, UtilityLanguage] = Field(default_factory=dict)
    missing: tuple[str, ...] = ()
    mean: EstimateOf = UNKNOWN
    difference: EstimateOf = UNKNOWN


class Utility(Record):
    """What ``utility.json`` holds.

    Attributes:
        asked: what the numbers depend on: model, limit, versions.
        base: the model that differences are to; empty for none.
        tasks: as ``--utility`` names them -> numbers.
    """

    asked: Mapping[str, Any] = Field(default_factory=dict)
    base: str = ""
    tasks: Mapping[str, UtilityTask] = Field(default_factory=dict)

    @property
    def through_template(self) -> bool:
        """Whether texts went through the model's chat template."""
        return bool(self.asked.get("chat_template"))
