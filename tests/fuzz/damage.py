"""Damage to files, drawn at random: of their bytes, and of the values in those that hold some."""

from __future__ import annotations

import copy
import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

DEEP: Any = []
for _ in range(300):
    DEEP = [DEEP]
ODD = (
    None, True, False, 0, -1, 1, 2**63, 10**400, -0.0, 1e-320, float("inf"), float("nan"), "", " ", "x", "no", "1e3",
    "\0", "\ud800", "\u202e\x1b[2J", "x" * 5_000, "x" * 200_000, "\n", "../..", "~", "/dev/null", [], {},
    [None], [[]], {"": ""}, {"x": {"x": []}}, ["en"] * 300, [0] * 50_000, {"en": "a", "EN": "b"}, DEEP,
)  # fmt: skip


def truncated(rng: random.Random, data: bytes) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def flipped(rng: random.Random, data: bytes) -> bytes:
    found = bytearray(data)
    for _ in range(rng.choice((1, 3, 30))):
        if found:
            found[rng.randrange(len(found))] ^= 1 << rng.randrange(8)
    return bytes(found)


def zeroed(rng: random.Random, data: bytes) -> bytes:
    start = rng.randrange(len(data) + 1)
    return data[:start] + bytes(len(data) - start)  # as a power loss leaves it


def cut_out(rng: random.Random, data: bytes) -> bytes:
    start, stop = sorted(rng.randrange(len(data) + 1) for _ in range(2))
    return data[:start] + data[stop:]


def doubled(rng: random.Random, data: bytes) -> bytes:
    start, stop = sorted(rng.randrange(len(data) + 1) for _ in range(2))
    return data[:stop] + data[start:]


def with_more(rng: random.Random, data: bytes) -> bytes:
    more = rng.choice((b"\0", b"\xff\xfe", b"{", b"[" * 3_000, b'"', b"\n\n", b"\r", b"9" * 6_000, b"\xed\xa0\x80"))
    start = rng.randrange(len(data) + 1)
    return data[:start] + more + data[start:]


def encoded(rng: random.Random, data: bytes) -> bytes:
    return data.decode("utf-8", "replace").encode(rng.choice(("utf-16", "utf-32", "latin-1", "utf-8-sig")), "replace")


def emptied(rng: random.Random, data: bytes) -> bytes:
    return rng.choice((b"", b"\n", b"null", b"[]", b"{}", b"0", b'""', b"\0" * 64))


BYTES = (truncated, flipped, zeroed, cut_out, doubled, with_more, encoded, emptied)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every part of a value that holds others, with each key or index."""
    if isinstance(value, dict):
        return [(value, key) for key in value] + [found for item in value.values() for found in places(item)]
    if isinstance(value, list):
        return [(value, key) for key in range(len(value))] + [found for item in value for found in places(item)]
    return []


def changed(rng: random.Random, value: Any) -> Any:
    """The value with some part dropped, renamed, moved, or replaced by an odd one."""
    made = copy.deepcopy(value)
    found = places(made)
    if not found or rng.random() < 0.03:
        return copy.deepcopy(rng.choice(ODD))
    holder, key = rng.choice(found)
    what = rng.random()
    if what < 0.15:
        del holder[key]
    elif what < 0.25 and isinstance(holder, dict):
        holder[rng.choice((f"{key}x", "", key.upper() if isinstance(key, str) else "x", "x" * 200))] = holder.pop(key)
    elif what < 0.35:
        other, place = rng.choice(found)
        holder[key] = copy.deepcopy(other[place])
    elif what < 0.45:
        holder[key] = [holder[key]]
    elif what < 0.5:
        holder[key] = str(holder[key])
    else:
        holder[key] = copy.deepcopy(rng.choice(ODD))
    return made


def in_lines(rng: random.Random, text: str) -> str:
    lines = text.splitlines()
    place = rng.randrange(len(lines))
    lines[place] = json.dumps(changed(rng, json.loads(lines[place])))
    if rng.random() < 0.1:
        lines.insert(rng.randrange(len(lines)), lines[place])
    return "\n".join(lines) + "\n"


def in_yaml(rng: random.Random, text: str) -> str:
    made = changed(rng, yaml.safe_load(text))
    return json.dumps(made) if rng.random() < 0.5 else yaml.safe_dump(made, allow_unicode=rng.random() < 0.5)


def in_cells(rng: random.Random, text: str) -> str:
    rows = [line.split(",") for line in text.splitlines()]
    row = rng.choice((0, rng.randrange(len(rows))))
    cell = rng.choice(("", '"', "no", "EN", "kind", "harmful", "\0", "x" * 5_000, "\x1b[2J", "prompt", "id", "a\tb"))
    rows[row][rng.randrange(len(rows[row]))] = cell
    if rng.random() < 0.2:
        rows[row].append(cell)
    return "\n".join(map(",".join, rows)) + "\n"


VALUES: dict[str, Callable[[random.Random, str], str]] = {
    ".json": lambda rng, text: json.dumps(changed(rng, json.loads(text))),
    ".jsonl": in_lines,
    ".yaml": in_yaml,
    ".csv": in_cells,
}


def damage(rng: random.Random, path: Path) -> str:
    """Damages a file, or what is in its place; says how."""
    if rng.random() < 0.03:
        path.unlink()
        if rng.random() < 0.5:
            path.mkdir()
            return "a folder"
        return "gone"
    change = VALUES.get(path.suffix)
    if change is not None and rng.random() < 0.6:
        try:
            path.write_text(change(rng, path.read_text(encoding="utf-8")), encoding="utf-8", errors="surrogatepass")
            return "values"
        except (ValueError, TypeError, IndexError, RecursionError, yaml.YAMLError):  # of one that is damaged already
            pass
    kind = rng.choice(BYTES)
    path.write_bytes(kind(rng, path.read_bytes()))
    return kind.__name__


def copied(folder: Path, target: Path) -> Path:
    """The folder anew; what was in its place is gone."""
    shutil.rmtree(target, ignore_errors=True)
    return Path(shutil.copytree(folder, target))
