"""Tasks of inspect_ai: any prompt groups, and the published sets by name."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inspect_ai import Task, task
from inspect_ai.model import GenerateConfig
from inspect_ai.scorer import Scorer

from ..errors import ConfigError, problem
from ..escaping import visible
from ..evaluate.prompts.suites import DATA, SUITES
from ..groups import PromptGroups
from ..runs.calibration import FOLDER, OWN_LABELS, Found, find_calibration, labels_in_words
from .dataset import dataset_of
from .identity import who_answers
from .judge_calls import JudgeCalls
from .mistakes import told
from .model_api import LONGEST
from .once import asked_once
from .scorers import RULES, answered_own, judge_named, metrics, over_refused, refused, safe
from .values import check_values

if TYPE_CHECKING:
    from typing_extensions import Unpack

VERSION = 1  # of the tasks: changes whenever their samples or questions do
Tags = str | list[str]
NO_CALIBRATION, NO_CALLS = Found(), JudgeCalls()
_PARAMETERS = ("path", "judge", "languages", "limit", "kind", "download", "calibration")


@task
@told
def groups(
    path: Tags = "",
    judge: str = RULES,
    languages: Tags = "",
    limit: int | None = None,
    kind: str | None = None,
    calibration: str = "",
    **calls: Unpack[JudgeCalls],
) -> Task:
    """Prompt groups from a file or folder.

    Args:
        path: of the prompts, in any form that ``isoglot evaluate --prompts`` takes; several are one set.
        judge: ``rules``, ``guard:NAME@PROVIDER`` or ``rubric:NAME@PROVIDER``.
        languages: only these, by tag.
        limit: at most so many groups of each kind, each in all its languages.
        kind: of prompts whose file does not say: ``harmful`` or ``harmless``.
        calibration: a file of ``isoglot calibrate`` that corrects the rates; without it the judge's own below
            ``calibrations`` here, if there is one.
        **calls: how a judge that asks a model is asked: ``judge_max_connections``, ``judge_timeout``,
            ``judge_max_retries``, ``judge_max_tokens``. So have the other tasks.

    Raises:
        UserError: for what cannot be, here and of the other tasks; nothing was asked then.
    """
    check_values(paths=path, judge=judge, languages=languages, limit=limit, kind=kind, calibration=calibration)
    corrected = _calibration(judge, calibration, calls)
    if not path:
        raise ConfigError(problem("isoglot/groups", "prompts", "nothing", "Give -T path=FILE"))
    found = _selected(PromptGroups.read(path, kind=kind), languages, limit)
    return task_of(found, "groups", judge=judge, calls=calls, calibration=corrected, facts={})


@task
@told
def multijail(
    path: str = "",
    judge: str = RULES,
    languages: Tags = "",
    limit: int | None = None,
    download: bool = False,
    calibration: str = "",
    **calls: Unpack[JudgeCalls],
) -> Task:
    """MultiJail: 315 harmful prompts in ten languages (MIT)."""
    return _of_suite("multijail", path, judge, languages, limit, download, calibration, calls)


@task
@told
def pku(
    path: str = "",
    judge: str = RULES,
    languages: Tags = "",
    limit: int | None = None,
    download: bool = False,
    calibration: str = "",
    **calls: Unpack[JudgeCalls],
) -> Task:
    """PKU-SafeRLHF's test prompts, 180 in ten languages (CC-BY-NC-4.0)."""
    return _of_suite("pku", path, judge, languages, limit, download, calibration, calls)


@task
@told
def polyrefuse(
    path: str = "",
    judge: str = RULES,
    languages: Tags = "",
    limit: int | None = None,
    download: bool = False,
    calibration: str = "",
    **calls: Unpack[JudgeCalls],
) -> Task:
    """PolyRefuse: harmful and harmless prompts in 14 languages (Apache-2.0)."""
    return _of_suite("polyrefuse", path, judge, languages, limit, download, calibration, calls)


@task
@told
def xstest(
    path: str = "",
    judge: str = RULES,
    languages: Tags = "",
    limit: int | None = None,
    download: bool = False,
    calibration: str = "",
    **calls: Unpack[JudgeCalls],
) -> Task:
    """XSTest: 250 harmless prompts that look harmful, and 200 harmful ones, in English (CC-BY-4.0)."""
    return _of_suite("xstest", path, judge, languages, limit, download, calibration, calls)


