"""Asks a translator in an event loop of its own."""

from __future__ import annotations

import asyncio


def made(translator, *texts, source="en", target="sw"):
    async def ask():
        try:
            return list(await translator.translate(texts, source, target))
        finally:
            await translator.close()

    return asyncio.run(ask())
