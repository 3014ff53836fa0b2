"""``calibration.<judge>.json``: how often a judge is right, by language, as people say; and which one applies."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import Field

from ..errors import MissingFileError, problem
from ..files import sampled_hash
from ..metrics.estimate import UNKNOWN
from ..providers.own import OF_PROVIDER, OWN
from ..validation import Count, Record, checked
from .evaluations import run_of
from .json_file import read_object
from .judged import stem
from .metrics import EstimateOf

FOLDER = "calibrations"  # below the working directory: where every later run finds them
OWN_LABELS = "A new kind of model needs labels of its own: isoglot label."


class JudgeErrors(Record):
    """How a judge sees one thing in one language.

    Attributes:
        n: responses that people labelled.
        positives: of these, how many people saw it in; not weighted.
        sensitivity: how often the judge sees it where people do.
        specificity: how often the judge does not see it where people do not.
        kappa: Cohen's, of judge and people.
        own: how much of this is of the language's own labels, 0 to 1; the rest is of those of the others.
    """

    n: Count = 0
    positives: Count = 0
    sensitivity: EstimateOf = UNKNOWN
    specificity: EstimateOf = UNKNOWN
    kappa: EstimateOf = UNKNOWN
    own: float = 0.0

    @property
    def can_correct(self) -> bool:
        """Whether a rate can be corrected by them: both are known, so the judge has said the one and the other."""
        return not (math.isnan(self.sensitivity.value) or math.isnan(self.specificity.value))


class Calibration(Record):
    """What labels say of one version of a judge.

    Attributes:
        judge: its name.
        version: its version.
        labels: where they come from: evaluation, sheets, annotators, how truth was made of several.
        n: responses labelled.
        agreement: of people with each other, if there are several.
        kinds: kind of prompt -> language -> measure -> the judge's errors.
        pooled: kind of prompt -> measure -> those over all languages together.
    """

    judge: str
    version: str
    labels: Mapping[str, Any] = Field(default_factory=dict)
    n: Count = 0
    agreement: Mapping[str, Any] = Field(default_factory=dict)
    kinds: Mapping[str, Mapping[str, Mapping[str, JudgeErrors]]] = Field(default_factory=dict)
    pooled: Mapping[str, Mapping[str, JudgeErrors]] = Field(default_factory=dict)

    def of(self, kind: str, language: str) -> Mapping[str, JudgeErrors]:
        """Measure -> the judge's errors; empty where nobody labelled."""
        return self.kinds.get(kind, {}).get(language, {})

    def errors(self) -> dict[str, Any]:
        """How often the judge is right, over all languages: kind -> measure -> numbers, as plain values."""
        return {
            kind: {
                name: {what: getattr(one, what).as_dict() for what in ("sensitivity", "specificity", "kappa")}
                for name, one in measures.items()
            }
            for kind, measures in self.pooled.items()
        }

    def origin(self, protocol: Mapping[str, Any]) -> dict[str, Any]:
        """Whose responses were labelled: ``responses_of``, and ``another_model``, each where it is known.

        Args:
            protocol: of the evaluation whose rates are corrected.
        """
        whose = self.labels.get("model")
        found: dict[str, Any] = {"responses_of": str(whose)} if whose else {}
        for identity in (_weights, _name):  # weights tell more than a name
            there, here = identity(self.labels), identity(protocol)
            if there and here:
                return found | {"another_model": there != here}
        return found


def _weights(said: Mapping[str, Any]) -> str:
    """The hash of a model's weights; empty where only its name at a provider is known."""
    found = str(said.get("model_hash") or "")
    return "" if found.startswith(OF_PROVIDER) else found


def _name(said: Mapping[str, Any]) -> str:
    return str(said.get("model") or "").removeprefix(OWN)


class Found(NamedTuple):
    """A calibration and the file that it is from; or why there is none that may be used.

    Attributes:
        calibration: None where there is none.
        path: of its file.
        why_not: a sentence where there is a file that may not be used.
    """

    calibration: Calibration | None = None
    path: Path | None = None
    why_not: str = ""

    def signature(self, protocol: Mapping[str, Any]) -> dict[str, Any]:
        """What a protocol says of it; empty where there is none.

        Args:
            protocol: of the evaluation whose rates it corrects.
        """
        if self.calibration is None or self.path is None:
            return {}
        said = {"file": self.path.name, "hash": sampled_hash(self.path), "labels": self.calibration.n}
        errors = {"errors": found} if (found := self.calibration.errors()) else {}
        return {"judge_calibration": said | self.calibration.origin(protocol) | errors}


def labels_in_words(found: Mapping[str, Any]) -> str:
    """What a protocol's ``judge_calibration`` rests on: ``40 labels of responses of A, another model``."""
    count = found.get("labels", "?")
    whose = f" of responses of {found['responses_of']}" if found.get("responses_of") else ""
    other = (", another model" if whose else ", of another model") if found.get("another_model") is True else ""
    return f"{count} {'label' if count == 1 else 'labels'}{whose}{other}"


def calibration_file(judge: str) -> str:
    """The name of the file of a judge's calibration."""
    return f"calibration.{stem(judge)}.json"


def folders_of(evaluation: Path) -> list[Path]:
    """Where calibrations are looked for: below the working directory, in the run's folder, in the evaluation's."""
    return [Path(FOLDER), run_of(evaluation), evaluation]


def read_calibration(path: Path) -> Calibration:
    """The calibration of a file.

    Raises:
        MissingFileError: if it is not there.
        RunError, DataError: if it holds something else.
    """
    if not path.is_file():
        raise MissingFileError(problem(str(path), "a file of isoglot calibrate", "nothing", "Check the path"))
    return checked(Calibration, read_object(path, "a judge's calibration", "Choose another file"), str(path))


def find_calibration(judge: str, version: str, folders: Iterable[Path], given: Path | None = None) -> Found:
    """The calibration of a judge, if there is one of this version.

    Args:
        judge: its name.
        version: its version.
        folders: where to look, in this order.
        given: the file to take; None: the first that is found.

    Raises:
        MissingFileError: if the given one is not there.
        RunError, DataError: if the file holds something else.
    """
    paths = [folder / calibration_file(judge) for folder in folders] if given is None else [given]
    for path in paths:
        if given is None and not path.is_file():
            continue
        found = read_calibration(path)
        if (found.judge, found.version) == (judge, version):
            return Found(found, path)
        expected, got = f"labels of {judge}, version {version}", f"of {found.judge}, version {found.version}"
        step = "Rates are not corrected: label responses that this judge has judged, and run isoglot calibrate"
        return Found(path=path, why_not=problem(str(path), expected, got, step))
    return Found()
