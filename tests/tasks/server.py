"""A chat model on loopback that answers each prompt and fails as it is told to; it counts what it is asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..servers import FINISHES, CannedServer, whole, wordless

Fault = Callable[[int, str], str]  # number of the request, and its prompt -> a name of one, or "" for none
_FAULTS: dict[str, Any] = {
    "error": 500,
    "refuse": 401,
    "broken": b'{"choices": [{"mess',
    "hang": 5.0,  # seconds
}


class ChatServer:
    """Answers each prompt with ``said(prompt)``, or with a fault.

    Attributes:
        asked: how often each prompt was asked.
        bodies: of the requests.
    """

    def __init__(self, said: Callable[[str], str], fault: Fault) -> None:
        self.said, self.fault = said, fault
        self.asked: Counter[str] = Counter()
        self._server = CannedServer(self._answer)
        self.url, self.close = self._server.url, self._server.close

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [body for _, body, _ in self._server.requests]

    def _answer(self, body: dict[str, Any]) -> Any:
        prompt = body["messages"][-1]["content"]
        with self._server.lock:
            number = self.asked.total()
            self.asked[prompt] += 1
        fault = self.fault(number, prompt)
        if fault in _FAULTS:
            return _FAULTS[fault]
        if fault in FINISHES:
            return wordless(body, fault)
        return whole(self.said(prompt), body, "length" if fault == "long" else "stop") | (
            {"choices": []} if fault == "empty" else {}
        )


@contextmanager
def chat_server(said: Callable[[str], str], fault: Fault = lambda *_: "") -> Iterator[ChatServer]:
    server = ChatServer(said, fault)
    try:
        yield server
    finally:
        server.close()
