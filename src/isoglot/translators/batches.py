"""Batches of requests on a server with ``/v1/files`` and ``/v1/batches``: sent once, waited for, and read."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from ..providers.attempts import GaveUp, unless_stopped
from .cache import Sent, TranslationCache

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai.types import Batch

Call = Callable[[Callable[[], Awaitable[Any]]], Awaitable[Any]]
_ENDED = ("completed", "failed", "expired", "cancelled")
_OURS = "isoglot"  # in a batch's own notes: which of ours it is
_LOOKED_AT = 500  # of the server's batches, the newest


def key_of(request: Mapping[str, Any]) -> bytes:
    """What identifies a request."""
    return hashlib.blake2b(json.dumps(request, sort_keys=True).encode(), digest_size=16).digest()


class Batches:
    """Sends requests in batches and gives their answers.

    Where a request is stands in the store before its batch is made, and the batch carries the name that stands there: a
    kill at any time, or an answer of the server that was lost, makes no second batch.

    Args:
        client: of the server.
        cache: the store.
        call: makes one call of the client, again where it fails in a way that may pass.
        patience: seconds between two looks at a batch.
    """

    def __init__(self, client: AsyncOpenAI, cache: TranslationCache, call: Call, patience: float) -> None:
        self._client, self._cache, self._call, self._patience = client, cache, call, patience

    async def answers(self, requests: Sequence[Mapping[str, Any]]) -> dict[bytes, dict[str, Any]]:
        """The lines of the answers by their request's key, each with a ``response`` or an ``error``.

        A request without an answer is not waited for any more: it is sent again when it is asked for again.
        """
        bodies = {key_of(request): request for request in requests}
        places = self._cache.sent(list(bodies))
        for name in {sent.name for sent in places.values() if sent.batch is None}:
            await self._look_for(name, [key for key, sent in places.items() if sent.name == name])
        places = self._cache.sent(list(bodies))
        new = [key for key in bodies if key not in places]
        if new:
            await self._send({key: bodies[key] for key in new})
            places |= self._cache.sent(new)
        found: dict[bytes, dict[str, Any]] = {}
        waiting = defaultdict(list)
        for key, sent in places.items():
            waiting[sent.batch].append(key)
        for batch, keys in waiting.items():
            try:
                lines = await self._wait(str(batch))
            except GaveUp as gave_up:
                if getattr(gave_up.error, "status_code", 0) == 404:  # the server has it no more
                    self._cache.forget(keys)
                raise
            found |= {key: lines.get(key.hex(), lines[""]) for key in keys}
        self._cache.forget([key for key in bodies if found[key].get("response", {}).get("status_code") != 200])
        return found

    async def _send(self, bodies: Mapping[bytes, Mapping[str, Any]]) -> None:
        name = uuid.uuid4().hex  # another each time: what failed is not found again
        self._cache.send(list(bodies), Sent(name, None))
        lines = (
            {"custom_id": key.hex(), "method": "POST", "url": "/v1/chat/completions", "body": body}
            for key, body in bodies.items()
        )
        content = "".join(json.dumps(line) + "\n" for line in lines).encode()
        file = await self._call(lambda: self._client.files.create(file=("batch.jsonl", content), purpose="batch"))
        self._cache.send(list(bodies), Sent(name, await self._call(lambda: self._make(name, file.id))))

    async def _make(self, name: str, file: str) -> str:
        """The id of the batch of that name; made if there is none, as after an answer that was lost there is one."""
        if (there := await self._find(name)) is not None:
            return there
        made = await self._client.batches.create(
            input_file_id=file, endpoint="/v1/chat/completions", completion_window="24h", metadata={_OURS: name}
        )
        return made.id

    async def _look_for(self, name: str, keys: Sequence[bytes]) -> None:
        """After a kill while a batch was made: where it is, or that it never was."""
        batch = await self._call(lambda: self._find(name))
        if batch is None:
            self._cache.forget(keys)
        else:
            self._cache.send(keys, Sent(name, batch))

    async def _find(self, name: str) -> str | None:
        looked_at = 0
        async for batch in self._client.batches.list(limit=100):
            if (batch.metadata or {}).get(_OURS) == name:
                return batch.id
            looked_at += 1
            if looked_at >= _LOOKED_AT:
                break
        return None

    async def _look_at(self, number: str) -> Batch:
        batch = await self._client.batches.retrieve(number)
        if not isinstance(getattr(batch, "status", None), str):
            raise ValueError("an answer that is no batch")
        return batch

    async def _wait(self, number: str) -> dict[str, dict[str, Any]]:
        """The lines of a batch that has ended, by the ids of their requests; under no id what to say of others."""
        batch = await self._call(lambda: self._look_at(number))
        while batch.status not in _ENDED:
            try:
                await unless_stopped(self._patience)
            except InterruptedError as stopped:  # the server goes on with it, and the next run finds it there
                raise GaveUp(stopped, 1) from None
            batch = await self._call(lambda: self._look_at(number))
        found: dict[str, dict[str, Any]] = {
            "": {"error": {"message": f"no answer in a batch that is {batch.status}{_why(batch)}"}}
        }
        for file in filter(None, (batch.error_file_id, batch.output_file_id)):
            content = await self._call(partial(self._client.files.content, file))
            found |= {str(line["custom_id"]): line for line in _lines(content.text)}
        return found


def _why(batch: Batch) -> str:
    """What the server says of a batch that failed, if it does: its library checks no types."""
    wrong = getattr(batch.errors, "data", None)
    said = getattr(wrong[0], "message", None) if isinstance(wrong, list) and wrong else None
    return f": {said}" if said else ""


def _lines(text: str) -> Iterable[dict[str, Any]]:
    """The lines that are answers; what else stands there is passed over."""
    for line in text.split("\n"):
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict) and "custom_id" in found and isinstance(found.get("response") or {}, dict):
            yield {key: value for key, value in found.items() if value is not None}
