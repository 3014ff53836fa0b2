"""The offline judge in several processes: the same verdicts, sooner where there are many responses."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ...processes import Workers, workers_worth
from ..batch import BatchJudge
from ..verdict import Exchange, Verdict
from .rules import RuleJudge

MANY = 8 << 20  # bytes of responses, some 8,000: less is judged sooner than processes are started


def spread(judge: BatchJudge, size: int) -> BatchJudge:
    """The judge for so many responses: the offline judge in a process for each core where they are many.

    Args:
        judge: any.
        size: bytes of the file of responses.
    """
    count, plain = workers_worth(), getattr(judge, "plain", None)
    if type(plain) is RuleJudge and size >= MANY and count > 1:  # a subclass may be anything
        return RulesInProcesses(plain, count)
    return judge


class RulesInProcesses:
    """Gives batches to worker processes (:mod:`isoglot.judges.offline.worker`).

    Args:
        judge: what each worker judges as.
        processes: how many.
    """

    batch_size = 100
    kept = False

    def __init__(self, judge: RuleJudge, processes: int) -> None:
        self.name, self.version, self.settings = judge.name, judge.version, judge.settings
        self.concurrency = 2 * processes  # one batch at work, and one that waits for it
        self._workers = Workers("isoglot.judges.offline.worker", judge.candidates, processes)

    async def judge(self, exchanges: Sequence[Exchange]) -> list[Verdict]:
        """The verdicts.

        Raises:
            WorkerError: if the worker has; the next batch gets another.
        """
        asked = [(one.prompt, one.response, one.language, one.kind) for one in exchanges]
        return [Verdict(**one) for one in json.loads(await self._workers.ask(json.dumps(asked)))]

    async def close(self) -> None:
        """Ends the workers."""
        await self._workers.close()
