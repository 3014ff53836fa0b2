"""How `isoglot translate` keeps its work: memory and time by the number of cells, and what a bad server costs.

    python benchmarks/translating.py --cells 10000,100000,1000000
    python benchmarks/translating.py --server 2000

With ``--cells`` a translator in memory answers at once: what is measured is the chain, its cache and the checks, each
size in a process of its own. With ``--server`` a server on loopback fails 10 % of the requests (503), hangs at 1 % and
gives garbage in 1 %; the run must end complete, each cell right.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from isoglot import PromptGroups
from isoglot.check import CellCheck
from isoglot.translate import Link, Plan, attempts, links, translate_groups
from isoglot.translators import Translation
from isoglot.translators.cache import opened

SENTENCES = {
    "en": "How do I bake bread for {} people without an oven?",
    "es": "¿Cómo puedo hornear pan para {} personas sin un horno?",
    "de": "Wie backe ich Brot für {} Personen ohne einen Ofen?",
    "fr": "Comment faire cuire du pain pour {} personnes sans four ?",
    "it": "Come posso cuocere il pane per {} persone senza un forno?",
}
TARGETS = [tag for tag in SENTENCES if tag != "en"]
NAMES = {"es": "Spanish", "de": "German", "fr": "French", "it": "Italian"}


def right(text: str, target: str) -> str:
    return SENTENCES[target].format(re.findall(r"\d+", text)[0])


def groups(cells: int) -> PromptGroups:
    texts = [SENTENCES["en"].format(number) for number in range(1, cells // len(TARGETS) + 1)]
    return PromptGroups.from_columns({"en": texts}, kind="harmful")


class AtOnce:
    """Translates at once."""

    spec, backend, model, settings, batch_size, concurrency = "memory:m", "memory", "m", {}, 64, 2

    def why_not(self, *_: str) -> str:
        return ""

    def estimate(self, *_: str) -> tuple[int, int]:
        return 0, 0

    async def translate(self, texts: Sequence[str], _: str, target: str) -> list[Translation]:
        return [Translation(right(text, target)) for text in texts]

    async def close(self) -> None:
        pass


def memory(of: str) -> float:
    """MiB of this process: ``VmRSS`` now, ``VmHWM`` at most since the last :func:`forget_peak` (Linux)."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(rf"{of}:\s*(\d+) kB", status)[1]) / 1024


def forget_peak() -> None:
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")


def of_size(cells: int, *, checked: bool) -> dict[str, float]:
    """One run over so many cells, and the same again from its cache."""
    if not checked:
        attempts.check_cell = lambda *_, **__: CellCheck()
    start = memory("VmRSS")
    given = groups(cells)
    forget_peak()
    read = memory("VmRSS")
    found = {"cells": cells, "groups_mib": read - start}
    with tempfile.TemporaryDirectory() as folder:
        for name in ("first", "again"):
            began, used = time.monotonic(), time.process_time()
            output, cache = Path(folder) / f"{name}.jsonl", Path(folder) / "cache.sqlite"
            with opened(cache) as store:
                report = translate_groups(given, Plan(TARGETS), [Link(AtOnce())], output, store)
            assert report.complete
            assert not report.left_out
            found[f"{name}_seconds"] = time.monotonic() - began
            found[f"{name}_cpu"] = time.process_time() - used
        found["work_mib"] = memory("VmHWM") - read
        found["cache_mib"] = cache.stat().st_size / 2**20
        found["output_mib"] = output.stat().st_size / 2**20
        assert (Path(folder) / "first.jsonl").read_bytes() == output.read_bytes()
    return found


class BadServer:
    """Answers as it is asked to, but for some requests."""

    def __init__(self, seed: int, latency: float) -> None:
        draw, lock, self.kinds = random.Random(seed), threading.Lock(), Counter[str]()
        bad = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                with lock:
                    one = draw.random()
                    kind = "failed" if one < 0.1 else "hung" if one < 0.11 else "garbage" if one < 0.12 else "well"
                    garbage = draw.choice(["{", "[]", "I cannot.", "<translation>%%%</translation>"])
                    bad.kinds[kind] += 1
                time.sleep(30.0 if kind == "hung" else latency)
                raw = garbage.encode() if garbage in "{[]" else answer(garbage)
                self._send(503 if kind == "failed" else 200, raw if kind == "garbage" else answer(translated(body)))

            def _send(self, status: int, raw: bytes) -> None:
                try:
                    self.send_response(status)
                    self.send_header("content-type", "application/json")
                    self.send_header("content-length", str(len(raw)))
                    self.end_headers()
                    self.wfile.write(raw)
                except OSError:
                    self.close_connection = True  # the client gave up

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def translated(body: dict[str, list[dict[str, str]]]) -> str:
    asked = body["messages"][0]["content"]
    target = next(tag for tag, name in NAMES.items() if f"from English into {name}" in asked)
    return f"<translation>{right(asked.split('<text>')[-1], target)}</translation>"


def answer(text: str) -> bytes:
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
    whole = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}
    return json.dumps(whole).encode()


def over_a_bad_server(cells: int, seed: int, concurrency: int, latency: float) -> None:
    server = BadServer(seed, latency)
    given = groups(cells)
    bounds = {"concurrency": concurrency, "timeout": 5.0, "attempts": 6, "temperatures": (0.0, 0.7)}
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder) / "cache.sqlite") as store:
        began, output = time.monotonic(), Path(folder) / "groups.jsonl"
        chain = links([f"openai:m@{server.url}"], store, **bounds)
        report = translate_groups(given, Plan(TARGETS), chain, output, store)
        seconds = time.monotonic() - began
        made = PromptGroups.read(output)
    server.close()
    wrong = sum(group.prompts.get(tag) != right(group.prompts["en"], tag) for group in made for tag in TARGETS)
    print(f"{cells} cells in {seconds:.0f} s; {server.kinds.total()} requests: {dict(server.kinds)}")
    print(f"complete: {report.complete}; left out: {report.left_out}; wrong or missing cells: {wrong}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", default="", help="numbers of cells, with commas")
    parser.add_argument("--server", type=int, default=0, help="number of cells that a bad server translates")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--concurrency", type=int, default=16)
    parser.add_argument("--latency", type=float, default=0.02)
    parser.add_argument("--without-checks", action="store_true", help="of the cells, to see what all the rest takes")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(of_size(asked.one, checked=not asked.without_checks)))
        return
    for cells in map(int, filter(None, asked.cells.split(","))):
        options = ["--without-checks"] if asked.without_checks else []
        command = [sys.executable, __file__, "--one", str(cells), *options]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        found = json.loads(done.stdout)
        print("  ".join(f"{name} {value:,.1f}" for name, value in found.items()), flush=True)
    if asked.server:
        over_a_bad_server(asked.server, asked.seed, asked.concurrency, asked.latency)


if __name__ == "__main__":
    main()
