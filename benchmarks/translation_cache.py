"""How fast the store of translations keeps and finds: ``python benchmarks/translation_cache.py``."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

from isoglot.translators import Translation
from isoglot.translators.cache import TranslationCache

SECONDS = 2.0
TEXT = "a prompt of about sixty characters, as most of them are, no. "


def main() -> None:
    engine = SimpleNamespace(backend="openai", model="m", settings={"temperature": 0.0})
    with tempfile.TemporaryDirectory() as folder:
        cache = TranslationCache(Path(folder) / "cache.sqlite")
        for size in (1, 10, 100):
            kept, begun = 0, time.perf_counter()
            while (took := time.perf_counter() - begun) < SECONDS:
                made = [(f"{TEXT}{size} {kept + place}", "en", "sw", Translation("x" * 60)) for place in range(size)]
                cache.add(engine, made)
                kept += size
            print(f"{kept / took:,.0f} translations a second kept, {size} at a time")
        begun = time.perf_counter()
        found = sum(cache.get(engine, f"{TEXT}100 {place}", "en", "sw") is not None for place in range(20_000))
        print(f"{found / (time.perf_counter() - begun):,.0f} a second found")
        cache.close()


if __name__ == "__main__":
    main()
