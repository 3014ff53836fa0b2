"""A guard over HTTP that fails, babbles and hangs: verdicts lost and invented, requests, time and memory.

    python benchmarks/guard_over_http.py --responses 1000

Of the first answers 10 % are errors (500), 1 % broken JSON, 1 % no label, and 1 % hang. No model is run: a server on
loopback, in this process, gives each response the verdict that its number means.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import resource
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from tests import servers

from isoglot.judges.guards import guard
from isoglot.judges.verdict import Exchange, Verdict

FAULTS = {"error": 500, "json": b'{"choices": [{"mess', "label": "I would say: Safety", "hang": 60}
SHARES = (0.10, 0.01, 0.01, 0.01)


def expected(number: int) -> tuple[str, str]:
    return ("unsafe", "none") if number % 3 else ("safe", "full")


async def judged(responses: int) -> list[Verdict]:
    judge = guard("qwen3guard-strict", "openai-api/local/guard", concurrency=16, timeout=10, longest_wait=2)
    calls = (judge.judge([Exchange("prompt", f"response {number}", "sw")]) for number in range(responses))
    found = await asyncio.gather(*calls)
    await judge.close()
    return [verdict for (verdict,) in found]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--responses", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    rng = random.Random(asked.seed)
    kinds = rng.choices([*FAULTS, "none"], weights=[*SHARES, 1 - sum(SHARES)], k=asked.responses)
    seen: Counter[int] = Counter()

    def answer(body):
        number = int(body["messages"][-1]["content"].split()[-1])
        seen[number] += 1
        if seen[number] == 1 and kinds[number] in FAULTS:
            return FAULTS[kinds[number]]
        outcome, refusal = expected(number)
        return f"Safety: {outcome}\nCategories: None\nRefusal: {'Yes' if refusal == 'full' else 'No'}"

    servers.MOST = 10 * asked.responses
    server = servers.CannedServer(answer)
    os.environ |= {"LOCAL_BASE_URL": server.url, "LOCAL_API_KEY": "none-needed"}
    wall, cpu = time.perf_counter(), time.process_time()
    verdicts = asyncio.run(judged(asked.responses))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    failed = sum(verdict.outcome is None for verdict in verdicts)
    wrong = sum((one.outcome, one.refusal) != expected(number) for number, one in enumerate(verdicts)) - failed
    print(f"{asked.responses} responses; faults: {dict(Counter(kinds))}")
    print(f"verdicts lost {failed}, invented {wrong}; {len(server.requests)} requests")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{wall:.0f} s, {cpu:.1f} s of CPU with the server's, {memory:.0f} MB")


if __name__ == "__main__":
    main()
