"""A chat server on loopback with files and batches, as much as a client needs; it counts what it is asked."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Said = Callable[[str], Any]  # a prompt -> what is said, or a status of an error


class BatchServer(ThreadingHTTPServer):
    """Keeps files and batches; a batch is done when it was looked at ``looks`` times.

    Attributes:
        asked: prompts of batches, with how often each was in one.
        at_once: those of single requests.
        lost: answers to the making of a batch that are lost on their way.
    """

    daemon_threads = True

    def __init__(self, said: Said, looks: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.said, self.looks, self.lost = said, looks, 0
        self.asked, self.at_once = Counter[str](), Counter[str]()
        self.files: dict[str, str] = {}
        self.batches: list[dict[str, Any]] = []
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, *_: Any) -> None:
        """A client that hangs up is no fault of the test."""

    def answered(self, body: dict[str, Any], counted: Counter[str]) -> tuple[int, dict[str, Any]]:
        prompt = body["messages"][0]["content"]
        text = prompt.rpartition("<text>\n")[2].partition("\n</text>")[0]
        counted[text] += 1
        said = self.said(text)
        if isinstance(said, int):
            return said, {"error": {"message": f"no {text}", "code": None, "param": None, "type": "x"}}
        choice = {"index": 0, "message": {"role": "assistant", "content": said}, "finish_reason": "stop"}
        usage = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
        model = body["model"]
        return 200, {
            "id": "1",
            "object": "chat.completion",
            "created": 0,
            "model": model,
            "choices": [choice],
            "usage": usage,
        }

    def look(self, batch: dict[str, Any]) -> dict[str, Any]:
        batch["looks"] += 1
        if batch["looks"] >= self.looks and batch["status"] == "in_progress":
            batch |= {"status": "completed", "output_file_id": f"out-{batch['id']}"}
            lines = [json.loads(line) for line in self.files[batch["input_file_id"]].splitlines()]
            out = []
            for line in reversed(lines):  # in no order
                status, body = self.answered(line["body"], self.asked)
                response = {"status_code": status, "request_id": "r", "body": body}
                out.append(json.dumps({"id": "x", "custom_id": line["custom_id"], "response": response, "error": None}))
            self.files[batch["output_file_id"]] = "\n".join([*out, "half a li"])
        return {key: value for key, value in batch.items() if key != "looks"}


class _Handler(BaseHTTPRequestHandler):
    server: BatchServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Quiet."""

    def do_POST(self) -> None:
        data, server = self.rfile.read(int(self.headers["content-length"])), self.server
        with server.lock:
            if self.path == "/v1/files":
                name = f"file-{len(server.files)}"
                server.files[name] = (
                    data.decode().partition('{"custom_id"')[1]
                    + data.decode().partition('{"custom_id"')[2].partition("\r\n--")[0]
                )
                file = {
                    "id": name,
                    "object": "file",
                    "bytes": 1,
                    "created_at": 1,
                    "filename": "x",
                    "purpose": "batch",
                    "status": "processed",
                }
                self._send(200, file)
            elif self.path == "/v1/batches":
                made = json.loads(data) | {"id": f"batch-{len(server.batches)}", "object": "batch", "created_at": 1}
                server.batches.insert(0, made | {"status": "in_progress", "looks": 0})
                server.lost -= 1
                self._send(
                    *(
                        (500, {"error": {"message": "lost"}})
                        if server.lost >= 0
                        else (200, made | {"status": "validating"})
                    )
                )
            else:
                self._send(*server.answered(json.loads(data), server.at_once))

    def do_GET(self) -> None:
        server, path = self.server, self.path.partition("?")[0]
        with server.lock:
            if path.endswith("/content"):
                self._send(200, server.files[path.split("/")[-2]])
            elif path == "/v1/batches":
                shown = [{key: value for key, value in batch.items() if key != "looks"} for batch in server.batches]
                self._send(200, {"object": "list", "data": shown, "has_more": False})
            elif there := [one for one in server.batches if one["id"] == path.split("/")[-1]]:
                self._send(200, server.look(there[0]))
            else:
                self._send(404, {"error": {"message": "no such batch"}})

    def _send(self, status: int, value: Any) -> None:
        data = (value if isinstance(value, str) else json.dumps(value)).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def batch_server(said: Said, looks: int = 1) -> Iterator[BatchServer]:
    server = BatchServer(said, looks)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
