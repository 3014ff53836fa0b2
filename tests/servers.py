"""A server on loopback that speaks the two completion endpoints of OpenAI, with answers from a list."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MOST = 500  # requests that one server takes; a test that loops is then an error
FINISHES = ("tool_calls", "content_filter", "stop")  # of answers without a text


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # of connections that all come at once


class CannedServer:
    """Answers every request with what ``answer`` gives for its body: a text, a whole body, a status, or bytes;
    or all three, as (status, headers, body).

    A number below 100 is a hang of so many seconds, then an answer "late".
    """

    def __init__(self, answer: Callable[[dict[str, Any]], Any]) -> None:
        self.pages: dict[str, Any] = {}  # what a GET of a path gives; 404 of others
        self.requests: list[tuple[str, dict[str, Any], dict[str, str]]] = []
        self.busiest = 0
        self._now = 0
        self.lock = threading.Lock()
        canned = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                with canned.lock:
                    canned._now += 1
                    canned.busiest = max(canned.busiest, canned._now)
                    canned.requests.append((self.path, body, {k.lower(): v for k, v in self.headers.items()}))
                    too_many = len(canned.requests) > MOST
                try:
                    self._answer(418 if too_many else answer(body), body)
                finally:
                    with canned.lock:
                        canned._now -= 1

            def do_GET(self):
                self._answer((200, {}, canned.pages[self.path]) if self.path in canned.pages else 404, {})

            def _answer(self, given, body):
                status, headers, data = given if isinstance(given, tuple) else (200, {}, given)
                if isinstance(given, (int, float)) and given < 100:
                    time.sleep(given)
                    data = whole("late", body)
                elif isinstance(given, int):
                    key = self.headers.get("authorization", "")
                    status, data = given, {"error": {"message": f"no, {key} will not do", "type": "x", "code": given}}
                elif isinstance(given, str):
                    data = whole(given, body)
                raw = data if isinstance(data, bytes) else json.dumps(data).encode()
                try:
                    self.send_response(status)
                    self.send_header("content-type", "application/json")
                    self.send_header("content-length", str(len(raw)))
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(raw)
                except OSError:
                    self.close_connection = True  # the client gave up

            def log_message(self, *_):
                pass

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def whole(text: str, body: dict[str, Any], finish: str = "stop", logprobs: Any = None) -> dict[str, Any]:
    """A whole answer to a request of either endpoint."""
    usage = {"prompt_tokens": 10, "completion_tokens": 3, "total_tokens": 13}
    if "messages" in body:
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "finish_reason": finish, "message": message, "logprobs": None}
        kind = "chat.completion"
    else:
        choice = {"index": 0, "finish_reason": finish, "text": text, "logprobs": logprobs}
        kind = "text_completion"
    return {"id": "1", "object": kind, "created": 1, "model": "m", "choices": [choice], "usage": usage}


def wordless(body: dict[str, Any], finish: str, **more: Any) -> dict[str, Any]:
    """An answer of a chat whose content is null, as of one that calls a tool, or was filtered.

    Args:
        body: of the request.
        finish: one of ``FINISHES``.
        more: of the message, as ``refusal``.
    """
    made = whole("", body, finish)
    call = {"id": "1", "type": "function", "function": {"name": "look_up", "arguments": "{}"}}
    calls = {"tool_calls": [call]} if finish == "tool_calls" else {}
    made["choices"][0]["message"] = {"role": "assistant", "content": None, **calls, **more}
    return made