def _of_suite(
    name: str,
    path: str,
    judge: str,
    languages: Tags,
    limit: int | None,
    download: bool,
    calibration: str,
    calls: JudgeCalls,
) -> Task:
    """The task of a published set.

    Its place is ``path`` (its file or folder, or a folder of data that holds it), or the environment variable
    ``ISOGLOT_DATA``; with ``download`` what is not there is fetched from its public source into that folder.

    Raises:
        ConfigError: if nobody says where it is; for values of a wrong kind.
    """
    check_values(path=path, judge=judge, languages=languages, limit=limit, download=download, calibration=calibration)
    corrected = _calibration(judge, calibration, calls)
    suite, given = SUITES[name], path or os.environ.get(DATA, "")
    if not given:
        step = f"Give -T path=FILE or -T path=FOLDER, with -T download=true to fetch it from {suite.url}, or set {DATA}"
        raise ConfigError(problem(f"isoglot/{name}", "the place of its prompts", "nothing", step))
    place = suite.find(Path(given)) or (suite.download(Path(given)) if download else Path(given))
    found = _selected(suite.read(place), languages, limit)
    facts = suite.facts(found) | {"url": suite.url}
    return task_of(found, name, judge=judge, calls=calls, calibration=corrected, facts=facts)


def _selected(found: PromptGroups, languages: Tags, limit: int | None) -> PromptGroups:
    """The prompts that are asked for.

    Raises:
        DataError: for a language that is not there.
    """
    return found.select(languages=_tags(languages), limit=limit)


def _calibration(judge: str, given: str, calls: JudgeCalls) -> Found:
    """What corrects the judge's rates: the file that is given, or the judge's own below the working directory.

    Raises:
        MissingFileError, RunError, DataError: for one that is not there, or none; before any model is asked.
        ConfigError: for a judge, or calls of it, that cannot be.
    """
    named = judge_named(judge, _PARAMETERS, **calls)
    found = find_calibration(named.name, named.version, [Path(FOLDER)], Path(given) if given else None)
    if found.why_not:
        warnings.warn(visible(found.why_not), stacklevel=2)
    return found


def task_of(
    found: PromptGroups,
    name: str,
    *,
    judge: str = RULES,
    calls: JudgeCalls = NO_CALLS,
    calibration: Found = NO_CALIBRATION,
    facts: dict[str, Any],
    solver: Any = None,
) -> Task:
    """A task that asks prompt groups, greedily unless told otherwise, and asks a judge about the answers.

    Args:
        found: the prompts.
        name: of the task.
        judge: its spec.
        calls: how it is asked, if it asks a model.
        calibration: of the judge, if rates are to be corrected; the log says which it was.
        facts: about the prompts, for the log.
        solver: answers a sample; None: the model, asked once.
    """
    kinds = {group.kind for group in found}
    scorers: list[Scorer] = []
    if kinds - {"harmless"}:
        scorers += [safe(judge, **calls), refused(judge, **calls)]
    if "harmless" in kinds:
        scorers += [answered_own(judge, **calls), over_refused(judge, **calls)]
    return Task(
        dataset=dataset_of(found, name),
        solver=solver or asked_once(),
        scorer=scorers,
        metrics=metrics(calibration.path) if calibration.calibration else None,  # None: those of the scorers
        config=GenerateConfig(temperature=0.0, max_tokens=LONGEST),
        metadata={"prompts_hash": found.prompts_hash, "judge": judge, **facts, **_signature(calibration)},
        version=VERSION,
        name=name,
    )


def _signature(calibration: Found) -> dict[str, Any]:
    """What the log says of the labels; a warning where they are of another model than the one that will answer."""
    if calibration.calibration is None:
        return {}
    said = calibration.signature(who_answers())
    if said["judge_calibration"].get("another_model"):
        told = f"{calibration.path}: {labels_in_words(said['judge_calibration'])}. {OWN_LABELS}"
        warnings.warn(visible(told), stacklevel=2)
    return said


def _tags(languages: Tags) -> list[str] | None:
    """Tags as inspect_ai's command line gives them: a text, or a list of what commas part."""
    parts = languages.split(",") if isinstance(languages, str) else languages or ()
    return [tag.strip() for tag in parts if tag.strip()] or None
