"""Folders that are named in place of a file of prompts: what each is, and what to name."""

from __future__ import annotations

from pathlib import Path

from ...errors import DataError, problem, some
from ...files import suffix_of

# A file or folder by which one that isoglot has written is known, and what it is; the first that is there says it.
_WRITTEN = {
    "check.json": "the folder of a check",
    "quickstart.json": "a quickstart's folder",
    "settings.json": "a quickstart's folder",
    "trials": "a sweep's folder",
    "run.yaml": "a run",
    "evaluations": "a run",
    "protocol.json": "the folder of an evaluation",
    "responses.jsonl": "the folder of an evaluation",
}
_GROUPS = ("groups.jsonl", "data/groups.jsonl")  # where such a folder has prompts
_READ = (".jsonl", ".json", ".csv", ".tsv", ".xlsx", ".parquet", ".pq", ".txt")
_SAVED = ({"dataset_dict.json"}, {"dataset_info.json", "state.json"})  # files of what the library datasets saves
_OTHERS = "A folder is read as PolyRefuse's or XSafety's, or with {lang} in place of the tag in its files' names"


def is_saved(folder: Path) -> bool:
    """Whether the library ``datasets`` has saved a data set there, by ``save_to_disk``."""
    return any(all((folder / name).is_file() for name in names) for names in _SAVED)


def not_prompts(folder: Path) -> DataError:
    """What to say of a folder that is none of prompts."""
    what = next((what for name, what in _WRITTEN.items() if (folder / name).exists()), None)
    files = [file.name for file in sorted(folder.iterdir()) if suffix_of(file) in _READ and file.is_file()]
    groups = next((folder / name for name in _GROUPS if (folder / name).is_file()), None)
    if groups is not None:
        step = f"Name its prompts: {groups}"
    elif what is not None:
        step = "Name the file of prompts"
        step += f", as data.groups in {folder / 'run.yaml'} says it" if (folder / "run.yaml").is_file() else ""
    elif is_saved(folder):
        what, step = "a data set that the library datasets has saved", f"Name it hf:{folder}"
    elif not files and any(suffix_of(file) in _READ for file in folder.glob("*/*")):
        step = f"If it is a copy of a data set of the hub, name it hf:{folder}. {_OTHERS}"
    elif files:
        step = f"Name a file: {some((str(folder / name) for name in files), 3)}. {_OTHERS}"
    else:
        step = _OTHERS
    got = what or ("a folder of other files" if any(folder.iterdir()) else "an empty folder")
    return DataError(problem(str(folder), "a file of prompts, or a folder of a known shape", got, step))
