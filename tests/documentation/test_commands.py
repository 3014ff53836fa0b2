"""Commands that pages show are there, and take the options that they are shown with."""

from __future__ import annotations

import re
import shlex

import typer
from typer.core import TyperCommand, TyperGroup

from isoglot.cli.app import app

from .pages import PAGES, ROOT

ROOT_COMMAND = typer.main.get_command(app)
_OURS = re.compile(r"(?:^|`|&& )(isoglot [^`\n]*)", re.MULTILINE)
_BENCHMARK = re.compile(r"(benchmarks/[\w/]+\.py)([^`\n)]*)")
_SHOWN = [
    *(page for page in PAGES if page.name != "CHANGELOG.md"),  # it may tell of what is gone
    *sorted(file for room in ("recipes", "benchmarks") for file in (ROOT / room).rglob("*.*") if file.suffix != ".pyc"),
]


def shown(pattern: re.Pattern[str]) -> list[tuple[str, tuple[str, ...]]]:
    """Each place that fits, with its file; a comment behind it is left out."""
    found = []
    for file in _SHOWN:
        if file.suffix in {".md", ".yaml", ".py"}:
            text = file.read_text(encoding="utf-8").replace("\\\n", " ")
            found += [(str(file.relative_to(ROOT)), match.groups()) for match in pattern.finditer(text)]
    return found


def command_of(words: list[str]) -> tuple[TyperGroup | TyperCommand, list[str]]:
    """The command that a line's words name, and what is left of them."""
    found = ROOT_COMMAND
    while words and isinstance(found, TyperGroup) and words[0] in found.commands:
        found, words = found.commands[words[0]], words[1:]
    return found, words


def options_of(words: list[str]) -> list[str]:
    return [word.split("=")[0].rstrip(".,;:") for word in words if re.match(r"--?[a-z]", word)]


def test_isoglot_takes_what_pages_give_it():
    wrong, checked = [], 0
    for file, (line,) in shown(_OURS):
        command, words = command_of(shlex.split(line.split(" # ")[0].split("|")[0])[1:])
        if isinstance(command, TyperGroup):
            continue  # a sentence that begins with the name
        known = {option for part in command.params for option in (*part.opts, *part.secondary_opts)}
        checked += 1
        wrong += [(file, line, one) for one in options_of(words) if one not in {*known, "--help", "--debug"}]
    assert checked > 200
    assert not wrong


def test_benchmarks_take_what_pages_give_them():
    wrong, checked = [], 0
    for file, (script, line) in shown(_BENCHMARK):
        path = ROOT / script
        if not path.exists():
            wrong.append((file, script))
            continue
        source = path.read_text(encoding="utf-8")
        asked = options_of(re.sub(r'"[^"]*"', "", line.split(" #")[0]).split())
        checked += len(asked)
        wrong += [(file, script, one) for one in asked if f'"{one}"' not in source and f'"{one[2:]}"' not in source]
    assert checked > 30
    assert not wrong
