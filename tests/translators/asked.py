"""Asks a translator in an event loop of its own."""

from __future__ import annotations

import asyncio


def made(translator, *texts, source="en", target="sw"):
    async def ask():
        found = await translator.translate(texts, source, target)
        await translator.close()
        return list(found)

    return asyncio.run(ask())
