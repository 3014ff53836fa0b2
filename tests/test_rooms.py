"""Imports run downwards only: a room knows those below it, none above or beside it."""

from __future__ import annotations

import ast
import functools
import re
from pathlib import Path

import isoglot

ROOT = Path(isoglot.__file__).parent
# From the top. A room may import what stands in a lower line; rooms of one line know nothing of each other.
LEVELS = (
    ("__main__",),
    ("cli",),
    ("quickstart", "sweep"),
    ("report", "compare", "train", "utility", "calibrate", "tasks", "doctor", "translate"),
    ("evaluate", "attach", "probe", "collect", "check"),
    ("consistency",),
    ("representation", "translators", "alignment"),
    ("measures", "objectives", "groups"),
    ("runs", "models", "pages", "settings"),
    ("judges", "metrics"),
    ("providers",),
    ("extras", "files", "json_text", "languages", "reasoning", "validation"),
    ("amounts", "calls", "escaping", "file_errors", "packaged", "processes", "progress"),
    ("errors",),
)
PLACE = {room: place for place, level in enumerate(LEVELS) for room in level}


def room_of(file: Path) -> str:
    return file.relative_to(ROOT).parts[0].removesuffix(".py")


@functools.cache
def nodes_of(file: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))


def imported(file: Path) -> set[str]:
    """The rooms that a file imports from, wherever in it the import stands."""
    package = ("isoglot", *file.relative_to(ROOT).parent.parts)
    found = set()
    for node in nodes_of(file):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1] + tuple((node.module or "").split("."))
            names = [base[1]] if len(base) > 1 and base[1] else [alias.name for alias in node.names]
            found |= {name for name in names if (ROOT / name).exists() or (ROOT / f"{name}.py").exists()}
    return found


def test_imports_are_seen():
    assert {"representation", "models", "errors"} <= imported(ROOT / "consistency" / "term.py")
    assert "evaluate" in imported(ROOT / "cli" / "commands" / "evaluate.py")  # within a function


def test_every_room_has_a_level():
    rooms = {room_of(file) for file in ROOT.rglob("*.py")} - {"__init__"}
    assert rooms == set(PLACE)


def test_contributing_lists_the_rooms_in_this_order():
    page = (ROOT.parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8")
    block = page.partition("know nothing of each other")[2]
    lines = [line for line in block.split("```")[1].splitlines() if line[:1].strip()]
    listed = [room for line in lines for room in re.split(" {3,}", line)[0].split()]
    assert set(listed) == set(PLACE) - {"__main__"}
    assert listed == sorted(listed, key=PLACE.__getitem__)


def test_files_that_the_page_on_architecture_names_are_there():
    page = (ROOT.parents[1] / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z_]+(?:/[a-z_]+)+)`", page)) - {"src/isoglot"}
    assert len(named) > 20
    assert not [name for name in named if not (ROOT / name).is_dir() and not (ROOT / f"{name}.py").is_file()]


def test_no_import_runs_upwards_or_sideways():
    files = [file for file in ROOT.rglob("*.py") if room_of(file) != "__init__"]
    wrong = [
        f"{file.relative_to(ROOT)} imports {other}"
        for file in files
        for other in imported(file) - {room_of(file), "__init__"}
        if PLACE[other] <= PLACE[room_of(file)]
    ]
    assert not wrong


def test_nobody_reaches_into_private_rooms():
    wrong = []
    for file in ROOT.rglob("*.py"):
        for node in nodes_of(file):
            if isinstance(node, ast.ImportFrom) and node.level > 1:
                parts = [*(node.module or "").split("."), *(alias.name for alias in node.names)]
                wrong += [f"{file.relative_to(ROOT)}: {part}" for part in parts if re.match("_[^_]", part)]
    assert not wrong


def test_models_and_runs_need_no_torch_where_they_only_read():
    for name in (
        "models/messages.py",
        "models/chat.py",
        *(f"runs/{file.name}" for file in (ROOT / "runs").glob("*.py")),
    ):
        nodes = nodes_of(ROOT / name)
        heads = {alias.name.split(".")[0] for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        assert not heads & {"torch", "transformers"}, name


# Libraries that take long to load, or may not be installed.
HEAVY = {
    "torch", "transformers", "trl", "peft", "datasets", "accelerate", "numpy", "scipy", "statsmodels", "pydantic",
    "jinja2", "httpx", "openai", "inspect_ai", "lm_eval",
}  # fmt: skip


@functools.cache
def imports_of(file: Path) -> list[tuple[str, str, int]]:
    """What a file imports: dotted name (of a module of ours, or of a library), where it stands, its line.

    Where: ``top``, ``function``, or ``types`` (what only type checkers see).
    """
    package = ("isoglot", *file.relative_to(ROOT).parent.parts)
    found = []

    def names(node: ast.Import | ast.ImportFrom) -> list[str]:
        if isinstance(node, ast.Import):
            return [alias.name for alias in node.names]
        base = [*package[: len(package) - node.level + 1]] if node.level else []
        base += (node.module or "").split(".") if node.module else []
        inner = [".".join([*base, alias.name]) for alias in node.names]
        return [name if file_of(name) else ".".join(base) for name in inner]

    def walk(node: ast.AST, where: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import | ast.ImportFrom):
                found.extend((name, where, child.lineno) for name in names(child))
            elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                walk(child, "function")
            else:
                types = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
                walk(child, "types" if types else where)

    walk(ast.parse(file.read_text(encoding="utf-8")), "top")
    return found


def file_of(name: str) -> Path | None:
    """The file of a module of ours; None for what is none."""
    place = ROOT.parent.joinpath(*name.split("."))
    return next((file for file in (place.with_suffix(".py"), place / "__init__.py") if file.is_file()), None)


@functools.cache
def loaded_with(file: Path) -> frozenset[str]:
    """The heavy libraries that importing a file of ours loads."""
    found, seen, waiting = set(), set(), [file]
    while waiting:
        file = waiting.pop()
        if file in seen:
            continue
        seen.add(file)
        waiting += [parent / "__init__.py" for parent in file.parents if parent == ROOT or ROOT in parent.parents]
        for name, where, _ in imports_of(file):
            if where == "top":
                ours = file_of(name)
                waiting += [ours] if ours else []
                found |= {name.split(".")[0]} & HEAVY
    return frozenset(found)


def test_files_of_a_room_import_each_other_one_way():
    """Wherever in a file the import stands; but the room's face, ``__init__``, which shows what stands above."""
    graph = {
        file: {ours for name, _, _ in imports_of(file) if (ours := file_of(name)) and ours.name != "__init__.py"}
        for file in ROOT.rglob("*.py")
    }
    below: dict[Path, int] = {}
    while len(below) < len(graph):
        free = [file for file, others in graph.items() if file not in below and others <= below.keys() | {file}]
        assert free, sorted(str(file.relative_to(ROOT)) for file in graph if file not in below)  # these hold the circle
        below |= dict.fromkeys(free, len(below))


def test_imports_within_functions_keep_heavy_libraries_out():
    """But those of commands, which import what they run when they run, and of faces, which are light."""
    wrong = [
        f"{file.relative_to(ROOT)}:{line} imports {name}"
        for file in ROOT.rglob("*.py")
        if room_of(file) != "cli" and file.name != "__init__.py"
        for name, where, line in imports_of(file)
        if where == "function" and (ours := file_of(name)) and not loaded_with(ours) - loaded_with(file)
    ]
    assert not wrong, "\n".join(wrong)
