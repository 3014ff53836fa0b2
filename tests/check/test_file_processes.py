"""Many cells: the same from several processes as from one, whatever is killed."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from isoglot.check import processes
from isoglot.check.file import CELLS, GROUPS, SUMMARY
from isoglot.errors import RunError

from .conftest import check, write

pytestmark = pytest.mark.training  # starts processes

WORDS = {
    "en": "the water of this river comes from snow that falls in winter and people use it for their fields",
    "de": "das Wasser dieses Flusses kommt vom Schnee der im Winter fällt und die Leute nutzen es für ihre Felder",
    "ar": "ماء هذا النهر يأتي من الثلج الذي يسقط في الشتاء والناس يستعملونه في حقولهم",
}


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """240 groups, of which every tenth has English in place of German."""
    draw = random.Random(0)
    records = []
    for number in range(240):
        texts = {tag: " ".join(draw.choices(text.split(), k=14)) for tag, text in WORDS.items()}
        if number % 10 == 0:
            texts["de"] = texts["en"]
        records.append({"id": f"g{number}", "prompts": texts})
    return write(tmp_path_factory.mktemp("groups") / "g.jsonl", *records)


def content(folder):
    return {name: (folder / name).read_bytes() for name in (CELLS, GROUPS, SUMMARY)}


def test_several_processes_find_what_one_finds_and_a_death_is_said(file, tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "workers_worth", lambda: 2)
    found = check(file, tmp_path / "one")
    assert found["languages"]["de"]["by_reason"]
    monkeypatch.setattr(processes, "MANY", 10)
    monkeypatch.setattr("isoglot.check.spool._SEVERAL", 5000)  # more batches than wait
    assert check(file, tmp_path / "several") == found
    assert content(tmp_path / "several") == content(tmp_path / "one")
    start = processes.Workers._start

    async def dead(self):
        worker = await start(self)
        worker.kill()
        return worker

    monkeypatch.setattr(processes.Workers, "_start", dead)
    with pytest.raises(RunError, match="a worker process ended with status -9"):
        check(file, tmp_path / "several")
    assert content(tmp_path / "several") == content(tmp_path / "one")


def test_a_worker_needs_no_torch():
    heavy = ("torch", "transformers", "inspect_ai", "openai", "sacrebleu")
    modules = "sys, isoglot.check.worker, isoglot.check.file"
    code = f"import {modules}; print([name for name in {heavy} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert found.stdout == "[]\n"


CHILD = """
import runpy, sys
from pathlib import Path
import isoglot.check.processes as processes, isoglot.check.file as file
given = runpy.run_path(sys.argv[1])
processes.check_cell, processes.identify = given["planted"], lambda text, tags: tags[0]
processes.Norms = file.Norms = given["NoNorms"]
given["check"](Path(sys.argv[2]), Path(sys.argv[3]))
"""


def test_a_kill_leaves_what_was_there_or_what_is_new(tmp_path):
    records = [{"id": f"{n}", "prompts": {"en": f"Prompt {n}", "sw": "[lost 0.5][kept 0.2]"}} for n in range(900)]
    old, new = (write(tmp_path / f"{name}.jsonl", *records[:end]) for name, end in (("old", 890), ("new", 900)))
    folder, draw = tmp_path / "out", random.Random(1)
    command = [sys.executable, "-c", CHILD, str(Path(__file__).with_name("conftest.py"))]

    def run(file, output):
        return subprocess.Popen([*command, str(file), str(output)], stderr=subprocess.PIPE)

    assert run(old, folder).communicate() == (None, b"")
    before, began = content(folder), time.monotonic()
    assert run(new, tmp_path / "alone").communicate() == (None, b"")
    took, after = time.monotonic() - began, content(tmp_path / "alone")
    for _ in range(3):
        child = run(new, folder)
        time.sleep(took * draw.uniform(0.6, 1))
        child.kill()
        child.communicate()
        assert all(text in (before[name], after[name]) for name, text in content(folder).items())
    assert run(new, folder).communicate() == (None, b"")
    assert content(folder) == after
    assert not [path.name for path in folder.iterdir() if path.name.startswith(".")]  # nothing is left of the killed
