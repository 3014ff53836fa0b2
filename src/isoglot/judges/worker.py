"""A process that judges by rules: a line with exchanges in, a line with verdicts out, until there are no more."""

from __future__ import annotations

import json
import os
import sys

from .batch import verdict_of
from .rules import RuleJudge
from .verdict import Exchange


def main() -> None:
    """Reads the judge's candidates from the command line, and exchanges from standard input."""
    judge = RuleJudge(json.loads(sys.argv[1]))
    for line in sys.stdin.buffer:
        verdicts = [verdict_of(judge, Exchange(*one)).to_record() for one in json.loads(line)]
        try:
            sys.stdout.write(json.dumps(verdicts) + "\n")
            sys.stdout.flush()
        except BrokenPipeError:  # the parent was killed: there is nobody to tell
            os._exit(1)
