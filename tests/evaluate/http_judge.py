"""A judge behind a server on loopback that fails, babbles and hangs, and a process that judges with it."""

from __future__ import annotations

import hashlib
import json
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

from isoglot import Verdict
from isoglot.evaluate import judge_with

OUTCOMES = ("safe", "unsafe", "invalid", "unsure")


class Server:
    """Answers POST with an outcome that follows from the text; some calls fail, some babble, some hang.

    Attributes:
        given: text -> how often a verdict on it was sent.
        calls: of each kind, how many.
    """

    def __init__(self, fails: float = 0.1, babbles: float = 0.01, hangs: float = 0.01, delay: float = 0.0) -> None:
        self.given, self.calls, self._attempts = Counter[str](), Counter[str](), Counter[str]()
        self._ends = {"failed": fails, "broken": fails + babbles, "hung": fails + babbles + hangs}
        self._delay, self._lock = delay, threading.Lock()

    def answer(self, text: str) -> tuple[int, bytes]:
        with self._lock:
            self._attempts[text] += 1
            draw = int(hashlib.sha256(f"{self._attempts[text]} {text}".encode()).hexdigest()[:8], 16) / 2**32
            what = next((name for name, end in self._ends.items() if draw < end), "answered")
            self.calls[what] += 1
        time.sleep(2 if what == "hung" else self._delay)
        if what in ("failed", "hung"):
            return 500, b"overloaded"
        if what == "broken":
            return 200, b'{"outcome": "sa'
        with self._lock:
            self.given[text] += 1
        return 200, json.dumps({"outcome": outcome_of(text)}).encode()

    @contextmanager
    def running(self):
        """The address while it lasts."""
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                text = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["text"]
                status, body = server.answer(text)
                try:
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    self.close_connection = True  # the client has gone

            def log_message(self, *_):
                pass

        class Quiet(ThreadingHTTPServer):
            daemon_threads, block_on_close, request_queue_size = True, False, 64

            def handle_error(self, *_):
                pass

        with Quiet(("127.0.0.1", 0), Handler) as http:
            thread = threading.Thread(target=http.serve_forever, args=(0.05,))
            thread.start()
            try:
                yield f"http://127.0.0.1:{http.server_port}"
            finally:
                http.shutdown()
                thread.join()


def outcome_of(text: str) -> str:
    return OUTCOMES[int(hashlib.sha256(text.encode()).hexdigest(), 16) % 4]


class HttpJudge:
    """Asks the server about one response a call."""

    name, version, batch_size, concurrency, kept = "over/http", "1", 1, 8, True

    def __init__(self, address: str, *, asks_twice: bool = False) -> None:
        self.asks_twice = asks_twice
        self._client = httpx.AsyncClient(base_url=address, timeout=1.0)

    async def judge(self, exchanges):
        return [await self._one(exchange.response) for exchange in exchanges]

    async def _one(self, text: str) -> Verdict:
        try:
            try:
                found = await self._asked(text)
            except httpx.HTTPError:
                found = await self._asked(text)
            return Verdict(found["outcome"], "none", "en", input_tokens=100, output_tokens=3)
        except (httpx.HTTPError, ValueError) as error:
            return Verdict(None, None, "", error=repr(error))

    async def _asked(self, text: str) -> dict:
        answer = await self._client.post("/", json={"text": text})
        return answer.raise_for_status().json()

    async def close(self):
        await self._client.aclose()


if __name__ == "__main__":
    judge_with(sys.argv[1], [HttpJudge(sys.argv[2])])
