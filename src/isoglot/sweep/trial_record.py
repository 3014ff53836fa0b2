"""What ``trial.json`` must hold to be counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import model_validator
from typing_extensions import Self

from ..errors import DataError
from ..validation import Record, checked
from .outcomes import CRITERIA, EVERY


class Protocol(Record):
    """What of an evaluation's protocol the page says."""

    prompts_hash: str
    judge: str
    judge_version: str


class TrialRecord(Record):
    """The parts of the record that are counted; others may be there, or not.

    Attributes:
        prompts: kind, or ``borderline`` -> ids.
        outcomes: measure -> language -> a character for each prompt of the measure's kind.
        protocol: of the evaluation.
        warnings: of training and evaluation.
        isoglot: the version.
    """

    prompts: Mapping[str, Sequence[str]]
    outcomes: Mapping[str, Mapping[str, str]]
    protocol: Protocol
    warnings: Sequence[str]
    isoglot: str

    @model_validator(mode="after")
    def _one_for_each_prompt(self) -> Self:
        for name, criterion in EVERY.items():
            if name not in self.outcomes and name not in CRITERIA:
                continue
            if criterion.kind not in self.prompts or name not in self.outcomes:
                raise ValueError(f"outcomes of {name}")
            if any(len(codes) != len(self.prompts[criterion.kind]) for codes in self.outcomes[name].values()):
                raise ValueError(f"one outcome of {name} for each prompt")
        return self


def is_whole(record: Mapping[str, object]) -> bool:
    """Whether a record can be counted; one that was damaged cannot, and its trial is run again."""
    try:
        checked(TrialRecord, record, "trial.json")
    except DataError:
        return False
    return True
