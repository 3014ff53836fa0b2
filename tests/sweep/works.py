"""What the tests have worker processes do instead of training; imported there under its plain name."""

from __future__ import annotations

import os
import time
from pathlib import Path

from isoglot.files import write_json


def finish(cell):
    """Finishes a cell: harmful prompts are refused in some languages, harmless ones answered in all."""
    if "broken" in cell.name:
        cell.record_failure("it is broken")
        return "it is broken"
    write_result(cell)
    return None


def die_if_told(cell):
    """Ends the process as a kill would, if the cell is called so."""
    with open(Path(str(cell.folder.parent.parent) + ".log"), "a", encoding="utf-8") as log:
        log.write(f"{cell.name}\n")
    if "deadly" in cell.name:
        time.sleep(0.5)
        os._exit(1)
    return finish(cell)


def write_result(cell, refused=None):
    """Writes a ``cell.json`` as a run would; ``refused`` is a share of harmful prompts by language."""
    from isoglot.groups import PromptGroups

    groups = PromptGroups.read(cell.test)
    ids = {kind: [group.id for group in groups if group.kind == kind] for kind in ("harmful", "harmless")}
    share = refused or {}
    count = len(ids["harmful"])
    ones = {tag: round(count * share.get(tag, 0.5)) for tag in groups.languages}
    refusals = {tag: "1" * n + "0" * (count - n) for tag, n in ones.items()}
    record = {
        "name": cell.name,
        "setting": cell.setting,
        "seed": cell.seed,
        "key": cell.key,
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
    write_json(cell.folder / "cell.json", record)
