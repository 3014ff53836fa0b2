"""Files of groups whose faults are planted in their texts, and rules that see just these."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from isoglot import __version__
from isoglot.check import CellCheck, Finding
from isoglot.check.file import check_files
from isoglot.check.reading import Reading

RULES = f"rules (isoglot {__version__})"  # what checks name in a cell's provenance that had no model
_PLANTED = re.compile(r"\[(\w+) ([\d.]+)\]")


class NoNorms:
    """Norms that know nothing."""

    @classmethod
    def learn(cls, cells):
        for _ in cells:
            pass
        return cls()

    @classmethod
    def from_record(cls, record):
        return cls()

    def to_record(self):
        return {}


def planted(source, text, *, source_language, language, norms):
    """Finds ``[reason penalty]`` in a text."""
    found = [Finding(reason, float(penalty), f"planted in {language}") for reason, penalty in _PLANTED.findall(text)]
    return CellCheck(tuple(sorted(found, key=lambda one: -one.penalty)), language)


@pytest.fixture
def rules(monkeypatch):
    """The planted faults are all that is found."""
    monkeypatch.setattr("isoglot.check.processes.check_cell", planted)
    for module in ("processes", "file"):
        monkeypatch.setattr(f"isoglot.check.{module}.Norms", NoNorms)


def write(path: Path, *records) -> Path:
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records), encoding="utf-8")
    return path


def lines(path: Path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def check(path: Path, output: Path, *, reading=None, **options):
    """Checks a file; its summary."""
    return check_files(Reading([path], **(reading or {})), output, **options)
