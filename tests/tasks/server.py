"""A chat server on loopback, as much of OpenAI's protocol as a client needs, that fails as it is told to."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Fault = Callable[[int, str], str]  # number of the request, and its prompt -> "", "error", "broken", "hang", "empty"


class ChatServer(ThreadingHTTPServer):
    """Answers each prompt with ``said(prompt)``, and counts how often it was asked."""

    daemon_threads = True
    request_queue_size = 128  # of connections that all come at once

    def __init__(self, said: Callable[[str], str], fault: Fault) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.said, self.fault = said, fault
        self.asked: Counter[str] = Counter()
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, *_: Any) -> None:
        """A client that hangs up is no fault of the test."""


class _Handler(BaseHTTPRequestHandler):
    server: ChatServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Quiet."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        prompt = body["messages"][-1]["content"]
        server = self.server
        with server.lock:
            number = sum(server.asked.values())
            server.asked[prompt] += 1
            server.bodies.append(body)
            server.headers.append(dict(self.headers))
        fault = server.fault(number, prompt)
        if fault == "hang":
            time.sleep(5)
        if fault == "error":
            self._send(500, {"error": {"message": f"out of luck, {self.headers['authorization']}"}})
        elif fault == "refuse":
            self._send(401, {"error": {"message": f"wrong key {self.headers['authorization']}"}})
        elif fault == "broken":
            self._send(200, '{"choices": [{"mess')
        else:
            message = {"role": "assistant", "content": server.said(prompt)}
            choice = {"index": 0, "message": message, "finish_reason": "length" if fault == "long" else "stop"}
            self._send(200, {
                "id": "1", "object": "chat.completion", "created": 0, "model": body["model"],
                "choices": [] if fault == "empty" else [choice],
                "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7},
            })  # fmt: skip

    def _send(self, status: int, value: Any) -> None:
        data = (value if isinstance(value, str) else json.dumps(value)).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def chat_server(said: Callable[[str], str], fault: Fault = lambda *_: "") -> Iterator[ChatServer]:
    server = ChatServer(said, fault)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
