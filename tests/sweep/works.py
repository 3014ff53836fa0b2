"""What the tests have worker processes do instead of training; imported there under its plain name."""

from __future__ import annotations

import os
import time

from isoglot.files import write_json


def finish(trial):
    """Finishes a trial: harmful prompts are refused in some languages, harmless ones answered in all."""
    if "broken" in trial.name:
        trial.record_failure("it is broken")
        return "it is broken"
    write_result(trial)
    return None


def die_if_told(trial):
    """Ends the process as a kill would, if the trial is called so."""
    trials = trial.folder.parent.parent
    trials.mkdir(parents=True, exist_ok=True)
    with open(trials.with_suffix(".log"), "a", encoding="utf-8") as log:
        log.write(f"{trial.name}\n")
    if "deadly" in trial.name:
        time.sleep(0.5)
        os._exit(1)
    return finish(trial)


def write_result(trial, refused=None, borderline=None):
    """Writes a ``trial.json`` as a run would; ``refused`` is a share of harmful prompts by language.

    ``borderline`` are the outcomes of as many borderline prompts, in every language.
    """
    from isoglot.groups import PromptGroups

    groups = PromptGroups.read(trial.test)
    ids = {kind: [group.id for group in groups if group.kind == kind] for kind in ("harmful", "harmless")}
    share = refused or {}
    count = len(ids["harmful"])
    ones = {tag: round(count * share.get(tag, 0.5)) for tag in groups.languages}
    refusals = {tag: "1" * n + "0" * (count - n) for tag, n in ones.items()}
    record = {
        "name": trial.name,
        "setting": trial.setting,
        "seed": trial.seed,
        "key": trial.key,
        "protocol": {"prompts_hash": "abc", "judge": "rules", "judge_version": "2"},
        "prompts": ids,
        "outcomes": {
            "harmful_refused": refusals,
            "harmful_refused_own_language": refusals,
            "harmless_answered_own_language": {tag: "1" * len(ids["harmless"]) for tag in groups.languages},
            "harmless_refused": {tag: "0" * len(ids["harmless"]) for tag in groups.languages},
        },
        "seconds": {},
        "warnings": [],
        "isoglot": "0.1.0",
    }
    if borderline is not None:
        record["prompts"]["borderline"] = ids["harmless"][: len(borderline)]
        record["outcomes"]["borderline_refused"] = dict.fromkeys(groups.languages, borderline)
    write_json(trial.folder / "trial.json", record)
